//! Tasks that are submitted from here.

use longhaul_common::id::TaskNumber;

use super::asks;
use crate::dashboard::effect::{Effect, Submission};
use crate::dashboard::model::{Model, Toast};

/// Has what failed of a task tried again, by another one if it has ended. Nothing can be lost by that, so nobody is asked.
pub(super) fn retry(model: &mut Model, task: TaskNumber, reason: Option<String>) -> Vec<Effect> {
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    let Some(id) = model.tasks.get(task).map(|row| row.id) else {
        return Vec::new();
    };
    model.undos.ask();
    vec![Effect::Submit(Submission::Retry { task, id, reason })]
}

/// Says what became of it.
pub(super) fn answered(
    model: &mut Model,
    submission: &Submission,
    answer: Result<TaskNumber, String>,
) -> Vec<Effect> {
    let toast = match (submission, answer) {
        (Submission::Retry { task, .. }, Ok(by)) if by == *task => {
            format!("what failed of task {task} waits to be tried again")
        }
        (Submission::Retry { task, .. }, Ok(new)) => {
            format!("what failed of task {task} is tried again by task {new}")
        }
        (_, Err(why)) => {
            let toast = Toast::failed(format!("not tried again: {why}"), model.now);
            model.toasts.say(toast);
            return after(model);
        }
    };
    model.toasts.say(Toast::done(toast, model.now));
    after(model)
}

fn after(model: &mut Model) -> Vec<Effect> {
    if model.undos.answered() {
        return asks::undo(model);
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
