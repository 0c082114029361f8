//! The runtime that drives the futures of tasks: the host's, if it lends one, else our own.

use std::future::Future;
use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::cx::Stop;
use crate::failure::{Failure, OrFail as _};

/// Made once it is needed, and kept: its threads rest while nothing is to be driven.
static OWN: OnceLock<Runtime> = OnceLock::new();

/// The runtime lent to this thread, else our own.
pub(crate) fn handle() -> Result<Handle, Failure> {
    if let Ok(lent) = Handle::try_current() {
        return Ok(lent);
    }
    if let Some(own) = OWN.get() {
        return Ok(own.handle().clone());
    }
    let made = Builder::new_multi_thread()
        .enable_all()
        .thread_name("tasks")
        .build()
        .or_retry("starting a runtime for futures")?;
    Ok(OWN.get_or_init(|| made).handle().clone())
}

/// Drives a future to its end on this thread. One that is told to stop may go on for `leave`; then it
/// is dropped where it waits.
pub(crate) fn drive<T, E: From<Failure>>(
    stop: &Stop,
    leave: Duration,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    handle()?.block_on(async {
        let mut future = pin!(future);
        tokio::select! {
            biased;
            outcome = &mut future => return outcome,
            () = stop.until_cancelled() => {}
        }
        if leave.is_zero() {
            return Err(Failure::Cancelled.into());
        }
        let outcome = tokio::time::timeout(leave, future).await;
        outcome.unwrap_or_else(|_| Err(Failure::Cancelled.into()))
    })
}
