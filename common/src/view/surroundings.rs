//! What a store's rows are seen against, and the view that comes of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::{FeedView, Lives, QueueView, RollbackView, TaskView, WorkerView, queue, rollback};
use crate::brake::Share;
use crate::gate::{Closed, StoreGates};
use crate::id::WorkerNumber;
use crate::phase::{Owner, Phase, Prospect, Scene, phase};
use crate::progress::Progress;
use crate::rate::Rate;
use crate::spec::{Input, OsBytes, Work};
use crate::state::StateWord;
use crate::store::{TaskRow, WorkerRow};
use crate::time::Timestamp;

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

    pub(super) fn worker(&self, worker: WorkerNumber) -> WorkerView {
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
