//! Identifiers and numbers. Each is a type of its own, so that none is taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::backlog::Seat;
use crate::progress::Progress;
use crate::state::{Hook, StateWord};

/// The unique id of a task: a UUID v7, so that ids sort by creation time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(Uuid);

impl TaskId {
    /// A new id, unique across stores.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id as one big-endian number: it sorts like the id's text.
    #[must_use]
    pub fn as_u128(self) -> u128 {
        self.0.as_u128()
    }

    /// The id's text, lower case, with its hyphens.
    #[must_use]
    pub fn text(self) -> [u8; 36] {
        let mut text = [0; 36];
        self.0.hyphenated().encode_lower(&mut text);
        text
    }

    /// The id that [`as_u128`](Self::as_u128) gave.
    #[must_use]
    pub fn from_u128(value: u128) -> Self {
        Self(Uuid::from_u128(value))
    }
}

impl Default for TaskId {
    fn default() -> Self {
        Self(Uuid::nil())
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TaskId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The number after this one.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// The number of a task in its store: counted from 1, never reused.
    TaskNumber
}
number! {
    /// The number of a worker in its store: counted from 1, never reused. Also its byte in the
    /// file that says who lives.
    WorkerNumber
}
number! {
    /// The number of a request: counted from 1 per store. Zero stands for the submission itself.
    RequestNumber
}
number! {
    /// The place of an event in the store's feed: counted from 1, without a gap.
    EventNumber
}
number! {
    /// The number of a batch within its task: counted from 0.
    BatchNumber
}
number! {
    /// Raised at each claim of a task. A write that bears an old epoch is refused (fencing).
    Epoch
}

/// The stable key of a batch: the same key always means the same items.
#[must_use]
pub fn batch_key(task: TaskId, batch: BatchNumber) -> String {
    format!("{task}:{batch}")
}

/// The key under which a task is prepared.
#[must_use]
pub fn init_key(task: TaskId) -> String {
    format!("{task}:init")
}

/// The key of what may be in flight: that of the hook that has begun, else of the init or the batch,
/// as the state tells. A server that init started on purpose does not bear the key of a batch.
#[must_use]
pub fn key_in_flight(
    task: TaskId,
    state: StateWord,
    hook: Option<Hook>,
    progress: &Progress,
) -> String {
    let undone = progress.rollback.as_ref().and_then(|undone| undone.next);
    match (hook, state, undone) {
        (Some(Hook::Rollback), _, Some(batch)) => undo_key(task, batch),
        (Some(hook), _, _) => hook_key(task, hook),
        (None, StateWord::Init, _) => init_key(task),
        (None, StateWord::Run | StateWord::Suspend | StateWord::Terminate, _) => {
            batch_key(task, progress.batch)
        }
    }
}

/// The key under which a hook runs.
#[must_use]
pub fn hook_key(task: TaskId, hook: Hook) -> String {
    format!("{task}:{hook}")
}

/// The key under which a batch is undone.
#[must_use]
pub fn undo_key(task: TaskId, batch: BatchNumber) -> String {
    format!("{task}:{}:{batch}", Hook::Rollback)
}

/// The key of the one process that performs all batches of a task while it is at a worker: of a task that
/// is run directly, or of one with a queue at a seat.
#[must_use]
pub fn persistent_key(task: TaskId, at: Option<Seat>) -> String {
    match at {
        None => format!("{task}:persistent"),
        Some(seat) => format!("{task}:persistent-{}-{}", seat.worker, seat.number),
    }
}

/// What a process was started for, as its key tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// All batches, one after the other: those of the task, or those of a seat.
    Persistent(Option<Seat>),
    /// To prepare the task.
    Init,
    /// To prepare it once more after a suspension.
    Resume,
    /// A batch.
    Batch(BatchNumber),
    /// A hook.
    Hook(Hook),
    /// To undo a batch.
    Undo(BatchNumber),
}

impl Duty {
    /// The task and the duty that a key stands for; None for a text that is no key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<(TaskId, Self)> {
        const HOOKS: [Hook; 3] = [Hook::OnSuspend, Hook::Rollback, Hook::Cleanup];
        let (task, duty) = key.split_once(':')?;
        let task: TaskId = task.parse().ok()?;
        let seat = duty.strip_prefix("persistent-").and_then(|seat| {
            let (worker, number) = seat.split_once('-')?;
            Some(Seat {
                worker: WorkerNumber(worker.parse().ok()?),
                number: number.parse().ok()?,
            })
        });
        let undo = duty
            .strip_prefix("rollback:")
            .and_then(|number| number.parse().ok());
        let undo = undo.map(|number| Self::Undo(BatchNumber(number)));
        let all = [Self::Init, Self::Resume, Self::Persistent(seat)]
            .into_iter()
            .chain(undo)
            .chain(HOOKS.map(Self::Hook))
            .chain(
                duty.parse()
                    .ok()
                    .map(|number| Self::Batch(BatchNumber(number))),
            );
        all.into_iter()
            .find(|duty| duty.key(task) == key)
            .map(|duty| (task, duty))
    }

    /// The key under which it is done.
    #[must_use]
    pub fn key(self, task: TaskId) -> String {
        match self {
            Self::Init => init_key(task),
            Self::Persistent(at) => persistent_key(task, at),
            Self::Resume => format!("{task}:on-resume"),
            Self::Batch(batch) => batch_key(task, batch),
            Self::Hook(hook) => hook_key(task, hook),
            Self::Undo(batch) => undo_key(task, batch),
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Init => f.write_str("init"),
            Self::Persistent(_) => f.write_str("persistent command"),
            Self::Resume => f.write_str("on-resume"),
            Self::Batch(batch) => write!(f, "batch {batch}"),
            Self::Hook(hook) => write!(f, "{hook}"),
            Self::Undo(batch) => write!(f, "rollback of batch {batch}"),
        }
    }
}

#[cfg(test)]
mod tests;
