//! A task as the table needs it: small, since there may be hundreds of thousands.

use std::borrow::Cow;
use std::sync::Arc;

use longhaul_common::filter::Subject;
use longhaul_common::id::{RequestNumber, TaskId, TaskNumber, WorkerNumber};
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::time::Timestamp;
use longhaul_common::view::{QueueView, RollbackView, TaskView};

use super::model::Wanted;
use super::texts::Texts;
use crate::output::state::Told;

/// One task on the screen. Texts are as they were stored: whoever draws makes them safe.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) number: TaskNumber,
    pub(crate) id: TaskId,
    pub(crate) name: Option<Box<str>>,
    pub(crate) kind: Arc<str>,
    pub(crate) desired: Desired,
    pub(crate) current: StateWord,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) phase: Phase,
    pub(crate) waiting_for: Option<Arc<str>>,
    /// Why the desired state is desired.
    pub(crate) reason: Option<Arc<str>>,
    pub(crate) error: Option<Arc<str>>,
    pub(crate) message: Option<Arc<str>>,
    pub(crate) items_done: u64,
    pub(crate) items_total: Option<u64>,
    pub(crate) fraction: Option<f64>,
    pub(crate) batches_failed: u32,
    /// Batches that failed and wait to be tried again.
    pub(crate) batches_again: u32,
    pub(crate) retries: u32,
    pub(crate) rate: Option<f32>,
    pub(crate) eta_seconds: Option<f32>,
    /// Running time when it was read; grows by itself while it runs.
    pub(crate) running_seconds: f32,
    pub(crate) batch_seconds: Option<f32>,
    /// When the batch in flight began, about.
    pub(crate) batch_since: Option<Timestamp>,
    pub(crate) read_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) since: Timestamp,
    pub(crate) started: bool,
    pub(crate) next_attempt_at: Option<Timestamp>,
    /// The request that set the desired state, and who made it.
    pub(crate) request: RequestNumber,
    pub(crate) desired_by: Arc<str>,
    pub(crate) worker: Option<WorkerNumber>,
    pub(crate) worker_alive: bool,
    pub(crate) worker_pid: Option<u32>,
    pub(crate) group: Option<Arc<str>>,
    /// Whether it needs a worker that knows its kind.
    pub(crate) registered: bool,
    /// Whether the error policy did.
    pub(crate) desired_by_policy: bool,
    /// Whether hooks must run before it can end.
    pub(crate) owes_hooks: bool,
    /// Whether a gate of its own holds it.
    pub(crate) gated: bool,
    /// The most items per second allowed.
    pub(crate) rate_limit: Option<f32>,
    /// What is in its own queue, if it has one.
    pub(crate) queue: Option<Box<Queue>>,
    /// How what it did is undone, if it has a rollback.
    pub(crate) rollback: Option<Box<RollbackView>>,
}

/// What is in a task's queue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Queue {
    /// Batches in flight.
    pub(crate) in_flight: u64,
    /// How many each worker performs.
    pub(crate) seats: Box<[(WorkerNumber, usize)]>,
    /// The highest slot that a batch is in.
    pub(crate) top_slot: u16,
    /// Whether one of those workers lives.
    pub(crate) is_performed: bool,
    /// Since when its broker can't be used, and why.
    pub(crate) unreachable: Option<(Timestamp, Box<str>)>,
}

impl Queue {
    fn of(view: &QueueView) -> Self {
        let performs = |worker: &WorkerNumber| {
            let flight = view.flight.iter();
            let seats = flight.filter(|flight| flight.worker.id == *worker).count();
            (*worker, seats)
        };
        let slots = view.flight.iter().map(|flight| flight.slot);
        let why = view.unreachable.as_deref().unwrap_or_default();
        Self {
            in_flight: view.in_flight,
            seats: view.workers.iter().map(performs).collect(),
            top_slot: slots.max().unwrap_or(0),
            is_performed: view.is_performed(),
            unreachable: view.unreachable_since.map(|since| (since, why.into())),
        }
    }
}

impl Row {
    /// Its row; `texts` keeps what it has in common with others.
    pub(crate) fn of(view: TaskView, read_at: Timestamp, texts: &mut Texts) -> Self {
        let queue = view.queue.as_ref().map(|queue| Box::new(Queue::of(queue)));
        Self {
            number: view.number,
            id: view.id,
            name: view.name.map(String::into_boxed_str),
            kind: texts.share(&view.kind),
            desired: view.desired_state,
            current: view.current_state,
            outcome: view.outcome,
            phase: view.phase,
            waiting_for: view.waiting_for.map(|text| texts.share(&text)),
            reason: view.desired_reason.map(|text| texts.share(&text)),
            error: view.error.map(|text| texts.share(&text)),
            message: view.message.map(|text| texts.share(&text)),
            items_done: view.items_done,
            items_total: view.items_total,
            fraction: view.fraction,
            batches_failed: u32::try_from(view.batches_failed).unwrap_or(u32::MAX),
            batches_again: u32::try_from(view.batches_again).unwrap_or(u32::MAX),
            retries: u32::try_from(view.retries).unwrap_or(u32::MAX),
            rate: view.rate.map(short),
            eta_seconds: view.eta_seconds.map(short),
            running_seconds: short(view.running_seconds),
            batch_seconds: view.batch_seconds.map(short),
            batch_since: view.batch_since,
            read_at,
            created_at: view.created_at,
            since: view.current_state_since,
            started: view.started_at.is_some(),
            next_attempt_at: view.next_attempt_at,
            request: view.desired_request,
            desired_by: texts.share(&view.desired_by.to_string()),
            worker: view.worker.as_ref().map(|worker| worker.id),
            worker_alive: view.worker.as_ref().is_some_and(|worker| worker.alive),
            worker_pid: view.worker.and_then(|worker| worker.pid),
            group: view.group.map(|text| texts.share(&text)),
            registered: view.registered,
            desired_by_policy: view.desired_by_policy,
            owes_hooks: view.owes_hooks,
            gated: view.gated,
            rate_limit: view.rate_limit.map(short),
            queue,
            rollback: view.rollback.map(Box::new),
        }
    }

    /// Whether its batches run now.
    pub(crate) fn runs(&self) -> bool {
        matches!(
            self.phase,
            Phase::Running | Phase::Throttled | Phase::Suspending | Phase::Terminating
        ) && self.current == StateWord::Run
            && match &self.queue {
                Some(queue) => queue.is_performed,
                None => self.worker_alive,
            }
    }

    /// How many slots of living workers it takes. Who holds a task with a queue needs none while others
    /// may perform it.
    pub(crate) fn slots(&self) -> usize {
        match &self.queue {
            Some(queue) if self.current == StateWord::Run => {
                let seats = queue.seats.iter().map(|(_, seats)| seats).sum();
                if queue.is_performed { seats } else { 0 }
            }
            Some(_) | None => usize::from(self.worker_alive),
        }
    }

    /// How many batches are in flight, if it has a queue.
    pub(crate) fn in_flight(&self) -> u64 {
        self.queue.as_ref().map_or(0, |queue| queue.in_flight)
    }

    /// The worker that holds it, and how many others perform batches of it.
    pub(crate) fn worker_words(&self) -> Option<String> {
        let worker = self.worker?;
        if !self.worker_alive {
            return Some(format!("{worker} died"));
        }
        let seats = self.queue.iter().flat_map(|queue| &queue.seats);
        match seats.filter(|(other, _)| *other != worker).count() {
            0 => Some(worker.to_string()),
            others => Some(format!("{worker} +{others}")),
        }
    }

    /// Whether processes of commands may work for it now; a Rust task works in its worker's.
    pub(crate) fn runs_commands(&self) -> bool {
        let works = match self.phase {
            Phase::Starting
            | Phase::Running
            | Phase::Throttled
            | Phase::Suspending
            | Phase::Terminating
            | Phase::RollingBack
            | Phase::CleaningUp => true,
            Phase::Queued
            | Phase::Scheduled
            | Phase::Blocked
            | Phase::Orphaned
            | Phase::BackingOff
            | Phase::Suspended
            | Phase::RollbackFailed
            | Phase::Ended => false,
        };
        let performed = self.queue.as_ref().is_some_and(|queue| queue.is_performed);
        works && (self.worker_alive || performed) && !self.registered
    }

    /// Whether something that is shown of it changes by itself.
    pub(crate) fn counts(&self) -> bool {
        self.runs() || self.phase == Phase::BackingOff
    }

    /// Seconds it has been running by now.
    pub(crate) fn running_by(&self, now: Timestamp) -> f64 {
        f64::from(self.running_seconds) + self.ran_since_read(now)
    }

    /// Seconds of running still ahead by now.
    pub(crate) fn eta_by(&self, now: Timestamp) -> Option<f64> {
        let eta = f64::from(self.eta_seconds?);
        Some((eta - self.ran_since_read(now)).max(0.0))
    }

    fn ran_since_read(&self, now: Timestamp) -> f64 {
        if self.runs() {
            now.since(self.read_at).as_secs_f64()
        } else {
            0.0
        }
    }

    /// When the batch in flight should be done, going by those before it.
    pub(crate) fn boundary_at(&self) -> Option<Timestamp> {
        let seconds = std::time::Duration::try_from_secs_f32(self.batch_seconds?).ok()?;
        Some(self.batch_since?.after(seconds))
    }

    /// Whether an error suspended it, and somebody has to look.
    pub(crate) fn is_stuck(&self) -> bool {
        let suspended = self.phase == Phase::Suspended && self.desired_by_policy;
        suspended || self.phase == Phase::RollbackFailed
    }

    /// Whether something is wrong with it that hasn't ended it.
    pub(crate) fn is_troubled(&self) -> bool {
        let lost = self.phase == Phase::Running && self.unreachable().is_some();
        self.is_stuck() || lost || matches!(self.phase, Phase::Orphaned | Phase::BackingOff)
    }

    /// Whether it waits for a worker to take it.
    pub(crate) fn needs_worker(&self) -> bool {
        match self.phase {
            Phase::Queued | Phase::Orphaned => true,
            Phase::Suspending | Phase::Terminating | Phase::BackingOff | Phase::RollingBack => {
                self.worker.is_none()
            }
            Phase::Starting
            | Phase::Running
            | Phase::Throttled
            | Phase::Scheduled
            | Phase::Blocked
            | Phase::Suspended
            | Phase::RollbackFailed
            | Phase::CleaningUp
            | Phase::Ended => false,
        }
    }

    /// What a worker must accept to run it.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted {
            kind: self.kind.clone(),
            registered: self.registered,
        }
    }
}

impl Told for Row {
    fn desired(&self) -> Desired {
        self.desired
    }

    fn current(&self) -> StateWord {
        self.current
    }

    fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn waiting_for(&self) -> Option<&str> {
        self.waiting_for.as_deref()
    }

    fn desired_reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    fn desired_by_policy(&self) -> bool {
        self.desired_by_policy
    }

    fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    fn next_attempt_at(&self) -> Option<Timestamp> {
        self.next_attempt_at
    }

    fn rollback(&self) -> Option<&RollbackView> {
        self.rollback.as_deref()
    }

    fn unreachable(&self) -> Option<(Timestamp, &str)> {
        let (since, why) = self.queue.as_ref()?.unreachable.as_ref()?;
        Some((*since, why))
    }
}

impl Subject for Row {
    fn number(&self) -> TaskNumber {
        self.number
    }

    fn id(&self) -> TaskId {
        self.id
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn kind(&self) -> &str {
        &self.kind
    }

    fn current(&self) -> StateWord {
        self.current
    }

    fn desired(&self) -> Desired {
        self.desired
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    fn worker(&self) -> Option<WorkerNumber> {
        self.worker
    }

    fn pid(&self) -> Option<u32> {
        self.worker_pid
    }

    fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    fn by(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.desired_by)
    }

    fn since(&self) -> Timestamp {
        self.since
    }

    fn batches_failed(&self) -> u64 {
        self.batches_failed.into()
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
