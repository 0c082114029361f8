//! Runs tasks batch by batch.
//!
//! A supervisor claims tasks from the store and hands each to a runner, a thread of its own. The
//! runner prepares the task, performs a batch, waits for its checkpoint, looks what is wanted, and
//! goes on. What performs a batch is a registered [`Task`] or an external command.

pub mod broker;
pub mod command;
mod consumer;
mod engine;
mod failure;
pub mod heeded;
mod hosting;
mod insist;
mod journal;
mod line;
mod mail;
mod notices;
pub mod process;
pub mod program;
mod registry;
pub mod report;
mod runner;
pub mod source;
pub mod stop_self;
mod submission;
mod supervisor;
mod task;
mod total;
mod unrunnable;

pub use failure::Failure;
pub use hosting::{
    DEFAULT_GRACE, Finished, RunningWorker, Stopper, Taker, WorkerBuilder, WorkerError, builder,
};
pub use notices::Notices;
pub use source::{
    Chunk, CsvFormat, CsvRows, CsvSource, Cursor, Fingerprint, LinesSource, NullSource,
    RangeSource, SingleSource, Source, SourceError,
};
pub use submission::{fed_item, new_fed_task, new_task};
pub use task::{Cx, End, Task};
