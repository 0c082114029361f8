//! Tasks as they are when a dialogue opens about them.

use std::collections::BTreeSet;

use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, RollbackStage, StateWord};

use crate::dashboard::model::{Detail, Ended, Frozen, Model, Sight, Undoing};
use crate::dashboard::row::Row;

/// How many of the tasks nobody sees as the dialogue opens.
pub(super) fn sight(model: &Model, tasks: &[Frozen]) -> Sight {
    if model.subject().is_some() {
        return Sight::default();
    }
    // Where it covers the list, the detail alone tells of its task.
    let detailed = model.pages.detail.as_ref().and_then(Detail::of);
    let shown: BTreeSet<_> = model
        .tasks
        .visible()
        .map(|row| row.number)
        .chain(detailed)
        .collect();
    let unseen = tasks.iter().filter(|task| !shown.contains(&task.number));
    let hidden = tasks
        .iter()
        .filter(|task| !model.tasks.is_listed(task.number));
    Sight {
        unseen: unseen.count(),
        hidden: hidden.count(),
    }
}

pub(super) fn freeze(model: &Model, row: &Row) -> Frozen {
    let suspended = row.current == StateWord::Suspend || row.desired == Desired::Suspend;
    // What an error suspended nobody meant to keep.
    let another = person(&row.desired_by) != person(&model.options.operator);
    let foreign = suspended && !row.desired_by_policy && another;
    let halted = model.halted(row.worker).is_some();
    let why = row.reason.as_deref().map(|why| format!(": {why}"));
    Frozen {
        number: row.number,
        id: row.id,
        name: row.name.clone(),
        suspended_by: foreign.then(|| format!("{}{}", row.desired_by, why.unwrap_or_default())),
        boundary_at: row
            .boundary_at()
            .filter(|_| row.phase == Phase::Running && !halted),
        in_flight: row.in_flight(),
        ended: if row.current == StateWord::Terminate {
            Ended::Before
        } else {
            Ended::Not
        },
        stranded: row.owes_hooks && !row.worker_alive,
        blocked: row.desired_by_policy && row.current == StateWord::Suspend,
        undoing: undoing(row),
    }
}

/// What a termination would undo.
fn undoing(row: &Row) -> Undoing {
    let Some(rollback) = row.rollback.as_deref() else {
        return Undoing::Nothing;
    };
    let items = rollback.items_left();
    // What was to be kept, or has come to another end, is not undone any more.
    let over = match row.phase {
        Phase::Ended | Phase::CleaningUp | Phase::RollbackFailed => true,
        _ => row.desired == Desired::Terminate,
    };
    match rollback.stage {
        RollbackStage::Failed => Undoing::Failed(items),
        RollbackStage::None | RollbackStage::Begun if rollback.undoes || !over => {
            Undoing::Items(items)
        }
        RollbackStage::None | RollbackStage::Begun => Undoing::Nothing,
    }
}

/// Somebody, wherever they come from.
fn person(actor: &str) -> &str {
    actor.split(" from ").next().unwrap_or(actor)
}
