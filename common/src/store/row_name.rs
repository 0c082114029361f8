//! What a row is, for whoever has to be told that it can't be read.

use std::fmt;

use crate::id::{BatchNumber, EventNumber, RequestNumber, TaskNumber, WorkerNumber};

/// A row of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowName {
    /// What a task is.
    Specification(TaskNumber),
    /// What is wanted of it.
    Desired(TaskNumber),
    /// Where it is.
    Current(TaskNumber),
    /// How far it is.
    Progress(TaskNumber),
    /// Its place among those that wait for a worker.
    Waiting(TaskNumber),
    /// A batch of it that failed for good.
    Failure(TaskNumber, BatchNumber),
    /// A batch of it that is planned.
    Planned(TaskNumber, BatchNumber),
    /// How its batches are cut from this one on.
    Mark(TaskNumber, BatchNumber),
    /// What it has planned and not done.
    Backlog(TaskNumber),
    /// How much it was fed.
    Feed(TaskNumber),
    /// Items that it was fed, from this one on.
    Fed(TaskNumber, u64),
    /// How the tasks ended that it waits for.
    Awaited(TaskNumber),
    /// What its batches in flight told.
    Live(TaskNumber),
    /// What there was of it before a request.
    Before(RequestNumber, TaskNumber),
    /// An event.
    Event(EventNumber),
    /// A worker.
    Worker(WorkerNumber),
    /// The limit of a group.
    Group,
    /// A cordon.
    Cordon,
    /// The brake of the store.
    Brake,
    /// A kind that was published.
    Kind(u64),
    /// A word that is owed of an event.
    OwedWord(u64),
}

impl RowName {
    /// The task it is about.
    #[must_use]
    pub fn task(self) -> Option<TaskNumber> {
        match self {
            Self::Specification(task)
            | Self::Desired(task)
            | Self::Current(task)
            | Self::Progress(task)
            | Self::Waiting(task)
            | Self::Failure(task, _)
            | Self::Planned(task, _)
            | Self::Mark(task, _)
            | Self::Backlog(task)
            | Self::Feed(task)
            | Self::Awaited(task)
            | Self::Live(task)
            | Self::Fed(task, _)
            | Self::Before(_, task) => Some(task),
            Self::Event(_)
            | Self::Worker(_)
            | Self::Group
            | Self::Cordon
            | Self::Brake
            | Self::Kind(_)
            | Self::OwedWord(_) => None,
        }
    }
}

impl fmt::Display for RowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Specification(task) => write!(f, "the specification of task {task}"),
            Self::Desired(task) => write!(f, "the desired state of task {task}"),
            Self::Current(task) => write!(f, "the current state of task {task}"),
            Self::Progress(task) => write!(f, "the progress of task {task}"),
            Self::Waiting(task) => write!(f, "the place of task {task} in the queue"),
            Self::Failure(task, batch) => write!(f, "the failed batch {batch} of task {task}"),
            Self::Planned(task, batch) => write!(f, "the planned batch {batch} of task {task}"),
            Self::Mark(task, batch) => write!(f, "the mark at batch {batch} of task {task}"),
            Self::Backlog(task) => write!(f, "the backlog of task {task}"),
            Self::Feed(task) => write!(f, "the feed of task {task}"),
            Self::Awaited(task) => write!(f, "how those ended that task {task} waits for"),
            Self::Fed(task, first) => write!(f, "what task {task} was fed from item {first} on"),
            Self::OwedWord(key) => write!(f, "the word owed of event {}", key / 2),
            Self::Live(task) => write!(f, "what the batches of task {task} told of themselves"),
            Self::Before(request, task) => {
                write!(f, "what there was of task {task} before request {request}")
            }
            Self::Event(event) => write!(f, "event {event}"),
            Self::Worker(worker) => write!(f, "the row of worker {worker}"),
            Self::Group => write!(f, "the limit of a group"),
            Self::Cordon => write!(f, "a cordon"),
            Self::Brake => write!(f, "the throttle of the store"),
            Self::Kind(number) => write!(f, "the kind that was published as number {number}"),
        }
    }
}
