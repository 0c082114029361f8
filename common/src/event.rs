//! Events: the audit trail and the change feed at once.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::id::{BatchNumber, Epoch, EventNumber, RequestNumber, TaskNumber, WorkerNumber};
use crate::spec::Rest;
use crate::state::{Desired, Outcome, StateWord};
use crate::time::Timestamp;

/// What happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A task was submitted.
    Submitted,
    /// An operator or a policy asked for a state.
    Requested,
    /// A worker claimed the task.
    Claimed,
    /// A worker claimed the task of a worker that died.
    TakenOver,
    /// What a dead worker left can't be ended, and the task waits until it has ended by itself.
    Stuck,
    /// The current state changed.
    State,
    /// An attempt at a batch failed; it is tried again.
    Retry,
    /// A batch failed for good and went to the failures.
    Skipped,
    /// A batch failed for good and the error policy acts.
    GaveUp,
    /// A batch whose retries are spent was halved, to find the bad item.
    Halved,
    /// A hook begins.
    HookStarted,
    /// A hook failed.
    HookFailed,
    /// A hook failed too often and is not tried again, or was passed over on request.
    HookDropped,
    /// What failed of a task is queued again.
    QueuedAgain,
    /// All that was done is undone.
    RolledBack,
    /// A batch could not be undone, and nobody tries it again before somebody asks for it.
    RollbackFailed,
    /// Processes of a batch were killed.
    Killed,
    /// A batch of a queued task that was in flight may begin again: nobody performs it any more.
    PutBack,
    /// The queue of a task can't be reached.
    QueueLost,
    /// The queue of a task can be reached again.
    QueueBack,
    /// Messages of a task's queue were lost, and are sent again.
    QueueHealed,
    /// Nothing more will be fed to a fed task.
    FeedClosed,
    /// A setting of a task was changed.
    Set,
    /// Somebody said something of a task.
    Comment,
    /// A gate will hold the task until somebody does something about it.
    Blocked,
    /// A gate of the task opened.
    Freed,
    /// How many tasks of a group run at once was changed.
    GroupSet,
    /// Workers claim nothing new.
    Cordoned,
    /// Workers claim nothing new, and give back what they have.
    Drained,
    /// Workers claim again.
    Uncordoned,
    /// The brake of the store was set, or taken off.
    Throttled,
    /// A command that is told of the task is run once more: its worker died before it had ended.
    ToldAgain,
    /// A command that is told of the task failed too often.
    NotTold,
    /// Tasks that had ended were removed from the store.
    Pruned,
    /// A worker started.
    WorkerStarted,
    /// A worker stopped.
    WorkerStopped,
    /// Written by a newer version.
    #[default]
    #[serde(other)]
    Other,
}

impl What {
    /// The word for people and programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Requested => "requested",
            Self::Claimed => "claimed",
            Self::TakenOver => "taken-over",
            Self::Stuck => "stuck",
            Self::State => "state",
            Self::Retry => "retry",
            Self::Skipped => "skipped",
            Self::GaveUp => "gave-up",
            Self::Halved => "halved",
            Self::HookStarted => "hook-started",
            Self::HookFailed => "hook-failed",
            Self::HookDropped => "hook-dropped",
            Self::QueuedAgain => "queued-again",
            Self::RolledBack => "rolled-back",
            Self::RollbackFailed => "rollback-failed",
            Self::Killed => "killed",
            Self::PutBack => "put-back",
            Self::QueueLost => "queue-lost",
            Self::QueueBack => "queue-back",
            Self::QueueHealed => "queue-healed",
            Self::FeedClosed => "feed-closed",
            Self::Set => "set",
            Self::Comment => "comment",
            Self::Blocked => "blocked",
            Self::Freed => "freed",
            Self::GroupSet => "group-set",
            Self::Cordoned => "cordoned",
            Self::Drained => "drained",
            Self::Uncordoned => "uncordoned",
            Self::Throttled => "throttled",
            Self::ToldAgain => "told-again",
            Self::NotTold => "not-told",
            Self::Pruned => "pruned",
            Self::WorkerStarted => "worker-started",
            Self::WorkerStopped => "worker-stopped",
            Self::Other => "other",
        }
    }
}

/// One line of the audit trail. What does not apply is None.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Its place in the feed.
    pub number: EventNumber,
    /// When.
    pub at: Timestamp,
    /// Which task; None of a worker's own coming and going.
    pub task: Option<TaskNumber>,
    /// What.
    pub what: What,
    /// Who, if a person or a program acted.
    pub actor: Option<Actor>,
    /// Which worker, if one acted.
    pub worker: Option<WorkerNumber>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The request it belongs to.
    pub request: Option<RequestNumber>,
    /// The request that a policy answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<RequestNumber>,
    /// What was asked for.
    pub want: Option<Desired>,
    /// By force.
    pub force: bool,
    /// The state before.
    pub from: Option<StateWord>,
    /// The state after.
    pub to: Option<StateWord>,
    /// How the task ended.
    pub outcome: Option<Outcome>,
    /// The claim's epoch.
    pub epoch: Option<Epoch>,
    /// The batch.
    pub batch: Option<BatchNumber>,
    /// The attempt at the batch, from 1.
    pub attempt: Option<u32>,
    /// More, in words.
    pub detail: Option<String>,
    /// The tasks that were removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pruned: Vec<TaskNumber>,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Event {
    /// An event of a task.
    #[must_use]
    pub fn of(task: TaskNumber, what: What, at: Timestamp) -> Self {
        Self {
            at,
            task: Some(task),
            what,
            ..Self::default()
        }
    }

    /// The tasks it is about.
    pub fn tasks(&self) -> impl Iterator<Item = TaskNumber> {
        self.task.into_iter().chain(self.pruned.iter().copied())
    }

    /// One line for people, without time and task: what happened, by whom, why. Not safe for a
    /// terminal.
    #[must_use]
    pub fn sentence(&self) -> String {
        let detail = self.detail.as_deref();
        let said = match (self.what, self.want, self.to) {
            (What::Submitted, ..) => format!("submitted{}", self.by()),
            (What::Requested, Some(want), _) => self.request_sentence(want),
            (What::State, _, Some(to)) => return self.state_sentence(to),
            (What::Claimed, ..) => format!("{}claimed{}", self.change(), self.by()),
            (What::TakenOver, ..) => format!("{}taken over{}", self.change(), self.by()),
            (What::Stuck, ..) => format!("waits{}", self.by()),
            (What::Retry, ..) => format!("{} failed{}", self.batch(), self.which_attempt()),
            (What::Skipped, ..) => {
                let by = self.actor.as_ref().map(|actor| format!(" by {actor}"));
                let by = by.unwrap_or_default();
                format!("{} passed over{}{by}", self.batch(), self.attempts())
            }
            (What::Halved, ..) => format!("{} is halved{}", self.batch(), self.attempts()),
            (What::GaveUp, ..) => format!("{} given up{}", self.batch(), self.attempts()),
            (What::HookStarted, ..) => {
                let hook = detail.unwrap_or("a hook");
                return format!("{hook} begins{}{}", self.which_attempt(), self.by());
            }
            (What::HookFailed, ..) => format!("a hook failed{}", self.which_attempt()),
            (What::HookDropped, ..) => "a hook is not tried again".into(),
            (What::QueuedAgain, ..) => format!("failures queued again{}", self.by()),
            (What::RolledBack, ..) => format!("rolled back{}", self.by()),
            (What::RollbackFailed, ..) => {
                format!("{} can't be undone{}", self.batch(), self.attempts())
            }
            (What::PutBack, ..) => format!("{} is put back{}", self.batch(), self.which_attempt()),
            (What::QueueLost, ..) => "the queue can't be reached".into(),
            (What::QueueBack, ..) => "the queue can be reached again".into(),
            (What::QueueHealed, ..) => format!("the queue is mended{}", self.by()),
            (What::FeedClosed, ..) => format!("feeding closed{}", self.by()),
            (What::Set, ..) => format!("settings changed{}", self.by()),
            (What::Comment, ..) => format!("comment{}", self.by()),
            (What::Blocked, ..) => "blocked".into(),
            (What::Freed, ..) => "free to run".into(),
            (What::Cordoned | What::Drained | What::Uncordoned | What::Throttled, ..) => {
                format!("{}{}", self.what.as_str(), self.by())
            }
            (What::GroupSet, ..) => format!("limit set{}", self.by()),
            (What::ToldAgain, ..) => format!("told once more{}", self.which_attempt()),
            (What::NotTold, ..) => format!("could not be told{}", self.attempts()),
            (What::Pruned, ..) => format!("pruned{}", self.by()),
            (What::WorkerStarted, ..) => return self.worker_sentence("started"),
            (What::WorkerStopped, ..) => return self.worker_sentence("stopped"),
            (What::Killed, ..) => format!("processes killed{}", self.by()),
            (What::Requested | What::State | What::Other, ..) => {
                format!("{}{}", self.what.as_str(), self.by())
            }
        };
        let because = self
            .reason
            .as_ref()
            .map(|why| format!(" because \"{why}\""));
        let said = said + &because.unwrap_or_default() + &self.which_request();
        // Of a request that nobody made the detail is the policy that did: told already.
        match detail.filter(|_| self.what != What::Requested || self.actor.is_some()) {
            Some(detail) => format!("{said}: {detail}"),
            None => said,
        }
    }

    fn request_sentence(&self, want: Desired) -> String {
        let who = match (&self.actor, &self.detail, self.worker) {
            (Some(actor), ..) => actor.to_string(),
            (None, Some(policy), _) => format!("the {policy}"),
            (None, None, Some(worker)) => format!("worker {worker}"),
            (None, None, None) => "somebody".into(),
        };
        let force = if self.force { " by force" } else { "" };
        format!("{who} asked for {want}{force}")
    }

    fn state_sentence(&self, to: StateWord) -> String {
        let from = self.from.map(|from| format!("{from} → "));
        let outcome = self.outcome.map(|outcome| format!(" {outcome}"));
        let detail = self.detail.as_ref().map(|detail| format!(": {detail}"));
        format!(
            "{}{to}{}{}{}",
            from.unwrap_or_default(),
            outcome.unwrap_or_default(),
            self.by(),
            detail.unwrap_or_default()
        )
    }

    /// The number that takes it back.
    fn which_request(&self) -> String {
        match (self.what, self.request) {
            (What::Requested | What::Set, Some(request)) => format!(" (request {request})"),
            _ => String::new(),
        }
    }

    /// The change of state that comes with a claim.
    fn change(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) => format!("{from} → {to}, "),
            (None, _) | (_, None) => String::new(),
        }
    }

    fn worker_sentence(&self, did: &str) -> String {
        let worker = self.worker.map(|worker| format!("worker {worker} "));
        let actor = self.actor.as_ref().map(|actor| format!(" by {actor}"));
        format!(
            "{}{did}{}",
            worker.unwrap_or_default(),
            actor.unwrap_or_default()
        )
    }

    fn by(&self) -> String {
        match (&self.actor, self.worker) {
            (Some(actor), _) => format!(" by {actor}"),
            (None, Some(worker)) => format!(" by worker {worker}"),
            (None, None) => String::new(),
        }
    }

    fn batch(&self) -> String {
        self.batch
            .map_or_else(|| "a batch".into(), |batch| format!("batch {batch}"))
    }

    fn which_attempt(&self) -> String {
        match self.attempt {
            None => String::new(),
            Some(attempt) => format!(" (attempt {attempt})"),
        }
    }

    fn attempts(&self) -> String {
        match self.attempt {
            None => String::new(),
            Some(1) => " after 1 attempt".into(),
            Some(attempts) => format!(" after {attempts} attempts"),
        }
    }
}

#[cfg(test)]
mod tests;
