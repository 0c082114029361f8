//! What was done, said for a few seconds.

use std::time::Duration;

use longhaul_common::time::Timestamp;

use crate::output::paint::Tone;

/// How long it is said, unless a key is pressed before.
const STAYS: Duration = Duration::from_secs(8);

/// A line that goes by itself; one about an error stays until a key is pressed.
#[derive(Debug)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    until: Option<Timestamp>,
}

impl Toast {
    /// Something that went well.
    pub(crate) fn done(text: String, now: Timestamp) -> Self {
        Self {
            text,
            tone: Tone::Plain,
            until: Some(now.after(STAYS)),
        }
    }

    /// Something that did not.
    pub(crate) fn failed(text: String) -> Self {
        Self {
            text,
            tone: Tone::Bad,
            until: None,
        }
    }

    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}
