//! The thread on which the connections to brokers live. Calls come from threads that may wait.

use std::future::{Future, pending};
use std::io;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};

/// Started by the first connection; a process without one has no such thread.
static OFFICE: Mutex<Option<Handle>> = Mutex::new(None);

/// Where to start what belongs to a connection.
pub(super) fn office() -> io::Result<Handle> {
    let mut office = OFFICE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*office {
        return Ok(handle.clone());
    }
    // The other threads look up names of hosts, which blocks.
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .thread_keep_alive(Duration::from_secs(1))
        .build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("brokers".to_owned())
        .spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(office.insert(handle).clone())
}

/// Does `work` there, and waits for what comes of it. After `patience` the work is dropped where it stands.
///
/// Not from that thread itself: nobody would be left to do it.
pub(super) fn wait<T: Send + 'static>(
    office: &Handle,
    patience: Duration,
    work: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let (answer, answered) = channel();
    let task = office.spawn(async move {
        // Who asked may have lost patience.
        let _ = answer.send(work.await);
    });
    match answered.recv_timeout(patience) {
        Ok(answer) => Some(answer),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            task.abort();
            None
        }
    }
}
