//! Tasks that wait for others: the transaction that ends the one tells those who wait for it, so that
//! nobody looks meanwhile, and what becomes of it later is of no account.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::{StoreError, passing_over};
use super::lanes::offer;
use super::record::{State, TaskRow};
use super::schema::{AWAITED, FOLLOWERS, STATES};
use super::tx::{Reads, Tx};
use crate::event::{Event, What};
use crate::gate::Awaited;
use crate::id::TaskNumber;
use crate::rules::{self, Unheld};
use crate::spec::{Rest, TaskSpec};
use crate::state::{Current, Outcome};

/// How the tasks ended that a task waits for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Awaits {
    pub(super) of: Vec<Awaited>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// The tasks that a task waits for, and how they ended.
pub(super) fn awaited(reads: &impl Reads, spec: &TaskSpec) -> Result<Vec<Awaited>, StoreError> {
    if spec.after.is_empty() {
        return Ok(Vec::new());
    }
    let awaits = reads.record(&AWAITED, spec.number.0)?;
    Ok(awaits.unwrap_or_default().of)
}

/// How these tasks ended, or that they have not.
///
/// # Errors
/// [`StoreError::NoTask`] of one that is not there.
pub(super) fn look_at(tx: &Tx<'_>, tasks: &[TaskNumber]) -> Result<Vec<Awaited>, StoreError> {
    tasks
        .iter()
        .map(|task| {
            let state: State = tx.task_record(&STATES, *task)?;
            let outcome = match state.current() {
                Current::Terminate { outcome, .. } => Some(outcome),
                Current::Init | Current::Run | Current::Suspend { .. } => None,
            };
            let task = *task;
            Ok(Awaited { task, outcome })
        })
        .collect()
}

/// Has a task wait for these, and for no others.
pub(super) fn follow(tx: &Tx<'_>, task: TaskNumber, awaited: &[Awaited]) -> Result<(), StoreError> {
    let before = tx.record(&AWAITED, task.0)?;
    if awaited.is_empty() && before.is_none() {
        return Ok(());
    }
    let mut awaits = before.unwrap_or_default();
    let mut followers = tx.table(FOLLOWERS)?;
    for one in &awaits.of {
        followers.remove((one.task.0, task.0))?;
    }
    for one in awaited.iter().filter(|one| one.outcome.is_none()) {
        followers.insert((one.task.0, task.0), ())?;
    }
    drop(followers);
    if awaited.is_empty() {
        return tx.table(AWAITED.table)?.remove(task.0);
    }
    awaits.of = awaited.to_vec();
    tx.put(&AWAITED, task.0, &awaits)
}

/// Whether a task would wait for itself, if it waited for these.
pub(super) fn closes_a_circle(
    tx: &Tx<'_>,
    task: TaskNumber,
    awaited: &[Awaited],
) -> Result<bool, StoreError> {
    let still = |awaited: &[Awaited]| -> Vec<TaskNumber> {
        let open = awaited.iter().filter(|one| one.outcome.is_none());
        open.map(|one| one.task).collect()
    };
    let mut ahead = still(awaited);
    let mut seen = BTreeSet::new();
    while let Some(next) = ahead.pop() {
        if next == task {
            return Ok(true);
        }
        if seen.insert(next) {
            let awaits = passing_over(tx.record(&AWAITED, next.0))?.flatten();
            ahead.extend(awaits.map(|awaits| still(&awaits.of)).unwrap_or_default());
        }
    }
    Ok(false)
}

/// Tells those who wait for a task how it ended, and lets them run if that was the last they waited for.
pub(super) fn tell_followers(tx: &Tx<'_>, ended: &TaskRow) -> Result<(), StoreError> {
    let Current::Terminate { outcome, .. } = ended.state.current() else {
        return Ok(());
    };
    let task = ended.spec.number;
    // What has ended waits for nobody.
    follow(tx, task, &[])?;
    let mut followers = Vec::new();
    {
        let mut table = tx.table(FOLLOWERS)?;
        let range = (task.0, 0)..=(task.0, u64::MAX);
        for row in table.range(range.clone())? {
            followers.push(TaskNumber(row?.0.value()?.1));
        }
        if !followers.is_empty() {
            table.remove_range(range)?;
        }
    }
    for follower in followers {
        let Some(mut row) = passing_over(tx.task(follower))? else {
            continue;
        };
        let Some(awaits) = passing_over(tx.record(&AWAITED, follower.0))?.flatten() else {
            continue;
        };
        let mut awaits: Awaits = awaits;
        for one in awaits.of.iter_mut().filter(|one| one.task == task) {
            one.outcome = Some(outcome);
        }
        tx.put(&AWAITED, follower.0, &awaits)?;
        row.awaited = awaits.of;
        let lost = row
            .awaited
            .iter()
            .any(|one| one.task == task && one.is_lost());
        let free = row.awaited.iter().all(|one| one.is_done());
        if lost || free {
            let what = if lost { What::Blocked } else { What::Freed };
            tx.append(Event {
                detail: Some(format!("task {task} {}", said(ended))),
                ..Event::of(follower, what, tx.now)
            })?;
        }
        if row.claim.is_none() && rules::unheld(&row.standing()) == Unheld::Claim {
            offer(tx, &row)?;
        }
    }
    Ok(())
}

fn said(ended: &TaskRow) -> &'static str {
    match ended.state.outcome {
        Some(Outcome::Completed) => "completed",
        Some(Outcome::Terminated) => "was terminated",
        Some(Outcome::Failed) | None => "failed",
    }
}

/// Forgets whom a task waited for, and who waited for it.
pub(super) fn forget(tx: &Tx<'_>, spec: &TaskSpec) -> Result<(), StoreError> {
    let task = spec.number;
    follow(tx, task, &[])?;
    let mut followers = tx.table(FOLLOWERS)?;
    followers.remove_range((task.0, 0)..=(task.0, u64::MAX))?;
    Ok(())
}
