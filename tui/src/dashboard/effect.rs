//! What the core wants done outside.

use longhaul_common::id::{RequestNumber, TaskId, TaskNumber};
use longhaul_common::settings::Assignment;
use longhaul_common::state::Desired;
use longhaul_common::store::{Blocking, Done, Haste, Hooks, Undo};
use longhaul_common::time::Timestamp;

use super::reading::Reading;

/// Something the rim carries out.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// The program ends.
    Quit,
    /// All is drawn anew, whatever the terminal shows.
    Redraw,
    /// The process stops and the shell goes on, until `fg`.
    ToShell,
    /// The worker in this process ends at its next batch boundaries; told again, at once.
    StopWorker,
    /// The worker in this process takes this task, if it waits for one.
    Take(TaskNumber),
    /// The store is asked; the answer comes as a message.
    Ask(Request),
    /// Settings of tasks are changed; the answer comes as a message.
    Set(SetRequest),
    /// A task is submitted; the answer comes as a message.
    Submit(Submission),
    /// A request is undone; the answer comes as a message.
    Undo(Vec<Undo>),
    /// A request is undone, whoever made it; the answer comes as a message.
    UndoRequest(UndoRequest),
    /// Something is said of tasks; the answer comes as a message.
    Comment(CommentRequest),
    /// Something is read; it comes as news, or as [`News::Unread`](super::message::News::Unread).
    Read(Reading),
    /// It is told when the log of this task grows, a few times a second at most, and of no other's.
    ListenToLog(Option<TaskNumber>),
    /// The log of this task is followed, and no other's: its end comes as news at once, then what is
    /// appended.
    FollowLog(Option<TaskNumber>),
    /// A text goes to the terminal's clipboard.
    Copy(String),
}

/// Settings of tasks that are to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetRequest {
    pub(crate) tasks: Vec<TaskNumber>,
    /// Their ids: in another store the numbers are other tasks'.
    pub(crate) ids: Vec<TaskId>,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) reason: Option<String>,
    /// It takes back what was set from here, and is not taken back itself.
    pub(crate) undoes: bool,
}

/// A request that is to be undone, by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UndoRequest {
    pub(crate) number: RequestNumber,
    pub(crate) reason: Option<String>,
    /// One of the tasks that it was on: in another store the number is another request's.
    pub(crate) of: (TaskNumber, TaskId),
}

/// What is to be said of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommentRequest {
    pub(crate) tasks: Vec<TaskNumber>,
    /// Their ids: in another store the numbers are other tasks'.
    pub(crate) ids: Vec<TaskId>,
    pub(crate) text: String,
}

/// A task that is to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Submission {
    /// Over what failed of this one.
    Retry {
        task: TaskNumber,
        /// Its id: in another store the number is another task's.
        id: TaskId,
        reason: Option<String>,
    },
    /// Of a kind.
    OfKind {
        kind: String,
        /// What would be typed behind `longhaul submit`.
        words: Vec<String>,
    },
}

/// A request on tasks that were frozen when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) want: Desired,
    pub(crate) haste: Haste,
    pub(crate) hooks: Hooks,
    pub(crate) blocking: Blocking,
    pub(crate) done: Done,
    /// When a suspension ends by itself.
    pub(crate) until: Option<Timestamp>,
    /// Only those are meant of which nothing was asked since this request, that was on them.
    pub(crate) of_request: Option<RequestNumber>,
    pub(crate) tasks: Vec<TaskNumber>,
    /// Their ids: in another store the numbers are other tasks'.
    pub(crate) ids: Vec<TaskId>,
    pub(crate) reason: Option<String>,
}
