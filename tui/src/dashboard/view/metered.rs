//! What is on the screen of what can be measured: nothing else is.

use longhaul_common::id::TaskNumber;
use longhaul_common::process::ProcessId;

use super::{panes, table};
use crate::dashboard::model::{Metered, Model, Page};
use crate::dashboard::row::Row;

/// The tasks and workers whose use of processors and memory is shown.
pub(crate) fn metered(model: &Model) -> Metered {
    let mut metered = Metered::default();
    match model.pages.top() {
        Some(Page::Workers(_)) => {
            let alive = model.present_workers().filter(|worker| worker.alive);
            metered.workers = alive
                .map(|worker| (worker.row.number, ProcessId::from(worker.row.actor.pid)))
                .collect();
        }
        Some(Page::Log(_) | Page::Events(_) | Page::Failures(_)) => {}
        None => {
            let panes = panes::panes(model);
            if panes.list.height > 0 && table::shows_usage(model, panes.list) {
                let rows = model.tasks.visible().filter(|row| row.runs_commands());
                metered.tasks.extend(rows.map(slots));
            }
            let selected = model.tasks.selected();
            let selected = selected.filter(|_| model.pages.detail.is_some());
            let selected = selected.filter(|row| Row::runs_commands(row));
            metered.tasks.extend(selected.map(slots));
        }
    }
    metered
}

fn slots(row: &Row) -> (TaskNumber, u16) {
    let top = row.queue.as_ref().map_or(0, |queue| queue.top_slot);
    (row.number, top)
}

#[cfg(test)]
mod tests;
