//! The phase of a task: derived from everything else, for people.

use std::fmt;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::backlog::Unreachable;
use crate::brake::Share;
use crate::gate::Closed;
use crate::id::{TaskNumber, WorkerNumber};
use crate::moment;
use crate::rate::Rate;
use crate::rules::Standing;
use crate::state::{Current, Desired, Ending, Hook, RollbackStage};
use crate::time::Timestamp;

/// What a task is doing, in a word for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Waits for a worker.
    Queued,
    /// Waits for its time.
    Scheduled,
    /// Waits for other tasks, or for whoever keeps it from running.
    Blocked,
    /// Being prepared.
    Starting,
    /// Its batches run.
    Running,
    /// Waits before a failed batch is tried again.
    BackingOff,
    /// Waits for its rate limit before the next batch.
    Throttled,
    /// Its worker is dead; another takes it over.
    Orphaned,
    /// On its way to SUSPEND.
    Suspending,
    /// Rests.
    Suspended,
    /// On its way to TERMINATE.
    Terminating,
    /// Undoes what it did.
    RollingBack,
    /// Could not undo what it did, and waits for somebody to look.
    RollbackFailed,
    /// Releases what it holds.
    CleaningUp,
    /// Has ended.
    Ended,
}

impl Phase {
    /// All there are.
    pub const ALL: [Self; 15] = [
        Self::Queued,
        Self::Scheduled,
        Self::Blocked,
        Self::Starting,
        Self::Running,
        Self::BackingOff,
        Self::Throttled,
        Self::Orphaned,
        Self::Suspending,
        Self::Suspended,
        Self::Terminating,
        Self::RollingBack,
        Self::RollbackFailed,
        Self::CleaningUp,
        Self::Ended,
    ];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Scheduled => "scheduled",
            Self::Blocked => "blocked",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::BackingOff => "backing-off",
            Self::Throttled => "throttled",
            Self::Orphaned => "orphaned",
            Self::Suspending => "suspending",
            Self::Suspended => "suspended",
            Self::Terminating => "terminating",
            Self::RollingBack => "rolling-back",
            Self::RollbackFailed => "rollback-failed",
            Self::CleaningUp => "cleaning-up",
            Self::Ended => "ended",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who holds a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody.
    Nobody,
    /// A living worker.
    Living(WorkerNumber),
    /// A worker that died.
    Dead(WorkerNumber),
}

/// The workers that would run a task if it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// No worker lives.
    NoWorker,
    /// Workers live, but none runs this kind.
    NoWorkerOfKind,
    /// Workers of the kind live, and are cordoned.
    Cordoned,
    /// Every worker of the store is cordoned, those that come too.
    StoreCordoned,
    /// A worker of the kind lives.
    Worker,
}

/// How the queue of a task flows.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    /// Batches in flight.
    pub in_flight: u64,
    /// Whether another one could begin now.
    pub ready: bool,
    /// Why its broker can't be used.
    pub unreachable: Option<&'a Unreachable>,
}

/// Everything a phase is derived from.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// States and hooks.
    pub standing: Standing,
    /// Who holds the task.
    pub owner: Owner,
    /// The hook that has begun.
    pub hook: Option<Hook>,
    /// What its holder waits for before anything of it may run.
    pub stuck: Option<&'a str>,
    /// When the next attempt may start.
    pub next_attempt_at: Option<Timestamp>,
    /// When its rate limit lets the next batch begin, and which that is; None: nothing waits for it.
    pub throttled: Option<(Timestamp, Rate)>,
    /// The fed task's number if it has done all it was fed.
    pub wants_items: Option<TaskNumber>,
    /// What its check said that keeps its batches from beginning.
    pub checked: Option<&'a str>,
    /// The share that the store's brake leaves it, while it rests for that.
    pub braked: Option<Share>,
    /// When its suspension ends by itself.
    pub until: Option<Timestamp>,
    /// The gate that holds it.
    pub gate: Option<&'a Closed>,
    /// How its queue flows; None: it has none.
    pub flow: Option<Flow<'a>>,
    /// Who would run it.
    pub prospect: Prospect,
    /// The task's kind.
    pub kind: &'a str,
    /// The present.
    pub now: Timestamp,
    /// The zone that times to come are told in.
    pub zone: &'a TimeZone,
}

/// The phase, and what the task waits for, in words.
#[must_use]
pub fn phase(scene: &Scene<'_>) -> (Phase, Option<String>) {
    let standing = &scene.standing;
    let backing_off = scene.next_attempt_at.filter(|at| *at > scene.now);
    // Of many batches one may wait for its retry while the others go on.
    let backing_off = backing_off.filter(|_| !scene.flow.is_some_and(Flow::goes_on));
    match (standing.current, scene.owner) {
        (Current::Terminate { .. }, _) => (Phase::Ended, None),
        (_, Owner::Dead(worker)) => (
            Phase::Orphaned,
            Some(match scene.prospect {
                Prospect::Worker => format!("takeover: worker {worker} died"),
                Prospect::NoWorker
                | Prospect::NoWorkerOfKind
                | Prospect::Cordoned
                | Prospect::StoreCordoned => {
                    format!("{} (worker {worker} died)", wanted_worker(scene))
                }
            }),
        ),
        (current, Owner::Living(_)) => held(scene, current, backing_off),
        (_, Owner::Nobody) => idle(scene, backing_off),
    }
}

fn held(
    scene: &Scene<'_>,
    current: Current,
    backing_off: Option<Timestamp>,
) -> (Phase, Option<String>) {
    let standing = &scene.standing;
    match scene.hook {
        Some(Hook::Rollback) => {
            return (Phase::RollingBack, backing_off.map(next_attempt));
        }
        Some(Hook::Cleanup) => return (Phase::CleaningUp, None),
        Some(Hook::OnSuspend) | None => {}
    }
    if standing.owed.rollback && standing.rollback == RollbackStage::Failed {
        return (Phase::RollbackFailed, None);
    }
    let stuck = || scene.stuck.map(str::to_owned);
    let flight = || scene.flow.and_then(Flow::in_flight);
    let boundary = || {
        let boundary = || Some("the batch boundary".to_owned());
        stuck().or_else(flight).or_else(boundary)
    };
    let throttled = scene
        .throttled
        .filter(|(at, _)| *at > scene.now)
        .map(|(at, rate)| format!("its rate limit of {rate}: the next batch at {at}"));
    match (standing.begun, standing.desired) {
        // The point of no return is behind it, whatever is wanted.
        (Some(Ending::Completed), _) => (Phase::CleaningUp, stuck()),
        (Some(Ending::Terminated | Ending::Failed), _) | (_, Desired::Terminate) => {
            (Phase::Terminating, boundary())
        }
        (Some(Ending::Suspended), _) | (_, Desired::Suspend) => (Phase::Suspending, boundary()),
        (Some(Ending::Released) | None, Desired::Run) => match (current, backing_off) {
            _ if scene.stuck.is_some() => (Phase::Starting, stuck()),
            (current, _) if let Some(gate) = scene.gate => {
                (of_held(current), Some(given_back(gate, scene)))
            }
            (_, Some(at)) => (Phase::BackingOff, Some(next_attempt(at))),
            (Current::Run, None) if throttled.is_some() => (Phase::Throttled, throttled),
            (Current::Run, None) if let Some(said) = scene.checked => {
                (Phase::Throttled, Some(format!("its check: {said}")))
            }
            (Current::Run, None) if let Some(share) = scene.braked => (
                Phase::Throttled,
                Some(format!("the throttle of the store to {share}")),
            ),
            (Current::Run, None) => (Phase::Running, unserved(scene).or_else(|| unfed(scene))),
            (Current::Init | Current::Suspend { .. } | Current::Terminate { .. }, None) => {
                (Phase::Starting, flight())
            }
        },
    }
}

/// What keeps the batches of a running task from running.
/// A fed task that has done all it was fed waits for more.
fn unfed(scene: &Scene<'_>) -> Option<String> {
    scene
        .wants_items
        .map(|task| format!("items (longhaul feed {task})"))
}

fn unserved(scene: &Scene<'_>) -> Option<String> {
    let flow = scene.flow?;
    if let Some(Unreachable { since, why }) = flow.unreachable {
        return Some(format!("its queue, unreachable since {since}: {why}"));
    }
    (flow.in_flight == 0 && flow.ready).then(|| wanted_worker(scene))
}

fn idle(scene: &Scene<'_>, backing_off: Option<Timestamp>) -> (Phase, Option<String>) {
    let end = || {
        let flight = scene.flow.and_then(Flow::in_flight);
        Some(flight.unwrap_or_else(|| wanted_worker(scene)))
    };
    match (scene.standing.desired, scene.standing.current) {
        (Desired::Suspend, Current::Suspend { .. }) => (Phase::Suspended, resumption(scene)),
        (Desired::Suspend, _) => (Phase::Suspending, end()),
        (Desired::Terminate, _) => match (scene.standing.owed.rollback, scene.standing.rollback) {
            (true, RollbackStage::Failed) => (
                Phase::RollbackFailed,
                Some("somebody who looks (longhaul rollback, or terminate --keep)".into()),
            ),
            (true, RollbackStage::Begun) => {
                let awaited = backing_off.map(next_attempt).or_else(end);
                (Phase::RollingBack, awaited)
            }
            (true, RollbackStage::None) | (false, _) => (Phase::Terminating, end()),
        },
        (Desired::Run, _) => match (scene.gate, backing_off) {
            (Some(gate), _) => (gate.phase(), Some(gate.waiting_for(scene.now, scene.zone))),
            (None, Some(at)) => (Phase::BackingOff, Some(next_attempt(at))),
            (None, None) => (scene.prospect.phase(), Some(wanted_worker(scene))),
        },
    }
}

/// What a suspension that ends by itself waits for.
fn resumption(scene: &Scene<'_>) -> Option<String> {
    let at = scene.until?;
    Some(if at > scene.now {
        format!("until {}", moment::in_short(at, scene.now, scene.zone))
    } else {
        // Any worker lets it go on.
        wanted_worker(scene)
    })
}

/// The phase of a task that a worker has, while it goes on.
fn of_held(current: Current) -> Phase {
    match current {
        Current::Run => Phase::Running,
        Current::Init | Current::Suspend { .. } | Current::Terminate { .. } => Phase::Starting,
    }
}

/// What a task waits for on which a gate has closed.
fn given_back(gate: &Closed, scene: &Scene<'_>) -> String {
    let awaited = gate.waiting_for(scene.now, scene.zone);
    format!("the batch boundary, and then {}", for_or_until(&awaited))
}

/// What is waited for, behind "waits".
fn for_or_until(what: &str) -> String {
    if what.starts_with("until ") {
        what.to_owned()
    } else {
        format!("for {what}")
    }
}

/// That a task waits, for what or until when.
#[must_use]
pub fn waits(what: &str) -> String {
    format!("waits {}", for_or_until(what))
}

fn next_attempt(at: Timestamp) -> String {
    format!("the next attempt at {at}")
}

fn wanted_worker(scene: &Scene<'_>) -> String {
    scene.prospect.awaited(scene.kind)
}

impl Flow<'_> {
    /// Whether a batch runs, or could.
    fn goes_on(self) -> bool {
        self.in_flight > 0 || self.ready
    }

    /// The batches in flight that are waited for, in words.
    fn in_flight(self) -> Option<String> {
        match self.in_flight {
            0 => None,
            1 => Some("1 batch in flight".into()),
            many => Some(format!("{many} batches in flight")),
        }
    }
}

impl Prospect {
    /// The phase of a task that waits for nothing else.
    fn phase(self) -> Phase {
        match self {
            Self::NoWorker | Self::NoWorkerOfKind | Self::Worker => Phase::Queued,
            Self::Cordoned | Self::StoreCordoned => Phase::Blocked,
        }
    }

    /// What a task of this kind waits for, in words.
    #[must_use]
    pub fn awaited(self, kind: &str) -> String {
        match self {
            Self::NoWorker => "a worker: none is alive".into(),
            Self::NoWorkerOfKind => format!("a worker of kind {kind}: none is alive"),
            Self::Cordoned => "a worker that is not cordoned (longhaul uncordon)".into(),
            Self::StoreCordoned => "the end of the store's cordon (longhaul uncordon)".into(),
            Self::Worker => "a free slot of a worker".into(),
        }
    }
}

#[cfg(test)]
mod tests;
