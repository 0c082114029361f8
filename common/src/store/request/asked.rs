//! What is asked of tasks, and what becomes of it.

use crate::actor::Actor;
use crate::id::{BatchNumber, RequestNumber, TaskId, TaskNumber, WorkerNumber};
use crate::rules::Refused;
use crate::state::{Desired, StateWord};
use crate::store::claim::Held;
use crate::store::error::StoreError;
use crate::store::record::{Claim, TaskRow, Wish};
use crate::time::Timestamp;

/// Whether the batch in flight is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Haste {
    /// At the next batch boundary.
    #[default]
    AtBoundary,
    /// Now: the batch in flight is killed, and repeated should the task go on.
    ByForce,
}

/// What becomes of the hooks of a task that is terminated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hooks {
    /// They run.
    #[default]
    Run,
    /// They don't, and what did not run is recorded.
    PassOver,
}

/// What becomes of the batch whose errors keep a task from going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blocking {
    /// It is tried again.
    #[default]
    Again,
    /// It is passed over: it goes to the failures, in the name of whoever asks. Refused where none blocks.
    PassOver,
}

/// What becomes of what is done, of a task that is terminated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Done {
    /// It is undone if the task brings a rollback. What was asked before stands.
    #[default]
    AsBrought,
    /// It is undone: by this command, else by what the task brings.
    Undo(Option<String>),
    /// It is kept, and so is what a rollback that has begun has not undone yet.
    Keep,
    /// It is undone by a rollback that failed, from where that is.
    TryAgain,
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The desired state.
    pub want: Desired,
    /// Whether the batch in flight is waited for.
    pub haste: Haste,
    /// What becomes of the hooks, if it is TERMINATE.
    pub hooks: Hooks,
    /// What becomes of what blocks the tasks, if it is RUN.
    pub blocking: Blocking,
    /// What becomes of what is done, if it is TERMINATE.
    pub done: Done,
    /// Who asks.
    pub by: Actor,
    /// Why.
    pub reason: Option<String>,
    /// When it ends by itself, if it is SUSPEND; None: when somebody asks for something else.
    pub until: Option<Timestamp>,
    /// Claim the tasks in the same transaction, if it is RUN.
    pub claim_for: Option<ClaimFor>,
}

/// Who claims the tasks that it asks to run, in the request's own transaction.
#[derive(Clone, Debug)]
pub struct ClaimFor {
    /// The worker. What is of a kind that only some programs know is left to these.
    pub worker: WorkerNumber,
    /// Claims whose owners were found dead.
    pub orphans: Vec<(TaskNumber, Claim)>,
}

/// What became of a request on one task.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The task.
    pub number: TaskNumber,
    /// Its id.
    pub id: TaskId,
    /// Its name; may be empty.
    pub name: String,
    /// What is desired now.
    pub desired: Desired,
    /// What was wanted before, where something was written: an [undo](crate::store::Store::undo) goes back to it.
    pub before: Option<Box<Wish>>,
    /// Who held it when it was asked.
    pub claim: Option<Claim>,
    /// Where the task is, once the request is written.
    pub current: StateWord,
    /// The request's number; None where nothing had to be written.
    pub request: Option<RequestNumber>,
    /// Why it was refused.
    pub refused: Option<Refused>,
    /// The batches that were passed over.
    pub passed_over: Vec<BatchNumber>,
    /// Its new claim, if it was claimed at once.
    pub held: Option<Box<Held>>,
}

impl Answer {
    /// Of a task on which nothing was written.
    #[must_use]
    pub fn unwritten(row: &TaskRow) -> Self {
        Self {
            number: row.spec.number,
            id: row.spec.id,
            name: row.spec.name.clone(),
            desired: row.wish.desired,
            before: None,
            claim: row.claim,
            current: row.state.word,
            request: None,
            refused: None,
            passed_over: Vec::new(),
            held: None,
        }
    }

    /// Of a task of which something else was asked since.
    pub(super) fn changed(row: &TaskRow) -> Self {
        Self {
            refused: Some(asked_since(row)),
            ..Self::unwritten(row)
        }
    }

    /// Of a task that is gone, or can't be read.
    pub(in crate::store) fn lost(number: TaskNumber, error: &StoreError) -> Self {
        Self {
            number,
            id: TaskId::default(),
            name: String::new(),
            desired: Desired::default(),
            before: None,
            claim: None,
            current: StateWord::default(),
            request: None,
            refused: Some(Refused::Lost(error.to_string())),
            passed_over: Vec::new(),
            held: None,
        }
    }

    /// Whether nothing is known of the task but its number.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.refused, Some(Refused::Lost(_)))
    }
}

/// Who asked for what since a task was left as it was meant.
pub(in crate::store) fn asked_since(row: &TaskRow) -> Refused {
    Refused::AskedSince {
        by: row.wish.by.to_string(),
        want: row.wish.desired,
        request: row.wish.request,
        at: row.wish.at,
    }
}
