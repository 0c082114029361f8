//! The Rust way in: a task kind as a type.

use std::any::Any;

use longhaul_common::state::Ending;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use crate::cx::Cx;
use crate::failure::Failure;
use crate::mark::Mark;
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
///     fn source(last: &u32, (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
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
    /// What the kind does, for those who submit tasks of it; empty: what the documentation of
    /// [`Params`](Self::Params) says.
    const DOC: &'static str = "";
    /// What a submission says; JSON. Its schema is published for `longhaul submit KIND`, with the documentation
    /// of its fields and their defaults.
    type Params: Serialize + DeserializeOwned + JsonSchema + Send + Sync + Clone;
    /// The smallest unit of input.
    type Item: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the worker program lends to every task of the kind: pools, clients.
    type Shared: Clone + Send + Sync + 'static;

    /// Where the items come from. Not asked of a task that is [fed](crate::new_fed_task); a kind whose
    /// tasks all are needs none.
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn source(
        _params: &Self::Params,
        _shared: &Self::Shared,
    ) -> Result<Box<dyn Source<Self::Item>>, Failure> {
        Err(no_items())
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

    /// The mark that the task keeps beside its effects, got from [`Cx::mark`]. Asked after [`init`](Self::init)
    /// and after a batch that failed: a batch whose mark is there is taken as done, so that effects kept in
    /// the same transaction as their mark happen exactly once. One that does not fit suspends the task, and says
    /// why; a task that keeps none has nothing to do here.
    ///
    /// Of a task with a queue it is asked before each batch, and has to be the mark of that very batch: kept
    /// by [`Cx::key`], or looked for by it.
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn committed(&mut self, _cx: &Cx) -> Result<Option<Mark>, Failure> {
        Ok(None)
    }

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

    /// Whether the kind can undo what it did: then a task of it that is terminated is rolled back, unless
    /// whoever asks keeps what is done. A task that is [fed](crate::new_fed_task) never is.
    const ROLLS_BACK: bool = false;

    /// Undoes one batch that is done: its items, under a key of its own. Runs for each such batch, the
    /// newest first, when a task is terminated whose kind [rolls back](Self::ROLLS_BACK); never for one
    /// that completed or failed. May run again with the same items under the same key. Gets no instance:
    /// that may have died with another worker.
    ///
    /// # Errors
    /// A [`Failure`] that retries is tried again as often as a batch is. Then the task is left as it is
    /// until somebody has it tried once more, or keeps what is done.
    fn rollback(
        _params: &Self::Params,
        _shared: &Self::Shared,
        _items: &[Self::Item],
        _cx: &Cx,
    ) -> Result<(), Failure> {
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

/// What a kind says that is to be fed.
pub(crate) fn no_items() -> Failure {
    Failure::suspend("the kind has no items of its own; submit it as a fed task")
}

/// Why cleanup runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The task leaves this worker in good order.
    Leaving(Ending),
    /// A worker died with it; this runs before its next init.
    Died,
}

/// Items of some type, on their way from a source to a batch.
pub(crate) type Items = Box<dyn Any + Send>;
