//! Waiting for what a dead worker left and nobody may end: told to everybody, and in nobody's way.

use std::sync::Arc;
use std::time::Duration;

use longhaul_common::leftovers::Stubborn;
use longhaul_common::store::{Key, Store};

use super::Runner;
use crate::line::Line;

/// What was killed may take so long to be gone; it is no news.
const NEWS: Duration = Duration::from_secs(1);

/// A takeover that waits.
pub(super) struct Wait {
    store: Store,
    key: Key,
    line: Arc<Line>,
    /// What the store was told.
    told: Option<String>,
}

impl Wait {
    pub(super) fn new(runner: &Runner) -> Self {
        Self {
            store: runner.scribe.store.clone(),
            key: runner.key,
            line: Arc::clone(&runner.line),
            told: None,
        }
    }

    /// Notes what is waited for, and says whether to wait on.
    pub(super) fn goes_on(&mut self, stubborn: &Stubborn) -> bool {
        if stubborn.waited >= NEWS {
            self.line.stick();
            let on = stubborn.to_string();
            if self.told.as_ref() != Some(&on) {
                // One that can't be told is told at the next turn.
                let told = self.store.stuck(self.key, Some(on.clone()));
                self.told = told.is_ok().then_some(on);
            }
        }
        !self.is_over()
    }

    /// Whether nobody waits any longer: nothing is in flight that a worker which stops would give its
    /// grace to.
    pub(super) fn is_over(&self) -> bool {
        let told = self.line.told();
        told.stopping_now || (told.stopping && self.line.is_stuck())
    }

    /// Nothing is waited for any more.
    pub(super) fn ends(&mut self) {
        self.line.unstick();
        if self.told.take().is_some() {
            // Whoever starts something next takes it back too.
            let _ = self.store.stuck(self.key, None);
        }
    }
}
