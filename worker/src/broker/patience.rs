//! Waiting for a future on a thread of one's own, until a deadline. Works inside other runtimes too.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks until the future has an outcome; None if it has none by the deadline, and drops it.
pub(crate) fn within<T>(deadline: Instant, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut context) {
            return Some(outcome);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

/// Sets off what needs no more than a first push, and doesn't wait for the end of it.
pub(crate) fn set_off<T>(future: impl Future<Output = T>) {
    let mut context = Context::from_waker(Waker::noop());
    // Whether it has come to its end is not asked.
    let _ = pin!(future).poll(&mut context);
}
