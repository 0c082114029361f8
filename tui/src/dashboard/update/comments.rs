//! What is said of tasks, for those who look later.

use longhaul_common::id::TaskNumber;
use longhaul_common::store::{Commented, StoreError};

use super::{asks, palette};
use crate::dashboard::effect::{CommentRequest, Effect};
use crate::dashboard::model::{Model, Toast};
use crate::output::human;

/// Opens the line with what says something of what is meant: between the quotes.
pub(super) fn type_comment(model: &mut Model) {
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return;
    }
    let numbers: Vec<String> = asks::meant(model).iter().map(ToString::to_string).collect();
    if !numbers.is_empty() {
        let before = format!("comment {} \"", numbers.join(" "));
        palette::open_around(model, &before, "\"");
    }
}

/// Has something said of tasks.
pub(super) fn say(model: &mut Model, tasks: &[TaskNumber], text: String) -> Vec<Effect> {
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    let rows = tasks.iter().filter_map(|task| model.tasks.get(*task));
    let (tasks, ids): (Vec<_>, Vec<_>) = rows.map(|row| (row.number, row.id)).unzip();
    if tasks.is_empty() {
        return Vec::new();
    }
    model.undos.ask();
    vec![Effect::Comment(CommentRequest { tasks, ids, text })]
}

/// Says what became of it.
pub(super) fn answered(
    model: &mut Model,
    request: &CommentRequest,
    answer: Result<Vec<Commented>, StoreError>,
) -> Vec<Effect> {
    match answer {
        Ok(answers) => {
            for answer in &answers {
                if let Err(why) = &answer.event {
                    let text = format!("task {}: not said: {why}", answer.number);
                    model.toasts.say(Toast::failed(text, model.now));
                }
            }
            let said = answers.iter().filter(|answer| answer.event.is_ok()).count();
            let of = match request.tasks.as_slice() {
                [one] => format!("task {one}"),
                _ => human::counted(said as u64, "task", "tasks"),
            };
            if said > 0 {
                let text = format!("said of {of}: it stands in the events");
                model.toasts.say(Toast::done(text, model.now));
            }
        }
        Err(error) => asks::fail(model, "said", &error),
    }
    if model.undos.answered() {
        return asks::undo(model);
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
