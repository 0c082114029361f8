//! Policies: they ask like an operator, and never against one.

use super::Store;
use super::before::{Before, remember};
use super::error::{StoreError, passing_over};
use super::hold::Key;
use super::record::{TaskRow, Wish, WorkerRow};
use super::schema::{COUNTER_REQUEST, SPECS, WISHES, WORKERS};
use super::tx::{Reads, Tx};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::{BatchNumber, RequestNumber, TaskNumber, WorkerNumber};
use crate::progress::Progress;
use crate::spec::TaskSpec;
use crate::state::Desired;

impl Store {
    /// Suspends the task if it has come to where it was to stop. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn reach_breakpoint(&self, key: Key) -> Result<TaskRow, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            let behind = row.progress.items_tried();
            breakpoint_suspends(tx, key.task, &mut row.wish, behind, key.claim.worker)?;
            Ok(row)
        })
    }
}

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

/// What the trail calls the policy that suspends a task where it was to stop.
const BREAKPOINT: &str = "breakpoint";

/// Suspends a task that has come to where it was to stop, unless it is to end or to rest anyway. It goes on from
/// there once somebody resumes it.
pub(super) fn breakpoint_suspends(
    tx: &Tx<'_>,
    task: TaskNumber,
    wish: &mut Wish,
    behind: u64,
    worker: WorkerNumber,
) -> Result<(), StoreError> {
    if wish.desired != Desired::Run {
        return Ok(());
    }
    let mut spec: TaskSpec = tx.task_record(&SPECS, task)?;
    let Some(stop) = spec.stop_at.take_if(|stop| behind >= *stop) else {
        return Ok(());
    };
    tx.put(&SPECS, task.0, &spec)?;
    wish.settings += 1;
    let reason = if behind == stop {
        format!("it was to stop at {stop} items")
    } else {
        format!("it was to stop at {stop} items, and {behind} are behind it")
    };
    let answered = (worker, wish.request);
    suspend(tx, task, wish, BREAKPOINT, reason, answered)
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

/// Who a policy acts as: the worker that does, by the policy's name.
pub(super) fn in_the_name_of(
    tx: &Tx<'_>,
    worker: WorkerNumber,
    policy: &str,
) -> Result<Actor, StoreError> {
    let row: Option<WorkerRow> = passing_over(tx.record(&WORKERS, worker.0))?.flatten();
    let actor = row.map(|row| row.actor).unwrap_or_default();
    Ok(actor.claiming(Some(policy.into())))
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
    // Nothing went wrong where it stops as it was asked to.
    wish.policy = policy != BREAKPOINT;
    wish.until = None;
    wish.by = in_the_name_of(tx, worker, policy)?;
    wish.reason = Some(reason.clone());
    wish.at = tx.now;
    tx.put(&WISHES, task.0, wish)?;
    tx.append(Event {
        worker: Some(worker),
        request: Some(wish.request),
        answers: Some(request),
        want: Some(Desired::Suspend),
        reason: Some(reason),
        detail: Some(policy.into()),
        ..Event::of(task, What::Requested, tx.now)
    })?;
    Ok(())
}
