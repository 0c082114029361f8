//! The Rust way in: a task kind as a type.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use longhaul_common::id::{BatchNumber, RequestNumber, TaskId, TaskNumber};
use longhaul_common::state::Ending;
use longhaul_common::task_log::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::journal::Journal;
use crate::line::Line;
use crate::source::Source;

/// A kind of task, performed in this process batch by batch.
///
/// The instance lives from [`init`](Self::init) until the task leaves this worker: it is suspended,
/// ends, or the worker stops. A panic in any method is a failed batch.
///
/// ```
/// use longhaul_worker::{Cx, Failure, RangeSource, Source, Task};
///
/// /// Adds numbers up.
/// struct Sum {
///     sum: u64,
/// }
///
/// impl Task for Sum {
///     const KIND: &'static str = "sum";
///     type Params = u32;
///     type Item = Vec<u8>;
///     type Shared = ();
///
///     fn source(last: &u32) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
///         Ok(Box::new(RangeSource::new(1, i64::from(*last))))
///     }
///
///     fn init(_: u32, (): (), _: &Cx) -> Result<Self, Failure> {
///         Ok(Self { sum: 0 })
///     }
///
///     fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
///         for item in items {
///             cx.check()?;
///             self.sum += std::str::from_utf8(item)?.parse::<u64>()?;
///         }
///         cx.say(format!("the sum is {}", self.sum));
///         Ok(())
///     }
/// }
/// ```
pub trait Task: Sized + Send + 'static {
    /// The kind's name, as submissions give it.
    const KIND: &'static str;
    /// What a submission says; JSON.
    type Params: Serialize + DeserializeOwned + Send + Clone;
    /// The smallest unit of input.
    type Item: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the worker program lends to every task of the kind: pools, clients.
    type Shared: Clone + Send + Sync + 'static;

    /// Where the items come from. Not asked of a task that is [fed](crate::new_fed_task); a kind whose
    /// tasks all are needs none.
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn source(_params: &Self::Params) -> Result<Box<dyn Source<Self::Item>>, Failure> {
        Err(Failure::Suspend(
            "the kind has no items of its own; submit it as a fed task".into(),
        ))
    }

    /// Prepares the task: opens what it needs.
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn init(params: Self::Params, shared: Self::Shared, cx: &Cx) -> Result<Self, Failure>;

    /// Performs one batch. May run again with the same items under the same key: after a failure,
    /// by force, or when the worker died before the checkpoint.
    ///
    /// # Errors
    /// The [`Failure`] says what is to be done.
    fn batch(&mut self, items: &[Self::Item], cx: &Cx) -> Result<(), Failure>;

    /// A suspension begins; cleanup follows.
    ///
    /// # Errors
    /// A [`Failure`] is recorded; the suspension goes on.
    fn suspended(&mut self, _cx: &Cx) -> Result<(), Failure> {
        Ok(())
    }

    /// The task goes on after a suspension; runs after [`init`](Self::init).
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn resumed(&mut self, _cx: &Cx) -> Result<(), Failure> {
        Ok(())
    }

    /// Releases what the task holds outside this process. Always last. Gets no instance: that may
    /// have died with another worker.
    ///
    /// # Errors
    /// A [`Failure`] is tried again, three attempts in all.
    fn cleanup(
        _params: &Self::Params,
        _shared: &Self::Shared,
        _end: End,
        _cx: &Cx,
    ) -> Result<(), Failure> {
        Ok(())
    }
}

/// Why cleanup runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The task leaves this worker in good order.
    Leaving(Ending),
    /// A worker died with it; this runs before its next init.
    Died,
}

/// What a method of a task may ask and say while it runs.
pub struct Cx {
    pub(crate) task: TaskId,
    pub(crate) number: TaskNumber,
    pub(crate) batch: BatchNumber,
    pub(crate) key: String,
    /// Whose lock it runs under.
    pub(crate) slot: u16,
    pub(crate) attempt: u32,
    pub(crate) store: PathBuf,
    pub(crate) line: Arc<Line>,
    /// Of a hook: the request that was known when it began; only a later one stops it. The end of
    /// the worker's grace does not: what can't be finished by then is left to the next worker.
    pub(crate) heeds: Option<RequestNumber>,
    /// What it says it is at, until the runner takes it.
    pub(crate) said: Arc<Mutex<Option<String>>>,
    pub(crate) journal: Arc<Mutex<Journal>>,
    /// Whether the task was told to stop. Kept, since the request may be withdrawn before the task
    /// comes back.
    pub(crate) told_to_stop: AtomicBool,
}

impl Cx {
    /// The task's id.
    #[must_use]
    pub fn task(&self) -> TaskId {
        self.task
    }

    /// The task's number in its store.
    #[must_use]
    pub fn number(&self) -> TaskNumber {
        self.number
    }

    /// The number of the batch, from 0.
    #[must_use]
    pub fn batch(&self) -> BatchNumber {
        self.batch
    }

    /// The batch's stable key: the same key always means the same items.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Which attempt at the batch this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether the batch should stop in the middle: by force, or since the worker's grace is over.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        let told = self.line.told();
        let cancelled = match self.heeds {
            None => told.interrupts(),
            Some(known) => told.forced() && told.orders.request > known,
        };
        if cancelled {
            self.told_to_stop.store(true, Ordering::Release);
        }
        cancelled
    }

    /// Where its lines in the log come from: the batch's number, or the hook's name.
    pub(crate) fn source(&self) -> String {
        match self.key.rsplit_once(':') {
            Some((_, part)) => part.to_owned(),
            None => self.batch.to_string(),
        }
    }

    /// Ends the batch if it should stop in the middle. Call it often.
    ///
    /// # Errors
    /// [`Failure::Cancelled`].
    pub fn check(&self) -> Result<(), Failure> {
        if self.cancelled() {
            Err(Failure::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Says in a few words what the task is at; shown from the next checkpoint on.
    pub fn say(&self, message: impl Into<String>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        *said = Some(message.into());
    }

    /// Tells how far it is within the batch, and what it is at.
    pub(crate) fn report(&self, items_done: Option<u64>, message: Option<String>) {
        let _ = items_done;
        message.into_iter().for_each(|message| self.say(message));
    }

    /// Writes a line to the task's log, where it can be read at once.
    pub fn log(&self, line: impl Into<String>) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.line(&self.source(), Stream::Out, line.into().as_bytes());
        journal.flush();
    }
}

/// Items of some type, on their way from a source to a batch.
pub(crate) type Items = Box<dyn Any + Send>;
