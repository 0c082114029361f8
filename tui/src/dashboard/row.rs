//! A task as the table needs it: small, since there may be hundreds of thousands.

use longhaul_common::id::{RequestNumber, TaskId, TaskNumber, WorkerNumber};
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::time::Timestamp;
use longhaul_common::view::TaskView;

/// One task on the screen. Texts are as they were stored: whoever draws makes them safe.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) number: TaskNumber,
    pub(crate) id: TaskId,
    pub(crate) name: Option<Box<str>>,
    pub(crate) kind: Box<str>,
    pub(crate) desired: Desired,
    pub(crate) current: StateWord,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) phase: Phase,
    pub(crate) waiting_for: Option<Box<str>>,
    /// Why the desired state is desired.
    pub(crate) reason: Option<Box<str>>,
    pub(crate) error: Option<Box<str>>,
    pub(crate) message: Option<Box<str>>,
    pub(crate) items_done: u64,
    pub(crate) items_total: Option<u64>,
    pub(crate) fraction: Option<f32>,
    pub(crate) batches_failed: u32,
    pub(crate) retries: u32,
    pub(crate) rate: Option<f32>,
    pub(crate) eta_seconds: Option<f32>,
    /// Running time when it was read; grows by itself while it runs.
    pub(crate) running_seconds: f32,
    pub(crate) batch_seconds: Option<f32>,
    pub(crate) read_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) since: Timestamp,
    pub(crate) started: bool,
    pub(crate) next_attempt_at: Option<Timestamp>,
    /// The request that set the desired state, and who made it.
    pub(crate) request: RequestNumber,
    pub(crate) desired_by: Box<str>,
    pub(crate) worker: Option<WorkerNumber>,
    pub(crate) worker_alive: bool,
}

impl Row {
    pub(crate) fn of(view: TaskView, read_at: Timestamp) -> Self {
        let boxed = |text: Option<String>| text.map(String::into_boxed_str);
        Self {
            number: view.number,
            id: view.id,
            name: boxed(view.name),
            kind: view.kind.into(),
            desired: view.desired_state,
            current: view.current_state,
            outcome: view.outcome,
            phase: view.phase,
            waiting_for: boxed(view.waiting_for),
            reason: boxed(view.desired_reason),
            error: boxed(view.error),
            message: boxed(view.message),
            items_done: view.items_done,
            items_total: view.items_total,
            fraction: view.fraction.map(short),
            batches_failed: u32::try_from(view.batches_failed).unwrap_or(u32::MAX),
            retries: u32::try_from(view.retries).unwrap_or(u32::MAX),
            rate: view.rate.map(short),
            eta_seconds: view.eta_seconds.map(short),
            running_seconds: short(view.running_seconds),
            batch_seconds: view.batch_seconds.map(short),
            read_at,
            created_at: view.created_at,
            since: view.current_state_since,
            started: view.started_at.is_some(),
            next_attempt_at: view.next_attempt_at,
            request: view.desired_request,
            desired_by: view.desired_by.to_string().into(),
            worker: view.worker.as_ref().map(|worker| worker.id),
            worker_alive: view.worker.is_some_and(|worker| worker.alive),
        }
    }

    /// Whether its batches run now.
    pub(crate) fn runs(&self) -> bool {
        matches!(
            self.phase,
            Phase::Running | Phase::Suspending | Phase::Terminating
        ) && self.current == StateWord::Run
            && self.worker_alive
    }
}

/// Precise enough for a screen.
fn short(number: f64) -> f32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a screen shows fewer digits than it has"
    )]
    {
        number as f32
    }
}
