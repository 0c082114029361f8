//! Write long-running tasks in Rust, and run them batch by batch under an operator's control.
//!
//! A task is a type that implements [`Task`], or [`AsyncTask`] with futures. A worker performs its batches one
//! after the other: each is followed by a durable checkpoint, and at each boundary between two the task
//! obeys what an operator, or your own program, asks: to suspend, to resume, to terminate. Suspended it
//! holds nothing; any worker that knows the kind goes on with it later, after a crash and a reboot too.
//!
//! # From nothing to a running task
//!
//! ```
//! use longhaul_common::control::Control;
//! use longhaul_common::store::{Absent, Opening, Store};
//! use longhaul_worker::{Cx, Failure, RangeSource, Source, Task, Worker, new_task};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! // What a submission says. The documentation of its fields is shown by `longhaul kinds greet`.
//! #[derive(Clone, Serialize, Deserialize, JsonSchema)]
//! struct Params {
//!     /// How many are greeted.
//!     guests: u32,
//! }
//!
//! struct Greet {
//!     greeted: u32,
//! }
//!
//! impl Task for Greet {
//!     const KIND: &'static str = "greet";
//!     type Params = Params;
//!     type Item = Vec<u8>;
//!     type Shared = ();
//!
//!     // Where the items come from: a range, a file, a service, a database.
//!     fn source(params: &Params, (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
//!         Ok(Box::new(RangeSource::new(1, i64::from(params.guests))))
//!     }
//!
//!     // Opens what it needs: before the first batch, after a suspension, after a crash.
//!     fn init(_: Params, (): (), _: &Cx) -> Result<Self, Failure> {
//!         Ok(Self { greeted: 0 })
//!     }
//!
//!     // One batch; `?` on any error tries it again.
//!     fn batch(&mut self, guests: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
//!         for guest in guests {
//!             cx.check()?;
//!             let number: u32 = std::str::from_utf8(guest)?.parse()?;
//!             cx.log(format!("welcome, guest {number}"));
//!             self.greeted += 1;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! // A store is a folder that all workers and the command line share.
//! let dir = tempfile::tempdir()?;
//! let opening = Opening { absent: Absent::Create, ..Opening::default() };
//! let store = Store::open(&dir.path().join("store"), opening)?;
//!
//! // A worker, on threads of its own. `Worker::main` is for a program that is nothing else.
//! let worker = Worker::builder(store.clone()).register::<Greet>(()).spawn()?;
//!
//! // A task; from a shell: longhaul submit greet --param guests=250
//! let control = Control::new(store)?;
//! let mut task = new_task::<Greet>(&Params { guests: 250 })?;
//! task.spec.batch_size = 50;
//! let task = control.submit(task)?.number;
//!
//! // What happens to it, as it happens.
//! let mut feed = control.watch(Default::default(), Some(task));
//! while control.view(task)?.outcome.is_none() {
//!     for event in feed.next(None)? {
//!         println!("{}", event.sentence());
//!     }
//! }
//! assert_eq!(control.view(task)?.items_done, 250);
//! worker.stopper().stop();
//! worker.join()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to go from here
//!
//! | to | look at |
//! | --- | --- |
//! | say what is to be done about an error | [`Failure`], [`OrFail`] |
//! | take items from files, ranges, services, databases | [`source`] |
//! | be fed by other programs while it runs | [`new_fed_task`], [`fed_item`] |
//! | stop in the middle by force | [`Cx::check`], [`Cx::until_cancelled`], [`AsyncTask`] |
//! | have effects exactly once | [`Cx::mark`], [`Task::committed`], [`Mark`] |
//! | pass over single items | [`Cx::skip_item`] |
//! | undo what was done | [`Task::rollback`] |
//! | control tasks from a program | [`Control`](longhaul_common::control::Control) |
//! | make a worker program | [`Worker::main`] |
//! | have `tracing` in the task's log | [`TaskTrace`] |
//! | test a task, and have its worker die everywhere | [`testing`] |
//!
//! # How it works
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
mod meters;
mod metrics;
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
mod worker_log;

pub use async_task::{Async, AsyncTask};
pub use cx::{Cx, Stop};
pub use entry::Worker;
pub use failure::{Failure, OrFail};
pub use hosting::{
    DEFAULT_GRACE, Finished, RunningWorker, Stopper, Taker, WorkerBuilder, WorkerError, builder,
};
pub use mark::Mark;
pub use meters::Meters;
pub use notices::Notices;
pub use retention::Retention;
pub use source::{
    Chunk, CsvFormat, CsvRows, CsvSource, Cursor, Fingerprint, LinesSource, NullSource,
    RangeSource, SingleSource, Source, SourceError,
};
pub use submission::{fed_item, new_fed_task, new_task};
pub use task::{End, Task};
pub use task_trace::TaskTrace;
pub use worker_log::{LogFormat, LogLevel};
