//! The two threads through which everybody but a runner reaches the database. Any call into it can
//! block for as long as another process is stopped inside it, and no signal frees it: so the
//! caller waits with a deadline, and the thread stays behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::error::StoreError;

const WAITING: u8 = 0;
const STARTED: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Whether a call can leave something written behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Reads,
    Writes,
}

type Job = Box<dyn FnOnce() + Send>;

/// A thread that carries out one call after the other. Started by the first call; ends with its
/// owner.
pub(super) struct StoreThread {
    name: &'static str,
    jobs: Mutex<Option<Sender<Job>>>,
}

impl StoreThread {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            jobs: Mutex::new(None),
        }
    }

    /// Runs `work` on the thread and waits for its answer, at most `deadline`. A call that has not
    /// started by then is withdrawn; of a write that has, the outcome is unknown.
    pub(super) fn call<T: Send + 'static>(
        &self,
        dir: &Path,
        deadline: Duration,
        effect: Effect,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let stage = Arc::new(AtomicU8::new(WAITING));
        let theirs = Arc::clone(&stage);
        self.send(Box::new(move || {
            if move_on(&theirs, STARTED) {
                // Nobody may be waiting any more; that is theirs to know.
                let _ = answer.send(work());
            }
        }));
        let busy = || StoreError::Busy {
            path: dir.to_owned(),
            waited: deadline,
        };
        match answered.recv_timeout(deadline) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) if move_on(&stage, WITHDRAWN) => Err(busy()),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                // It may have answered between the deadline and now.
                answered.try_recv().unwrap_or_else(|_| {
                    Err(match effect {
                        Effect::Reads => busy(),
                        Effect::Writes => StoreError::Unknown {
                            path: dir.to_owned(),
                            waited: Some(deadline),
                        },
                    })
                })
            }
        }
    }

    fn send(&self, job: Job) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = jobs.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel::<Job>();
            std::thread::Builder::new()
                .name(self.name.into())
                .spawn(move || {
                    for job in receiver {
                        // A panic in one call must not take the thread from the others; the
                        // caller sees its channel close.
                        let _ = catch_unwind(AssertUnwindSafe(job));
                    }
                })
                .expect("a process that can't start one thread can't do anything");
            sender
        });
        sender
            .send(job)
            .expect("the thread lives as long as the sender");
    }
}

fn move_on(stage: &AtomicU8, to: u8) -> bool {
    stage
        .compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire)
        .is_ok()
}

#[cfg(test)]
mod tests;
