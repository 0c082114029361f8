//! The rows as they are stored: MessagePack maps, every field with a default, unknown fields kept,
//! so that an older process can share the file with a newer one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::claim::Taken;
use super::hold::Orders;
use crate::actor::Actor;
use crate::backlog::Backlog;
use crate::fed::{self, Fed};
use crate::gate::{self, Awaited, Closed, Site};
use crate::id::{BatchNumber, Epoch, RequestNumber, TaskNumber, WorkerNumber};
use crate::live::Live;
use crate::progress::Progress;
use crate::rules::{self, Change, Standing};
use crate::spec::{Rest, TaskSpec};
use crate::state::{Current, Desired, Ending, Hook, Outcome, Owed, RollbackStage, StateWord};
use crate::time::Timestamp;

/// What the operator wants: the desired state and the last request that set it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// The desired state.
    pub desired: Desired,
    /// The request that set it; zero: the submission.
    pub request: RequestNumber,
    /// The batch in flight is not waited for.
    pub force: bool,
    /// Hooks are passed over.
    pub no_hooks: bool,
    /// Who asked.
    pub by: Actor,
    /// What is done is kept, although the task could undo it.
    pub keep: bool,
    /// The command that undoes what is done, instead of the task's own.
    pub rollback: Option<String>,
    /// A policy asked, not a person.
    pub policy: bool,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The undoing that brought back what another request had wished, and that request. It is so only as
    /// long as the undoing is the last request: who knows nothing of undoings leaves it behind.
    pub brings_back: Option<(RequestNumber, RequestNumber)>,
    /// When a suspension ends by itself: a timer asks for RUN then, unless somebody asked for anything since.
    pub until: Option<Timestamp>,
    /// How often its settings were changed, or failures of it queued again: who works with older ones reads
    /// them again.
    pub settings: u64,
    /// What failed and waits to be tried again.
    pub again: ToRetry,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Wish {
    /// Whether it is what this request wished: nothing was asked since, or all of that was undone.
    #[must_use]
    pub fn stands_for(&self, request: RequestNumber) -> bool {
        self.request == request || self.brought_back() == Some(request)
    }

    /// The request that an undoing brought back.
    pub(super) fn brought_back(&self) -> Option<RequestNumber> {
        let (undoing, request) = self.brings_back?;
        (undoing == self.request).then_some(request)
    }
}

/// How much failed and waits to be tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToRetry {
    /// Batches among the failures.
    pub batches: u64,
    /// Those of them that the progress, which is the holder's, still counts as failed as a whole.
    pub counted_batches: u64,
    /// Their items, and those of batches that failed in part, that it still counts as failed.
    pub counted_items: u64,
}

impl ToRetry {
    /// One more waits, which the progress still counts as failed.
    pub(super) fn count(&mut self, failure: &Failure) {
        self.counted_batches += u64::from(failure.passed.is_empty());
        self.counted_items += failure.items_failed();
    }

    /// The progress counts one of them as failed no more.
    pub(super) fn uncount(&mut self, failure: &Failure) {
        let whole = u64::from(failure.passed.is_empty());
        self.counted_batches = self.counted_batches.saturating_sub(whole);
        self.counted_items = self.counted_items.saturating_sub(failure.items_failed());
    }
}

/// Where the task is, and the hooks it owes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The current state.
    pub word: StateWord,
    /// Since when.
    pub since: Timestamp,
    /// Why it ended.
    pub outcome: Option<Outcome>,
    /// The hooks that must still run; beside the other fields, so that one that a newer version
    /// owes is kept.
    #[serde(flatten)]
    pub owed: Owed,
    /// The ending whose hooks have begun.
    pub begun: Option<Ending>,
    /// How far the rollback is.
    pub rollback: RollbackStage,
    /// The hook that has begun.
    pub hook: Option<Hook>,
    /// The hook that was tried last.
    pub hook_tried: Option<Hook>,
    /// How often that has begun.
    pub hook_attempts: u32,
    /// The epoch of the last claim.
    pub epoch: Epoch,
    /// What a dead worker left, and nobody has cleared yet.
    pub taken: Option<Taken>,
    /// What its holder waits for before anything of it may run.
    pub stuck: Option<String>,
    /// What its check said, while that keeps its batches from beginning.
    pub throttled: Option<String>,
    /// It goes on after a suspension, and is not prepared yet.
    pub resumes: bool,
    /// When the task first ran.
    pub started_at: Option<Timestamp>,
    /// The task that was submitted last with its specification.
    pub restarted_by: Option<TaskNumber>,
    /// The task that was submitted last over what failed of it.
    pub retried_by: Option<TaskNumber>,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl State {
    /// The current state as the rules see it.
    #[must_use]
    pub fn current(&self) -> Current {
        match self.word {
            StateWord::Init => Current::Init,
            StateWord::Run => Current::Run,
            StateWord::Suspend => Current::Suspend { since: self.since },
            StateWord::Terminate => Current::Terminate {
                outcome: self.outcome.unwrap_or(Outcome::Failed),
                at: self.since,
            },
        }
    }

    pub(super) fn set_current(&mut self, current: Current, now: Timestamp) {
        if self.word != current.word() {
            self.since = now;
        }
        self.word = current.word();
        if let Current::Terminate { outcome, .. } = current {
            self.outcome = Some(outcome);
        }
    }

    /// Everything the rules look at.
    #[must_use]
    pub fn standing(&self, desired: Desired, exhausted: bool) -> Standing {
        Standing {
            desired,
            current: self.current(),
            owed: self.owed,
            begun: self.begun,
            rollback: self.rollback,
            exhausted,
        }
    }
}

/// A claim: who may run a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The worker.
    pub worker: WorkerNumber,
    /// The epoch of the claim.
    pub epoch: Epoch,
}

/// A task that waits to be claimed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Waiting {
    pub(super) not_before: Option<Timestamp>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// A worker as it introduced itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerRow {
    /// Its number.
    pub number: WorkerNumber,
    /// Its process and host.
    pub actor: Actor,
    /// How many tasks it runs at once.
    pub concurrency: u64,
    /// What it accepts.
    pub accepts: Accepts,
    /// The version of longhaul.
    pub version: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it stopped in good order.
    pub stopped_at: Option<Timestamp>,
    /// When it was found dead.
    pub found_dead_at: Option<Timestamp>,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl WorkerRow {
    /// Whether it stopped, or was found dead: its number is never used again.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.stopped_at.is_some() || self.found_dead_at.is_some()
    }
}

/// The tasks a worker takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Accepts {
    /// These kinds only; empty: every kind it can run.
    pub kinds: BTreeSet<String>,
    /// The registered kinds it can run.
    pub registered: BTreeSet<String>,
    /// This task only.
    pub only: Option<TaskNumber>,
}

impl Accepts {
    /// Whether a task of this kind is taken.
    #[must_use]
    pub fn kind(&self, kind: &str, registered: bool) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(kind))
            && (!registered || self.registered.contains(kind))
    }
}

/// A batch that failed for good, or of which some items did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// The batch.
    pub batch: BatchNumber,
    /// Where it starts.
    pub cursor: ByteBuf,
    /// Where the one after starts.
    pub next: ByteBuf,
    /// How many items it has.
    pub items: u64,
    /// Attempts at it.
    pub attempts: u32,
    /// The last error.
    pub error: String,
    /// When it was given up.
    pub at: Timestamp,
    /// The items of it that failed; empty: all of them.
    pub passed: Vec<PassedItem>,
    /// Who passed it over, if it was no policy.
    pub by: Option<Actor>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Whether it is tried again.
    pub again: Again,
    /// It is a part of a batch that was halved: it has one attempt.
    pub half: bool,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Whether what failed is tried again while its task lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Again {
    /// Somebody asked for it; whoever holds the task still counts it as failed.
    Asked,
    /// It waits for it.
    Waits,
    /// Its items are batches of their own by now, or were: the row says only that they are not done under
    /// this number.
    Apart,
    /// It is not, or a later version knows more.
    #[default]
    #[serde(other)]
    No,
}

impl Failure {
    /// Whether it waits to be tried again.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.again, Again::Asked | Again::Waits)
    }

    /// How many items failed.
    #[must_use]
    pub fn items_failed(&self) -> u64 {
        match self.passed.len() as u64 {
            0 => self.items,
            some => some,
        }
    }

    /// What failed of it and why, for people.
    pub(super) fn in_words(&self) -> String {
        let failed = self.passed.len();
        match self.passed.first() {
            None => self.error.clone(),
            Some(first) => format!("{failed} of {} items failed: {}", self.items, first.error),
        }
    }
}

/// An item that was passed over, in a batch whose others are done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PassedItem {
    /// Its place in the batch, from 0.
    pub place: u64,
    /// What is wrong with it.
    pub error: String,
}

/// Everything the store knows of a task, read in one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskRow {
    /// What it is.
    pub spec: TaskSpec,
    /// What is wanted of it.
    pub wish: Wish,
    /// Where it is.
    pub state: State,
    /// How far it is.
    pub progress: Progress,
    /// Who may run it.
    pub claim: Option<Claim>,
    /// What it has planned and not done; None: it has no queue of its own.
    pub backlog: Option<Backlog>,
    /// What it was fed; None: it is not a fed task.
    pub fed: Option<Fed>,
    /// The tasks that it waits for, and how they ended.
    pub awaited: Vec<Awaited>,
    /// What its batches in flight told of themselves; None: nothing yet.
    pub live: Option<Live>,
}

impl TaskRow {
    /// What is wanted of it.
    #[must_use]
    pub fn orders(&self) -> Orders {
        Orders::of(&self.wish)
    }

    /// Everything the rules look at.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.state
            .standing(self.wish.desired, self.progress.exhausted)
    }

    /// Whether it is to be run, and not only to be ended.
    #[must_use]
    pub fn is_to_run(&self) -> bool {
        match rules::claim_change(&self.standing()) {
            Change::ClaimToRun => true,
            Change::ClaimForHooks | Change::Prepared | Change::Settle(_) => false,
        }
    }

    /// The gate of its own that holds it; None: it has none that is closed, or is not to be run.
    #[must_use]
    pub fn gate(&self, now: Timestamp) -> Option<Closed> {
        let site = Site {
            spec: &self.spec,
            awaited: &self.awaited,
            now,
        };
        gate::closed(&site).filter(|_| self.is_to_run())
    }

    /// Whether a hook is recorded as passed over where it would begin.
    #[must_use]
    pub fn passes_over(&self, hook: Hook) -> bool {
        let keeps = self.wish.keep && hook == Hook::Rollback;
        self.wish.desired == Desired::Terminate && (self.wish.no_hooks || keeps)
    }

    /// The command that undoes its batches; None: it has none, or undoes them in Rust.
    #[must_use]
    pub fn rollback_line(&self) -> Option<&str> {
        let asked = self.wish.rollback.as_deref();
        asked.or(self.spec.rollback.as_deref())
    }

    /// Items in all, once known; of a fed task, so far.
    #[must_use]
    pub fn items_total(&self) -> Option<u64> {
        match &self.fed {
            Some(fed) => Some(fed.items),
            None => self.progress.items_total,
        }
    }

    /// Items in all that a share or a time to go can be told of: none, as long as more may come.
    #[must_use]
    pub fn items_expected(&self) -> Option<u64> {
        let open = self.fed.as_ref().is_some_and(Fed::is_open);
        self.items_total().filter(|_| !open)
    }

    /// Whether it is a fed task that has planned and done all there is, and more may come.
    #[must_use]
    pub fn wants_items(&self) -> bool {
        let idle = self
            .backlog
            .as_ref()
            .is_none_or(|backlog| backlog.left() == 0);
        idle && self
            .fed
            .as_ref()
            .is_some_and(|fed| fed.is_open() && fed::item(&self.progress.cursor) == Some(fed.items))
    }
}
