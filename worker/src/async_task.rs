//! Tasks whose methods are futures.

use std::future::Future;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cx::Cx;
use crate::failure::Failure;
use crate::mark::Mark;
use crate::runtime::{drive, handle};
use crate::source::Source;
use crate::task::{End, Task};

/// A kind of task whose methods are futures. Everything else is as with [`Task`]: it is registered,
/// submitted and fed as `Async<Kind>`.
///
/// The futures are driven by the runtime that the host [lends](crate::WorkerBuilder::runtime) to the worker,
/// else by one of the worker's own.
///
/// **Stopped in the middle**, by force or at the end of the worker's grace, a batch is dropped where it
/// waits, at once: what it holds goes by its `Drop`, and the batch is repeated should the task go on. One
/// that has something to bring to an end first sets [`LEAVE`](Self::LEAVE) and listens to
/// [`Cx::until_cancelled`]. A batch that does not wait but blocks its thread can't be dropped: as
/// with any Rust batch that ignores its cancellation past the grace period, its worker pays for it.
///
/// ```
/// use longhaul_worker::{Async, AsyncTask, Cx, Failure, RangeSource, Source, new_task};
///
/// /// Adds numbers up, slowly.
/// struct Sum {
///     sum: u64,
/// }
///
/// impl AsyncTask for Sum {
///     const KIND: &'static str = "slow-sum";
///     type Params = u32;
///     type Item = Vec<u8>;
///     type Shared = ();
///
///     fn source(last: &u32, (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
///         Ok(Box::new(RangeSource::new(1, i64::from(*last))))
///     }
///
///     async fn init(_: u32, (): (), _: &Cx) -> Result<Self, Failure> {
///         Ok(Self { sum: 0 })
///     }
///
///     async fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
///         for item in items {
///             tokio::task::yield_now().await;
///             self.sum += std::str::from_utf8(item)?.parse::<u64>()?;
///         }
///         cx.say(format!("the sum is {}", self.sum));
///         Ok(())
///     }
/// }
///
/// let task = new_task::<Async<Sum>>(&10)?;
/// assert_eq!(task.spec.kind, "slow-sum");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait AsyncTask: Sized + Send + 'static {
    /// The kind's name, as submissions give it.
    const KIND: &'static str;
    /// See [`Task::DOC`].
    const DOC: &'static str = "";
    /// What a submission says; JSON. See [`Task::Params`].
    type Params: Serialize + DeserializeOwned + JsonSchema + Send + Sync + Clone;
    /// The smallest unit of input.
    type Item: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the worker program lends to every task of the kind: pools, clients.
    type Shared: Clone + Send + Sync + 'static;

    /// How long a method that is to stop in the middle may take to come back by itself, before it is
    /// dropped where it waits. Best well below the worker's grace (30 s); at the end of that
    /// itself, less than 5 s are left.
    const LEAVE: Duration = Duration::ZERO;

    /// See [`Task::source`]. One that waits is an [`Awaited`](crate::source::Awaited) one.
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn source(
        _params: &Self::Params,
        _shared: &Self::Shared,
    ) -> Result<Box<dyn Source<Self::Item>>, Failure> {
        Err(crate::task::no_items())
    }

    /// See [`Task::init`].
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn init(
        params: Self::Params,
        shared: Self::Shared,
        cx: &Cx,
    ) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// See [`Task::batch`].
    ///
    /// # Errors
    /// The [`Failure`] says what is to be done.
    fn batch(
        &mut self,
        items: &[Self::Item],
        cx: &Cx,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// See [`Task::committed`].
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn committed(
        &mut self,
        _cx: &Cx,
    ) -> impl Future<Output = Result<Option<Mark>, Failure>> + Send {
        async { Ok(None) }
    }

    /// See [`Task::suspended`].
    ///
    /// # Errors
    /// A [`Failure`] is recorded; the suspension goes on.
    fn suspended(&mut self, _cx: &Cx) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }

    /// See [`Task::resumed`].
    ///
    /// # Errors
    /// A [`Failure`] counts as a failed batch.
    fn resumed(&mut self, _cx: &Cx) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }

    /// See [`Task::ROLLS_BACK`].
    const ROLLS_BACK: bool = false;

    /// See [`Task::rollback`].
    ///
    /// # Errors
    /// A [`Failure`] that retries is tried again as often as a batch is.
    fn rollback(
        _params: &Self::Params,
        _shared: &Self::Shared,
        _items: &[Self::Item],
        _cx: &Cx,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }

    /// See [`Task::cleanup`].
    ///
    /// # Errors
    /// A [`Failure`] is tried again, three attempts in all.
    fn cleanup(
        _params: &Self::Params,
        _shared: &Self::Shared,
        _end: End,
        _cx: &Cx,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }
}

/// An [`AsyncTask`] as a [`Task`].
pub struct Async<T>(T);

impl<T: AsyncTask> Task for Async<T> {
    const KIND: &'static str = T::KIND;
    const DOC: &'static str = T::DOC;
    const ROLLS_BACK: bool = T::ROLLS_BACK;
    type Params = T::Params;
    type Item = T::Item;
    type Shared = T::Shared;

    fn source(params: &T::Params, shared: &T::Shared) -> Result<Box<dyn Source<T::Item>>, Failure> {
        // Clients are often made in the runtime that drives them.
        let runtime = handle()?;
        let _within = runtime.enter();
        T::source(params, shared)
    }

    fn init(params: T::Params, shared: T::Shared, cx: &Cx) -> Result<Self, Failure> {
        drive(&cx.stop(), T::LEAVE, T::init(params, shared, cx)).map(Self)
    }

    fn batch(&mut self, items: &[T::Item], cx: &Cx) -> Result<(), Failure> {
        drive(&cx.stop(), T::LEAVE, self.0.batch(items, cx))
    }

    fn committed(&mut self, cx: &Cx) -> Result<Option<Mark>, Failure> {
        drive(&cx.stop(), T::LEAVE, self.0.committed(cx))
    }

    fn suspended(&mut self, cx: &Cx) -> Result<(), Failure> {
        drive(&cx.stop(), T::LEAVE, self.0.suspended(cx))
    }

    fn resumed(&mut self, cx: &Cx) -> Result<(), Failure> {
        drive(&cx.stop(), T::LEAVE, self.0.resumed(cx))
    }

    fn rollback(
        params: &T::Params,
        shared: &T::Shared,
        items: &[T::Item],
        cx: &Cx,
    ) -> Result<(), Failure> {
        drive(&cx.stop(), T::LEAVE, T::rollback(params, shared, items, cx))
    }

    fn cleanup(params: &T::Params, shared: &T::Shared, end: End, cx: &Cx) -> Result<(), Failure> {
        drive(&cx.stop(), T::LEAVE, T::cleanup(params, shared, end, cx))
    }
}
