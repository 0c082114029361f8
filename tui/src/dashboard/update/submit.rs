//! Tasks that are submitted from here.

use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Desired, StateWord};

use super::asks;
use crate::dashboard::effect::{Effect, Submission};
use crate::dashboard::model::{Model, Page, Toast};

/// On the page of what failed of a task that has ended, to go on is to try that again.
pub(super) fn retries(model: &Model, want: Desired) -> Option<TaskNumber> {
    let Some(Page::Failures(page)) = model.pages.top() else {
        return None;
    };
    let row = model.tasks.get(page.task)?;
    (want == Desired::Run && row.current == StateWord::Terminate).then_some(page.task)
}

/// Has what failed of a task tried again by another one. Nothing can be lost by that, so nobody is asked.
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
        (Submission::Retry { task, .. }, Ok(new)) => {
            format!("what failed of task {task} is tried again by task {new}")
        }
        (_, Err(why)) => {
            let toast = Toast::failed(format!("not submitted: {why}"), model.now);
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
