//! The page of what failed of a task.

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::{Model, Page};
use crate::dashboard::view;

pub(super) fn act(model: &mut Model, action: Action) {
    let Some(Page::Failures(failures)) = model.pages.top_mut() else {
        return;
    };
    let (task, count) = (failures.task, failures.lines());
    match super::workers::step(action, failures.browse.lines()) {
        Some(by) => failures.browse.step(by, count),
        None if action == Action::Detail => super::go_to(model, task),
        None => {}
    }
}

pub(super) fn settle(model: &mut Model) -> Option<Effect> {
    let lines = view::failures::lines(model);
    let tasks = &model.tasks;
    let failures = model.pages.failures()?;
    let count = failures.lines();
    failures.browse.fit(lines, count);
    let row = tasks.get(failures.task);
    failures.next_reading(row).map(Effect::Read)
}
