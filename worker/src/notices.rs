//! What a worker says of itself, in a line, to whoever hosts it.

use std::sync::Arc;

use tracing::Level;

type Tell = dyn Fn(Level, &str) + Send + Sync;

/// Where a worker's notices go.
#[derive(Clone)]
pub struct Notices(Arc<Tell>);

impl Notices {
    /// Calls `tell` with each notice that somebody should look at: one line, not yet safe for a terminal.
    pub fn to(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self::graded(move |level, notice| {
            if level <= Level::WARN {
                tell(notice);
            }
        })
    }

    /// The same for all that is told, with how much it matters: `WARN`, or `DEBUG` for the tasks that come and go.
    pub fn graded(tell: impl Fn(Level, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Says nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::graded(|_, _| {})
    }

    pub(crate) fn tell(&self, notice: &str) {
        (self.0)(Level::WARN, notice);
    }

    /// Tells of what happens all the time.
    pub(crate) fn mention(&self, notice: &str) {
        (self.0)(Level::DEBUG, notice);
    }
}
