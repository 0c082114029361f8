//! What a worker says of itself, in a line, to whoever hosts it.

use std::sync::Arc;

/// Where a worker's notices go.
#[derive(Clone)]
pub struct Notices(Arc<dyn Fn(&str) + Send + Sync>);

impl Notices {
    /// Calls `tell` with each notice: one line, not yet safe for a terminal.
    pub fn to(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Says nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::to(|_| {})
    }

    pub(crate) fn tell(&self, notice: &str) {
        (self.0)(notice);
    }
}
