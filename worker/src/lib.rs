//! Runs tasks batch by batch.
//!
//! A supervisor claims tasks from the store and hands each to a runner, a thread of its own. The
//! runner prepares the task, performs a batch, waits for its checkpoint, looks what is wanted, and
//! goes on. What performs a batch is a registered [`Task`] or an external command.

mod async_task;
pub mod broker;
pub mod command;
mod consumer;
mod cx;
mod engine;
mod entry;
mod failure;
pub mod heeded;
mod hosting;
mod insist;
pub mod items;
mod journal;
mod line;
mod mail;
mod mark;
mod notices;
pub mod preview;
pub mod process;
pub mod program;
mod registry;
pub mod report;
mod retention;
mod runner;
mod runtime;
pub mod source;
pub mod stop_self;
mod submission;
mod supervisor;
mod task;
mod task_trace;
mod teller;
pub mod testing;
mod total;
mod unrunnable;

pub use async_task::{Async, AsyncTask};
pub use cx::{Cx, Stop};
pub use entry::Worker;
pub use failure::{Failure, OrFail};
pub use hosting::{
    DEFAULT_GRACE, Finished, RunningWorker, Stopper, Taker, WorkerBuilder, WorkerError, builder,
};
pub use mark::Mark;
pub use notices::Notices;
pub use retention::Retention;
pub use source::{
    Chunk, CsvFormat, CsvRows, CsvSource, Cursor, Fingerprint, LinesSource, NullSource,
    RangeSource, SingleSource, Source, SourceError,
};
pub use submission::{fed_item, new_fed_task, new_task};
pub use task::{End, Task};
pub use task_trace::TaskTrace;
