//! A task as people and programs see it: the same everywhere, derived from the store's rows.

mod queue;
mod rollback;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::actor::Actor;
use crate::brake::Share;
use crate::fed::Fed;
use crate::gate::{Closed, StoreGates};
use crate::id::{Epoch, RequestNumber, TaskId, TaskNumber, WorkerNumber};
use crate::phase::{Owner, Phase, Prospect, Scene, phase};
use crate::progress::Progress;
use crate::rate::Rate;
use crate::spec::{Input, OsBytes, Work};
use crate::state::{Desired, Outcome, StateWord};
use crate::store::{TaskRow, WorkerRow};
use crate::time::Timestamp;
use crate::window::Window;

pub use queue::{FlightView, QueueView};
pub use rollback::RollbackView;

/// Whether a worker's process is there, by its number; as the kernel tells it.
pub trait Lives {
    /// Whether the worker lives.
    fn lives(&self, worker: WorkerNumber) -> bool;
}

impl<F: Fn(WorkerNumber) -> bool> Lives for F {
    fn lives(&self, worker: WorkerNumber) -> bool {
        self(worker)
    }
}

/// A worker that holds a task, or performs a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerView {
    /// Its number.
    pub id: WorkerNumber,
    /// Its process; None if the store has forgotten it.
    pub pid: Option<u32>,
    /// Its host.
    pub host: Option<String>,
    /// Whether its process is there.
    pub alive: bool,
}

/// Whether a fed task takes more items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedView {
    /// It does.
    Open,
    /// Somebody closed it.
    Closed,
}

impl FeedView {
    fn of(fed: &Fed) -> Self {
        if fed.is_open() {
            Self::Open
        } else {
            Self::Closed
        }
    }
}

/// A task, as JSON has it. Unknown values are None.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskView {
    /// The unique id.
    pub id: TaskId,
    /// The number in its store.
    pub number: TaskNumber,
    /// The name.
    pub name: Option<String>,
    /// The key, of which there is one live task at most.
    pub key: Option<String>,
    /// The kind.
    pub kind: String,
    /// What the operator wants.
    pub desired_state: Desired,
    /// Where the task is.
    pub current_state: StateWord,
    /// What it is doing, for people.
    pub phase: Phase,
    /// What it waits for, in words.
    pub waiting_for: Option<String>,
    /// Why it ended.
    pub outcome: Option<Outcome>,
    /// Why it is where it is: the last request's reason.
    pub reason: Option<String>,
    /// Items done.
    pub items_done: u64,
    /// Items in all.
    pub items_total: Option<u64>,
    /// Batches done.
    pub batches_done: u64,
    /// Batches that failed for good.
    pub batches_failed: u64,
    /// Items that failed for good.
    pub items_failed: u64,
    /// Retries so far.
    pub retries: u64,
    /// Items per second lately.
    pub rate: Option<f64>,
    /// Seconds of running still ahead.
    pub eta_seconds: Option<f64>,
    /// Seconds it has been running; suspended and queued time left out.
    pub running_seconds: f64,
    /// Items per batch.
    pub batch_size: u64,
    /// Seconds a batch takes lately.
    pub batch_seconds: Option<f64>,
    /// Seconds until the batches in flight are over, about: the next boundary. None: it is not known, or nothing of
    /// it runs.
    pub boundary_seconds: Option<f64>,
    /// The most items per second allowed.
    pub rate_limit: Option<f64>,
    /// It is suspended once so many items are behind it.
    pub stop_at: Option<u64>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Actor,
    /// When it first ran.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Since when it is in its current state.
    pub current_state_since: Timestamp,
    /// Who asked for the desired state.
    pub desired_by: Actor,
    /// Why.
    pub desired_reason: Option<String>,
    /// The request that did.
    pub desired_request: RequestNumber,
    /// When the next attempt may start, or when it goes on by itself.
    pub next_attempt_at: Option<Timestamp>,
    /// Who holds it.
    pub worker: Option<WorkerView>,
    /// The epoch of its last claim.
    pub epoch: Epoch,
    /// What it last said of itself.
    pub message: Option<String>,
    /// The last error.
    pub error: Option<String>,
    /// Higher runs first.
    pub priority: i32,
    /// The group it belongs to.
    pub group: Option<String>,
    /// The tasks that have to complete before it runs.
    pub after: Vec<TaskNumber>,
    /// It does not run before that time.
    pub at: Option<Timestamp>,
    /// The times of day in which it runs.
    pub window: Option<Window>,
    /// Where its items come from.
    pub input: Option<String>,
    /// The task whose specification it has.
    pub restart_of: Option<TaskNumber>,
    /// The last task that has its specification, by a restart.
    pub restarted_by: Option<TaskNumber>,
    /// The task of which it tries again what failed.
    pub retry_of: Option<TaskNumber>,
    /// The task that tries again what failed of it.
    pub retried_by: Option<TaskNumber>,
    /// Whether more may be fed to it; None: it is not a fed task.
    pub feed: Option<FeedView>,
    /// What performs its batches.
    pub command: String,
    /// Names of the variables that were set for its commands; their values are shown nowhere.
    pub env: Vec<String>,
    /// Names of the variables that its commands have from the worker.
    pub secret_env: Vec<String>,
    /// Whether one process performs them all while it is at a worker.
    pub persistent: bool,
    /// How what it did is undone, and how far that is; None: it has no rollback.
    pub rollback: Option<RollbackView>,
    /// Its own queue; None: its batches run one after the other.
    pub queue: Option<QueueView>,
    /// Seconds a batch takes lately, at least and at most.
    #[serde(skip)]
    pub batch_range: Option<(f64, f64)>,
    /// When its suspension ends by itself.
    #[serde(skip)]
    pub until: Option<Timestamp>,
    /// The share done, 0 to 1.
    #[serde(skip)]
    pub fraction: Option<f64>,
    /// Batches that failed and wait to be tried again; of a queued task those wait among its others.
    #[serde(skip)]
    pub batches_again: u64,
    /// Whether it needs a worker that knows its kind.
    #[serde(skip)]
    pub registered: bool,
    /// When the batch in flight began, about; of several, the last. None where none is.
    #[serde(skip)]
    pub batch_since: Option<Timestamp>,
    /// Whether the error policy asked for the desired state.
    #[serde(skip)]
    pub desired_by_policy: bool,
    /// Whether hooks must run before it can end.
    #[serde(skip)]
    pub owes_hooks: bool,
    /// Whether a gate of its own holds it.
    #[serde(skip)]
    pub gated: bool,
    /// Whether a gate holds it that opens no more unless somebody does something about it.
    #[serde(skip)]
    pub lost: bool,
}

impl TaskView {
    /// The items that are done, and not undone by now.
    #[must_use]
    pub fn items_standing(&self) -> u64 {
        let undone = self.rollback.as_ref().map_or(0, |undone| undone.items_done);
        self.items_done.saturating_sub(undone)
    }

    /// What failed of it, and was not done since, in words; None: nothing.
    #[must_use]
    pub fn failed(&self) -> Option<String> {
        let told = |count: u64, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        match (self.batches_failed, self.items_failed) {
            (0, 0) => None,
            (0, items) => Some(told(items, "item", "items")),
            (batches, _) => Some(told(batches, "batch", "batches")),
        }
    }
}

/// What views are made against.
pub struct Surroundings<'a> {
    workers: BTreeMap<WorkerNumber, (&'a WorkerRow, bool)>,
    gates: &'a StoreGates,
    lives: &'a dyn Lives,
    now: Timestamp,
    zone: TimeZone,
}

impl<'a> Surroundings<'a> {
    /// The workers the store knows, each probed once, and what of it keeps tasks from running.
    pub fn new(
        workers: &'a [WorkerRow],
        gates: &'a StoreGates,
        lives: &'a dyn Lives,
        now: Timestamp,
    ) -> Self {
        let workers = workers
            .iter()
            .map(|row| {
                let alive = !row.is_gone() && lives.lives(row.number);
                (row.number, (row, alive))
            })
            .collect();
        Self {
            workers,
            gates,
            lives,
            now,
            zone: TimeZone::UTC,
        }
    }

    /// With times to come told in this zone instead of in UTC.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// The number of living workers.
    #[must_use]
    pub fn living(&self) -> usize {
        self.workers.values().filter(|(_, alive)| *alive).count()
    }

    fn alive(&self, worker: WorkerNumber) -> bool {
        self.workers
            .get(&worker)
            .map_or_else(|| self.lives.lives(worker), |(_, alive)| *alive)
    }

    fn worker(&self, worker: WorkerNumber) -> WorkerView {
        let known = self.workers.get(&worker).map(|(row, _)| *row);
        WorkerView {
            id: worker,
            pid: known.map(|row| row.actor.pid),
            host: known.map(|row| row.actor.host.clone()),
            alive: self.alive(worker),
        }
    }

    /// The gate that holds a task.
    #[must_use]
    pub fn gate(&self, row: &TaskRow) -> Option<Closed> {
        let waits = row.claim.is_none() && row.is_to_run();
        let full = || self.gates.of_group(&row.spec.group);
        row.gate(self.now)
            .or_else(|| if waits { full() } else { None })
    }

    /// The share that the store's brake leaves a task, while it rests for that: going by its last batches.
    /// Of a task with a queue some seats rest while others work.
    fn braked(&self, row: &TaskRow) -> Option<Share> {
        let share = self.gates.brake.as_ref()?.share;
        let took = Duration::try_from_secs_f64(row.progress.batch_seconds).ok()?;
        let until = row.progress.updated_at.after(share.rest_after(took));
        (row.backlog.is_none() && until > self.now).then_some(share)
    }

    /// Who would run the task if it waits.
    #[must_use]
    pub fn prospect(&self, row: &TaskRow) -> Prospect {
        let registered = row.spec.work.is_registered();
        if self.gates.cordons.around_all().is_some() {
            return Prospect::StoreCordoned;
        }
        let mut prospect = Prospect::NoWorker;
        for (worker, alive) in self.workers.values() {
            // A worker of one task alone is none for the others.
            let reserved = worker
                .accepts
                .only
                .is_some_and(|only| only != row.spec.number);
            if !*alive || reserved {
                continue;
            }
            let accepts = worker.accepts.kind(&row.spec.kind, registered);
            let cordons = &self.gates.cordons;
            let cordoned = cordons.around(worker.number, &worker.actor.host).is_some();
            match (accepts, cordoned, prospect) {
                (true, false, _) => return Prospect::Worker,
                (true, true, _) => prospect = Prospect::Cordoned,
                (false, _, Prospect::Cordoned) => {}
                (false, ..) => prospect = Prospect::NoWorkerOfKind,
            }
        }
        prospect
    }

    /// The task as people see it.
    #[must_use]
    pub fn view(&self, row: &TaskRow) -> TaskView {
        let owner = match row.claim {
            None => Owner::Nobody,
            Some(claim) if self.alive(claim.worker) => Owner::Living(claim.worker),
            Some(claim) => Owner::Dead(claim.worker),
        };
        let queue = self.queue(row);
        let next_attempt_at = queue::next_attempt_at(row, self.now);
        let hungry = row.wants_items();
        let gate = self.gate(row);
        let (phase, waiting_for) = phase(&Scene {
            standing: row.standing(),
            owner,
            hook: row.state.hook,
            stuck: row.state.stuck.as_deref(),
            next_attempt_at,
            throttled: queue::throttled_until(row, self.now).zip(row.spec.rate),
            wants_items: hungry.then_some(row.spec.number),
            checked: row.state.throttled.as_deref(),
            braked: self.braked(row),
            until: row.wish.until,
            gate: gate.as_ref(),
            flow: queue::flow(row, self.now),
            prospect: self.prospect(row),
            kind: &row.spec.kind,
            now: self.now,
            zone: &self.zone,
        });
        let is_performed = match &queue {
            // Between two of its batches it does nothing.
            Some(queue) => queue.is_performed(),
            None => matches!(owner, Owner::Living(_)),
        };
        let runs = is_performed && row.state.word == StateWord::Run;
        let progress = &*measured(row, runs);
        let batch_since = match &queue {
            Some(queue) => queue.last_began(),
            None => Some(progress.updated_at.max(row.state.since)),
        };
        let again = row.wish.again;
        let ended = row.state.word == StateWord::Terminate;
        let until = row.wish.until.filter(|_| !ended);
        let opens = gate.as_ref().and_then(Closed::until);
        let opens = opens.filter(|_| phase == Phase::Scheduled);
        let known = |value: f64| (value > 0.0).then_some(value);
        TaskView {
            id: row.spec.id,
            number: row.spec.number,
            name: (!row.spec.name.is_empty()).then(|| row.spec.name.clone()),
            key: (!row.spec.key.is_empty()).then(|| row.spec.key.clone()),
            kind: row.spec.kind.clone(),
            desired_state: row.wish.desired,
            current_state: row.state.word,
            phase,
            waiting_for,
            outcome: row.state.outcome,
            reason: row.wish.reason.clone(),
            items_done: progress.items_done,
            items_total: row.items_total(),
            batches_done: progress.batches_done,
            // What waits to be tried again has not failed, whenever its holder hears of it.
            batches_failed: progress
                .batches_failed
                .saturating_sub(again.counted_batches),
            items_failed: progress.items_failed.saturating_sub(again.counted_items),
            batches_again: again.batches,
            retries: progress.retries,
            rate: known(progress.rate).filter(|_| !hungry),
            eta_seconds: if ended { None } else { progress.eta_seconds() },
            running_seconds: progress.running(self.now, runs).as_secs_f64(),
            batch_size: row.spec.batch_size,
            batch_seconds: known(progress.batch_seconds),
            boundary_seconds: match (phase, batch_since) {
                (Phase::Running | Phase::Suspending | Phase::Terminating, Some(_))
                    if runs && row.state.hook.is_none() =>
                {
                    boundary(progress, queue.as_ref(), batch_since, self.now)
                }
                _ => None,
            },
            rate_limit: row.spec.rate.map(Rate::per_second),
            stop_at: row.spec.stop_at,
            created_at: row.spec.created_at,
            created_by: row.spec.created_by.clone(),
            started_at: row.state.started_at,
            ended_at: ended.then_some(row.state.since),
            current_state_since: row.state.since,
            desired_by: row.wish.by.clone(),
            desired_reason: row.wish.reason.clone(),
            desired_request: row.wish.request,
            next_attempt_at: until.or(opens).or(next_attempt_at),
            worker: row.claim.map(|claim| self.worker(claim.worker)),
            epoch: row.state.epoch,
            message: message(row, runs),
            error: progress.error.clone(),
            priority: row.spec.priority,
            group: (!row.spec.group.is_empty()).then(|| row.spec.group.clone()),
            after: row.spec.after.clone(),
            at: row.spec.at,
            window: row.spec.window.clone(),
            input: row.spec.input_text(),
            restart_of: row.spec.restart_of,
            restarted_by: row.state.restarted_by,
            retry_of: match &row.spec.input {
                Input::Parts(parts) => Some(parts.task),
                _ => None,
            },
            retried_by: row.state.retried_by,
            feed: row.fed.as_ref().map(FeedView::of),
            command: row.spec.command_text(),
            env: set_names(&row.spec.work),
            secret_env: secret_names(&row.spec.work),
            persistent: row.spec.is_persistent(),
            rollback: RollbackView::of(row),
            queue,
            batch_range: progress.batch_range(),
            until,
            fraction: rollback::left(row).or_else(|| progress.fraction()),
            registered: matches!(row.spec.work, Work::Registered(_)),
            batch_since: batch_since.filter(|_| runs),
            desired_by_policy: row.wish.policy,
            owes_hooks: row.state.owed.any_at_an_end(),
            gated: row.gate(self.now).is_some(),
            lost: gate.as_ref().is_some_and(Closed::is_lost),
        }
    }
}

/// Seconds until all that is in flight is over, about.
fn boundary(
    progress: &Progress,
    queue: Option<&QueueView>,
    batch_since: Option<Timestamp>,
    now: Timestamp,
) -> Option<f64> {
    let expected = |since: Timestamp| progress.boundary_in(now.since(since));
    match queue {
        None => expected(batch_since?),
        Some(queue) => queue
            .flight
            .iter()
            .map(|flight| expected(flight.since))
            .try_fold(0.0, |latest: f64, next| Some(latest.max(next?))),
    }
}

/// What the task last said of itself: one of its batches in flight, else what was kept.
fn message(row: &TaskRow, runs: bool) -> Option<String> {
    let kept = row.progress.message.as_ref();
    let live = row.live.as_ref();
    let said = live.and_then(|live| live.message.as_ref());
    let now = live.filter(|live| runs && live.tells_of(&row.flights()));
    match now.and(said) {
        Some(said) => Some(said.clone()),
        None => kept.or(said).cloned(),
    }
}

/// Names of the variables that were set, without those of the submitter's surroundings that every task
/// keeps.
fn set_names(work: &Work) -> Vec<String> {
    let Work::Command(command) = work else {
        return Vec::new();
    };
    let kept =
        |name: &str| matches!(name, "PATH" | "LANG" | "LANGUAGE" | "TZ") || name.starts_with("LC_");
    let names = command.env.iter().map(|(name, _)| name.to_text());
    names.filter(|name| !kept(name)).collect()
}

fn secret_names(work: &Work) -> Vec<String> {
    match work {
        Work::Command(command) => command.secret_env.iter().map(OsBytes::to_text).collect(),
        Work::Registered(_) => Vec::new(),
    }
}

/// The progress that share, rate and time to go are told of: of a fed task the total is known once nothing
/// more can come, and what was measured before a limit was set is not how it goes on. What batches in flight have
/// done counts while the task runs.
fn measured(row: &TaskRow, runs: bool) -> Cow<'_, Progress> {
    let live = if runs { row.items_live() } else { 0 };
    if row.fed.is_none() && row.spec.rate.is_none() && live == 0 {
        return Cow::Borrowed(&row.progress);
    }
    let limit = row.spec.rate.map_or(f64::INFINITY, Rate::per_second);
    Cow::Owned(Progress {
        items_done: row.progress.items_done.saturating_add(live),
        items_total: row.items_expected(),
        rate: row.progress.rate.min(limit),
        ..row.progress.clone()
    })
}

#[cfg(test)]
mod tests;
