//! What was done and what went wrong, said in a few lines for a while.

use std::time::Duration;

use longhaul_common::time::Timestamp;

use crate::output::paint::Tone;

/// How long it is said what was done, unless a key is pressed before.
const DONE: Duration = Duration::from_secs(8);

/// How long an error stays: long enough for somebody who looked elsewhere.
const FAILED: Duration = Duration::from_secs(30);

/// How long it is said what happened before anybody looked: the list is read first.
const TOLD: Duration = Duration::from_secs(30);

/// So many are on the screen at most.
const MOST: usize = 3;

/// A line that goes by itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    place: Place,
    until: Timestamp,
}

/// Where it stands on the screen, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the last line, in the place of the keys: gone with the next key, by which it has been seen.
    Last,
    /// Above it, whatever keys are pressed: the keys are wanted meanwhile.
    Above,
}

impl Toast {
    /// Something that went well.
    pub(crate) fn done(text: String, now: Timestamp) -> Self {
        Self {
            text,
            tone: Tone::Plain,
            place: Place::Last,
            until: now.after(DONE),
        }
    }

    /// Something that happened without whoever looks.
    pub(crate) fn told(text: String, tone: Tone, now: Timestamp) -> Self {
        Self {
            text,
            tone,
            place: Place::Above,
            until: now.after(TOLD),
        }
    }

    /// Something that did not.
    pub(crate) fn failed(text: String, now: Timestamp) -> Self {
        Self {
            text,
            tone: Tone::Bad,
            place: Place::Above,
            until: now.after(FAILED),
        }
    }

    fn stays(&self) -> bool {
        self.place == Place::Above
    }
}

/// The lines that are said, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Toasts(Vec<Toast>);

impl Toasts {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says something; what was said so already is not said twice.
    pub(crate) fn say(&mut self, toast: Toast) {
        self.0.retain(|said| said.text != toast.text);
        self.0.push(toast);
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }

    /// Lets go what has been said for long enough; whether something went.
    pub(crate) fn expire(&mut self, now: Timestamp) -> bool {
        let before = self.0.len();
        self.0.retain(|toast| toast.until > now);
        self.0.len() < before
    }

    /// Lets go what was done: by the next key it has been seen.
    pub(crate) fn pass(&mut self) {
        self.0.retain(Toast::stays);
    }

    /// Lets everything go; whether there was something.
    pub(crate) fn clear(&mut self) -> bool {
        !std::mem::take(&mut self.0).is_empty()
    }

    /// What stands in the last line of the screen, in the place of the keys.
    pub(crate) fn last(&self) -> Option<&Toast> {
        self.0.last().filter(|toast| !toast.stays())
    }

    /// What stands above the last line.
    pub(crate) fn above(&self) -> &[Toast] {
        match self.last() {
            Some(_) => &self.0[..self.0.len() - 1],
            None => &self.0,
        }
    }
}
