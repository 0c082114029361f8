//! The gates of a task that lives, as they are changed.

use super::after::{closes_a_circle, follow, look_at as look_at_tasks};
use super::error::StoreError;
use super::lanes::{make_unclaimable, offer};
use super::record::TaskRow;
use super::schema::SCHEMA_OF_GATES;
use super::set::NotSet;
use super::tx::Tx;
use crate::gate::Awaited;
use crate::rules::{self, Unheld};
use crate::spec::TaskSpec;

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
    let Some(awaited) = looked.awaited else {
        return Ok(());
    };
    if row.spec.has_gates() {
        tx.raise_schema(SCHEMA_OF_GATES)?;
    }
    follow(tx, row.spec.number, &awaited)?;
    row.awaited = awaited;
    if row.claim.is_none() && rules::unheld(&row.standing()) == Unheld::Claim {
        make_unclaimable(tx, before)?;
        offer(tx, row)?;
    }
    Ok(())
}
