//! What the core is told.

use crossterm::event::KeyEvent;
use longhaul_common::alive::Condition;
use longhaul_common::event::Event;
use longhaul_common::gate::StoreGates;
use longhaul_common::id::{RequestNumber, TaskNumber};
use longhaul_common::kind::Kind;
use longhaul_common::store::{
    Answer, Commented, Made, SetAnswer, StoreError, Undo, Undone, WorkerRow,
};
use longhaul_common::time::Timestamp;

use super::effect::{CommentRequest, Request, SetRequest, Submission, UndoRequest};
use super::model::{Access, Measured, Way};
use super::reading::{EventsNews, FailuresNews, LogNews, Reading, WhoseNews};
use super::row::Row;
use crate::sheet::Known;

/// Something that happened outside the core.
#[derive(Debug)]
pub(crate) enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Pointed(Pointed),
    /// The terminal has this size now.
    Resize { columns: u16, rows: u16 },
    /// The time, told whenever the loop wakes before anything else is.
    Clock(Timestamp),
    /// The reader has something of the store.
    News(News),
    /// The worker in this process says something.
    Notice(String),
    /// The worker in this process has ended.
    WorkerEnded,
    /// This process was stopped, and goes on.
    WentOn,
    /// A request was answered.
    Answered(Request, Result<Vec<Answer>, StoreError>),
    /// Settings were changed, or why not.
    WasSet(SetRequest, Result<Vec<SetAnswer>, StoreError>),
    /// A task was submitted, or why not.
    Submitted(Submission, Result<New, String>),
    /// A request was undone, or why not.
    Undone(Vec<Undo>, Result<Vec<Answer>, StoreError>),
    /// A request was undone by its number, or why not.
    RequestUndone(UndoRequest, Result<Undone, StoreError>),
    /// Something was said of tasks, or why not.
    Commented(CommentRequest, Result<Vec<Commented>, StoreError>),
}

impl Message {
    /// Whether it says what became of something that was asked.
    pub(crate) fn answers(&self) -> bool {
        match self {
            Self::Answered(..)
            | Self::WasSet(..)
            | Self::Submitted(..)
            | Self::Undone(..)
            | Self::RequestUndone(..)
            | Self::Commented(..) => true,
            Self::Key(_)
            | Self::Pointed(_)
            | Self::Resize { .. }
            | Self::Clock(_)
            | Self::News(_)
            | Self::Notice(_)
            | Self::WorkerEnded
            | Self::WentOn => false,
        }
    }
}

/// What a submission came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum New {
    /// A task.
    Task(TaskNumber),
    /// None: this live one bears the key.
    Bears(TaskNumber),
}

/// What was done with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pointed {
    /// A notch of the wheel.
    Wheel(Way),
    /// The first button, on this cell of the screen.
    Click { column: u16, row: u16 },
}

/// What the reader tells of the store.
#[derive(Debug)]
pub(crate) enum News {
    /// What follows is another store's, or this one's from the start: what was known is void.
    Anew,
    /// Another store stands in the place of the one before.
    Replaced,
    /// What may be done in the store that is read now.
    Access(Access),
    /// Rows of the first reading, the newest first; more follow.
    Filled(Vec<Row>),
    /// The last of them: the first reading is whole. Told as one, since whoever quits at the sight of them
    /// has seen all there is.
    Whole(Vec<Row>),
    /// When this operator looked at the store before.
    LookedBefore(Timestamp),
    /// Rows that changed.
    Changed {
        rows: Vec<Row>,
        gone: Vec<TaskNumber>,
    },
    /// What happened, beside progress, in order: what was told just now is worth a frame.
    Happened(Vec<Event>),
    /// The workers that are known.
    Workers(Vec<WorkerNews>),
    /// What of the store keeps tasks from running.
    Gates(Box<StoreGates>),
    /// How the store is.
    Health(Health),
    /// What is used by what is on the screen.
    Measured(Measured),
    /// All that is known of a task.
    Detail(Box<Known>),
    /// Lines of a log that is followed, or was read back.
    Log(LogNews),
    /// The log that is followed could not be read, and why; it is tried again by itself.
    LogUnread(TaskNumber, String),
    /// Something was written to the log of the task whose log is listened to.
    LogGrew(TaskNumber),
    /// Events that were asked for.
    Events(EventsNews),
    /// What failed of a task.
    Failures(FailuresNews),
    /// Whose a process is.
    Whose(WhoseNews),
    /// The kinds that workers have published.
    Kinds(Vec<Kind>),
    /// What a request was.
    Made(RequestNumber, Made),
    /// What was asked for could not be read, and why.
    Unread(Reading, String),
}

/// A worker as it is now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorkerNews {
    pub(crate) row: WorkerRow,
    pub(crate) alive: bool,
    /// Whether it can act, if it lives.
    pub(crate) condition: Condition,
}

impl WorkerNews {
    /// Whether it lives and can't act: what it holds stands still.
    pub(crate) fn is_halted(&self) -> bool {
        self.alive && self.condition != Condition::Running
    }

    /// What keeps it from acting, and how it goes on where that is known.
    pub(crate) fn halt(&self) -> (&'static str, String) {
        match self.condition {
            Condition::Stopped => (
                "is stopped",
                format!(" (kill -CONT {})", self.row.actor.pid),
            ),
            Condition::Running | Condition::Uninterruptible => {
                ("waits for its disk", String::new())
            }
        }
    }
}

/// How the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answers.
    #[default]
    Well,
    /// It doesn't, and why. What is on the screen is of before.
    Trouble(String),
}
