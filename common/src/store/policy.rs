//! Policies: they ask like an operator, and never against one.

use super::before::{Before, remember};
use super::error::{StoreError, passing_over};
use super::record::{Wish, WorkerRow};
use super::schema::{COUNTER_REQUEST, SPECS, WISHES, WORKERS};
use super::tx::{Reads, Tx};
use crate::event::{Event, What};
use crate::id::{BatchNumber, RequestNumber, TaskNumber, WorkerNumber};
use crate::progress::Progress;
use crate::spec::TaskSpec;
use crate::state::Desired;

/// What a policy answers: the last attempt at a batch, and the request that was known then.
pub(super) struct Answered<'a> {
    pub(super) worker: WorkerNumber,
    pub(super) request: RequestNumber,
    pub(super) batch: BatchNumber,
    pub(super) attempts: u32,
    pub(super) error: &'a str,
}

/// Suspends a task whose error budget is spent, once something of it failed for good.
pub(super) fn budget_suspends(
    tx: &Tx<'_>,
    task: TaskNumber,
    wish: &mut Wish,
    progress: &Progress,
    answered: (WorkerNumber, RequestNumber),
) -> Result<(), StoreError> {
    let spec: TaskSpec = tx.task_record(&SPECS, task)?;
    let spent = spec.max_failures.and_then(|budget| budget.spent(progress));
    match spent {
        Some(reason) => suspend(tx, task, wish, "error budget", reason, answered),
        None => Ok(()),
    }
}

/// Asks for a suspension in the worker's name, if the last request is the one that the policy
/// answers, and never over another wish.
pub(super) fn policy_suspends(
    tx: &Tx<'_>,
    task: TaskNumber,
    wish: &mut Wish,
    failed: &Answered<'_>,
) -> Result<(), StoreError> {
    let (batch, error) = (failed.batch, failed.error);
    let reason = match failed.attempts {
        1 => format!("batch {batch} failed: {error}"),
        attempts => format!("batch {batch} failed {attempts} times: {error}"),
    };
    let answered = (failed.worker, failed.request);
    suspend(tx, task, wish, "error policy", reason, answered)
}

/// Asks for a suspension in a policy's name.
fn suspend(
    tx: &Tx<'_>,
    task: TaskNumber,
    wish: &mut Wish,
    policy: &str,
    reason: String,
    (worker, request): (WorkerNumber, RequestNumber),
) -> Result<(), StoreError> {
    if wish.request != request || wish.desired != Desired::Run {
        return Ok(());
    }
    let before = Before::of_wish(wish);
    wish.desired = Desired::Suspend;
    wish.request = RequestNumber(tx.count(COUNTER_REQUEST)?);
    remember(tx, wish.request, task, &before)?;
    wish.force = false;
    wish.no_hooks = false;
    wish.policy = true;
    let row: Option<WorkerRow> = passing_over(tx.record(&WORKERS, worker.0))?.flatten();
    wish.by = row
        .map(|row| row.actor)
        .unwrap_or_default()
        .claiming(Some(policy.into()));
    wish.reason = Some(reason.clone());
    wish.at = tx.now;
    tx.put(&WISHES, task.0, wish)?;
    tx.append(Event {
        worker: Some(worker),
        request: Some(wish.request),
        want: Some(Desired::Suspend),
        reason: Some(reason),
        detail: Some(policy.into()),
        ..Event::of(task, What::Requested, tx.now)
    })?;
    Ok(())
}
