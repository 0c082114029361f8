//! What pages read beside the list, and what comes back.

use longhaul_common::event::Event;
use longhaul_common::id::{BatchNumber, EventNumber, RequestNumber, TaskNumber};
use longhaul_common::process::ProcessId;
use longhaul_common::store::Failure;
use longhaul_common::task_log::Seam;
use longhaul_common::time::Timestamp;

/// Something that is read once: answered by the news of its kind, or by
/// [`Unread`](super::message::News::Unread). It is asked for again when what came may be old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// All that is known of a task.
    Detail(TaskNumber),
    /// Lines of a log before a place, counted in bytes since the log began.
    OlderLog { task: TaskNumber, before: u64 },
    /// The last events of one task or of all, or those before one.
    Events {
        task: Option<TaskNumber>,
        before: Option<EventNumber>,
    },
    /// The batches of a task that failed for good, and the one that blocks it.
    Failures(TaskNumber),
    /// Whose a process is.
    Whose(ProcessId),
    /// The kinds that workers have published.
    Kinds,
    /// What a request was.
    Request(RequestNumber),
}

/// Whose a process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WhoseNews {
    /// The task it works for.
    pub(crate) task: Option<TaskNumber>,
    /// What was found, not safe for a terminal; or that nothing was.
    pub(crate) told: Result<String, String>,
}

/// Whole lines of a log that is followed, or was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogNews {
    pub(crate) task: TaskNumber,
    pub(crate) part: LogPart,
    /// The lines, each with its line end.
    pub(crate) bytes: Vec<u8>,
    /// Where the next ones will be, in bytes since the log began.
    pub(crate) next: u64,
}

/// Which part of a log was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogPart {
    /// Its end, told first when it is followed: what was known of it is void.
    End,
    /// What was appended since.
    Appended(Seam),
    /// What stands before that place; nothing if that is the beginning.
    Before(u64),
}

/// Events in the order of their numbers. None before those that were asked for: there are no more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventsNews {
    pub(crate) task: Option<TaskNumber>,
    pub(crate) before: Option<EventNumber>,
    pub(crate) events: Vec<Event>,
}

/// What failed of a task.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FailuresNews {
    pub(crate) task: TaskNumber,
    /// The batch whose errors keep the task from going on.
    pub(crate) blocking: Option<Blocking>,
    /// The first of those that were passed over, and of those that were and wait to be tried again.
    pub(crate) failures: Vec<Failure>,
    /// How many were passed over in all.
    pub(crate) total: u64,
    /// How many of them wait to be tried again in all.
    pub(crate) again: u64,
}

/// A batch that was not passed over and keeps its task from going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blocking {
    pub(crate) batch: BatchNumber,
    pub(crate) items: u64,
    pub(crate) attempts: u32,
    pub(crate) error: String,
    pub(crate) at: Timestamp,
}
