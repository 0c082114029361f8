//! Policies: they ask like an operator, and never against one.

use super::error::{StoreError, passing_over};
use super::hold::{FailedAttempt, Key};
use super::record::{Wish, WorkerRow};
use super::schema::{COUNTER_REQUEST, WISHES, WORKERS};
use super::tx::{Reads, Tx};
use crate::event::{Event, What};
use crate::id::RequestNumber;
use crate::state::Desired;

/// Asks for a suspension in the worker's name, if the last request is the one that the policy
/// answers, and never over another wish.
pub(super) fn policy_suspends(
    tx: &Tx<'_>,
    key: Key,
    wish: &mut Wish,
    answered: RequestNumber,
    failed: &FailedAttempt,
) -> Result<(), StoreError> {
    if wish.request != answered || wish.desired != Desired::Run {
        return Ok(());
    }
    let (batch, error) = (failed.progress.batch, &failed.error);
    let reason = match failed.progress.attempts {
        1 => format!("batch {batch} failed: {error}"),
        attempts => format!("batch {batch} failed {attempts} times: {error}"),
    };
    wish.desired = Desired::Suspend;
    wish.request = RequestNumber(tx.count(COUNTER_REQUEST)?);
    wish.force = false;
    wish.no_hooks = false;
    wish.policy = true;
    let worker: Option<WorkerRow> =
        passing_over(tx.record(&WORKERS, key.claim.worker.0))?.flatten();
    wish.by = worker
        .map(|worker| worker.actor)
        .unwrap_or_default()
        .claiming(Some("error policy".into()));
    wish.reason = Some(reason.clone());
    wish.at = tx.now;
    tx.put(&WISHES, key.task.0, wish)?;
    tx.append(Event {
        worker: Some(key.claim.worker),
        request: Some(wish.request),
        want: Some(Desired::Suspend),
        reason: Some(reason),
        detail: Some("error policy".into()),
        ..Event::of(key.task, What::Requested, tx.now)
    })?;
    Ok(())
}
