//! Policies: they ask like an operator, and never against one.

use super::error::{StoreError, passing_over};
use super::record::{Wish, WorkerRow};
use super::schema::{COUNTER_REQUEST, WISHES, WORKERS};
use super::tx::{Reads, Tx};
use crate::event::{Event, What};
use crate::id::{BatchNumber, RequestNumber, TaskNumber, WorkerNumber};
use crate::state::Desired;

/// What a policy answers: the last attempt at a batch, and the request that was known then.
pub(super) struct Answered<'a> {
    pub(super) worker: WorkerNumber,
    pub(super) request: RequestNumber,
    pub(super) batch: BatchNumber,
    pub(super) attempts: u32,
    pub(super) error: &'a str,
}

/// Asks for a suspension in the worker's name, if the last request is the one that the policy
/// answers, and never over another wish.
pub(super) fn policy_suspends(
    tx: &Tx<'_>,
    task: TaskNumber,
    wish: &mut Wish,
    failed: &Answered<'_>,
) -> Result<(), StoreError> {
    if wish.request != failed.request || wish.desired != Desired::Run {
        return Ok(());
    }
    let (batch, error) = (failed.batch, failed.error);
    let reason = match failed.attempts {
        1 => format!("batch {batch} failed: {error}"),
        attempts => format!("batch {batch} failed {attempts} times: {error}"),
    };
    wish.desired = Desired::Suspend;
    wish.request = RequestNumber(tx.count(COUNTER_REQUEST)?);
    wish.force = false;
    wish.no_hooks = false;
    wish.policy = true;
    let worker: Option<WorkerRow> = passing_over(tx.record(&WORKERS, failed.worker.0))?.flatten();
    wish.by = worker
        .map(|worker| worker.actor)
        .unwrap_or_default()
        .claiming(Some("error policy".into()));
    wish.reason = Some(reason.clone());
    wish.at = tx.now;
    tx.put(&WISHES, task.0, wish)?;
    tx.append(Event {
        worker: Some(failed.worker),
        request: Some(wish.request),
        want: Some(Desired::Suspend),
        reason: Some(reason),
        detail: Some("error policy".into()),
        ..Event::of(task, What::Requested, tx.now)
    })?;
    Ok(())
}
