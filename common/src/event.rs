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
    /// The current state changed.
    State,
    /// An attempt at a batch failed; it is tried again.
    Retry,
    /// A batch failed for good and went to the failures.
    Skipped,
    /// A batch failed for good and the error policy acts.
    GaveUp,
    /// A hook begins.
    HookStarted,
    /// A hook failed.
    HookFailed,
    /// A hook failed too often and is not tried again, or was passed over on request.
    HookDropped,
    /// Processes of a batch were killed.
    Killed,
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
            Self::State => "state",
            Self::Retry => "retry",
            Self::Skipped => "skipped",
            Self::GaveUp => "gave-up",
            Self::HookStarted => "hook-started",
            Self::HookFailed => "hook-failed",
            Self::HookDropped => "hook-dropped",
            Self::Killed => "killed",
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

    /// One line for people, without time and task: what happened, by whom, why.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        match (self.what, self.want, self.to) {
            (What::Requested, Some(want), _) => {
                words.push(format!("asked for {want}"));
                if self.force {
                    words.push("by force".into());
                }
            }
            (What::State, _, Some(to)) => {
                if let Some(from) = self.from {
                    words.push(format!("{from} → {to}"));
                } else {
                    words.push(to.to_string());
                }
                if let Some(outcome) = self.outcome {
                    words.push(format!("({outcome})"));
                }
            }
            (what, _, _) => words.push(what.as_str().replace('-', " ")),
        }
        if let Some(batch) = self.batch {
            words.push(format!("batch {batch}"));
        }
        if let Some(attempt) = self.attempt {
            words.push(format!("attempt {attempt}"));
        }
        if let Some(actor) = &self.actor {
            words.push(format!("by {actor}"));
        }
        if let Some(worker) = self.worker {
            words.push(format!("by worker {worker}"));
        }
        if let Some(reason) = &self.reason {
            words.push(format!("because \"{reason}\""));
        }
        let mut sentence = words.join(" ");
        if let Some(detail) = &self.detail {
            sentence.push_str(": ");
            sentence.push_str(detail);
        }
        sentence
    }
}
