//! The thread that listens to brokers: one for the process, started by the first task that has a queue at one.

use std::future::pending;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};

static POST: Mutex<Option<Handle>> = Mutex::new(None);

/// Where clients of brokers run. Sleeps as long as no connection has anything to say.
pub(crate) fn post() -> io::Result<Handle> {
    let mut post = POST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*post {
        return Ok(handle.clone());
    }
    // The other threads look up names of hosts, which blocks.
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(2)
        .thread_keep_alive(Duration::from_secs(1))
        .build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("longhaul-post".to_owned())
        .spawn(move || runtime.block_on(pending::<()>()))?;
    *post = Some(handle.clone());
    Ok(handle)
}
