//! The gates of a task that lives, as they are changed.

use super::after::{closes_a_circle, follow, look_at as look_at_tasks};
use super::brake::brake;
use super::cordon::cordons;
use super::error::StoreError;
use super::lanes::{make_unclaimable, offer};
use super::record::TaskRow;
use super::schema::SCHEMA_OF_GATES;
use super::set::NotSet;
use super::slots;
use super::tx::{ReadsNamed, Tx};
use crate::gate::{Awaited, Room, StoreGates};
use crate::rules::{self, Unheld};
use crate::spec::TaskSpec;

/// Whether a gate keeps a task that nobody has from being claimed to run.
pub(super) fn hold(tx: &Tx<'_>, row: &TaskRow) -> Result<bool, StoreError> {
    if !row.is_to_run() {
        return Ok(false);
    }
    if row.gate(tx.now).is_some() {
        return Ok(true);
    }
    Ok(slots::room(tx, &row.spec)?.is_some_and(Room::is_full))
}

/// The groups with a limit that have room.
pub(super) fn with_room(reads: &impl ReadsNamed) -> Result<Vec<String>, StoreError> {
    let rooms = slots::rooms(reads)?.into_iter();
    let free = rooms.filter(|(_, room)| !room.is_full());
    Ok(free.map(|(name, _)| name).collect())
}

/// What of a store keeps tasks from running, beside their own gates.
pub(super) fn of_store(reads: &impl ReadsNamed) -> Result<StoreGates, StoreError> {
    Ok(StoreGates {
        groups: slots::rooms(reads)?,
        cordons: cordons(reads)?,
        brake: brake(reads)?,
    })
}

/// What is known of new gates before anything is written.
pub(super) struct Looked {
    awaited: Option<Vec<Awaited>>,
}

/// Looks at what the new gates of a task are about. Inside: why they can't be its gates.
pub(super) fn look_at(
    tx: &Tx<'_>,
    before: &TaskSpec,
    after: &TaskSpec,
) -> Result<Result<Looked, NotSet>, StoreError> {
    if before.after == after.after {
        return Ok(Ok(Looked { awaited: None }));
    }
    let awaited = match look_at_tasks(tx, &after.after) {
        Ok(awaited) => awaited,
        Err(StoreError::NoTask(task)) => return Ok(Err(NotSet::NoSuchTask(task))),
        Err(error) => return Err(error),
    };
    if closes_a_circle(tx, after.number, &awaited)? {
        return Ok(Err(NotSet::Circle));
    }
    Ok(Ok(Looked {
        awaited: Some(awaited),
    }))
}

/// Gives a task whose new specification is written its new gates. Whoever holds it heeds them at its next
/// boundary.
pub(super) fn change(
    tx: &Tx<'_>,
    before: &TaskSpec,
    row: &mut TaskRow,
    looked: Looked,
) -> Result<(), StoreError> {
    let moves = before.group != row.spec.group;
    let timed = before.at != row.spec.at || before.window != row.spec.window;
    if looked.awaited.is_none() && !moves && !timed {
        return Ok(());
    }
    if row.spec.has_gates() {
        tx.raise_schema(SCHEMA_OF_GATES)?;
    }
    if let Some(awaited) = looked.awaited {
        follow(tx, row.spec.number, &awaited)?;
        row.awaited = awaited;
    }
    if moves {
        slots::leave(tx, before)?;
        slots::join(tx, &row.spec)?;
        if row.claim.is_some() {
            // One that runs is not stopped for it, and counts in its new group.
            slots::take(tx, &row.spec)?;
        }
    }
    if row.claim.is_none() && rules::unheld(&row.standing()) == Unheld::Claim {
        make_unclaimable(tx, before)?;
        offer(tx, row)?;
    }
    Ok(())
}
