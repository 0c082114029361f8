//! The page of workers.

use crate::dashboard::action::Action;
use crate::dashboard::model::{Model, Page};
use crate::dashboard::update::lists;
use crate::dashboard::view;

/// How far an action moves the cursor on a page of so many lines.
pub(in crate::dashboard::update) fn step(action: Action, lines: usize) -> Option<isize> {
    let page = isize::try_from(lines / 2).unwrap_or(1).max(1);
    match action {
        Action::Up => Some(-1),
        Action::Down => Some(1),
        Action::PageUp => Some(-page),
        Action::PageDown => Some(page),
        Action::First => Some(isize::MIN),
        Action::Last => Some(isize::MAX),
        _ => None,
    }
}

pub(super) fn act(model: &mut Model, action: Action) {
    let workers: Vec<_> = model
        .present_workers()
        .map(|worker| worker.row.number)
        .collect();
    let Some(Page::Workers(browse)) = model.pages.top_mut() else {
        return;
    };
    match step(action, browse.lines()) {
        Some(by) => browse.step(by, workers.len()),
        None if action == Action::Detail => {
            if let Some(worker) = workers.get(browse.cursor()) {
                model.pages.close_all();
                // A worker's number can always be understood.
                let _ = lists::filter_by(model, format!("worker:{worker}"));
            }
        }
        None => {}
    }
}

pub(super) fn settle(model: &mut Model) {
    let count = model.present_workers().count();
    let lines = view::workers::lines(model);
    if let Some(Page::Workers(browse)) = model.pages.top_mut() {
        browse.fit(lines, count);
    }
}
