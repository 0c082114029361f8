//! When the operator looked, and what happened to the tasks since.

use longhaul_common::safe_text::width;
use longhaul_common::state::Outcome;
use longhaul_common::time::Timestamp;

use crate::dashboard::row::Row;
use crate::output::human;

/// When the operator looked: the last time, and in here.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    before: Before,
    here: Option<Timestamp>,
}

/// What is known of the last time.
#[derive(Debug, Default)]
enum Before {
    #[default]
    Unknown,
    At(Timestamp),
    Told,
}

impl Looked {
    /// The last time, before this dashboard was opened.
    pub(crate) fn before(&mut self, at: Timestamp) {
        if matches!(self.before, Before::Unknown) {
            self.before = Before::At(at);
        }
    }

    /// The whole store stands on the screen, which somebody just opened.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.here.get_or_insert(now);
    }

    /// Somebody touched a key. A dashboard that is merely open is looked at by nobody.
    pub(crate) fn go_on(&mut self, now: Timestamp) {
        if let Some(here) = &mut self.here {
            *here = now;
        }
    }

    /// What stands on the screen is another store's from now on.
    pub(crate) fn end(&mut self) {
        self.here = None;
    }

    /// When somebody last looked at all that is on the screen.
    pub(crate) fn here(&self) -> Option<Timestamp> {
        self.here
    }

    /// The last time, once, when there is something to compare it with.
    pub(crate) fn take_before(&mut self) -> Option<Timestamp> {
        self.here?;
        match std::mem::replace(&mut self.before, Before::Told) {
            Before::At(at) => Some(at),
            unknown @ Before::Unknown => {
                self.before = unknown;
                None
            }
            Before::Told => None,
        }
    }
}

/// What became of tasks since somebody looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Since {
    completed: u64,
    failed: u64,
    terminated: u64,
    /// That need somebody now, since when ever.
    needy: u64,
    /// Of these, those that are as they are since then.
    newly_needy: u64,
}

impl Since {
    /// Counts one more task.
    pub(crate) fn count(&mut self, row: &Row, needs_attention: bool, since: Timestamp) {
        let newly = u64::from(row.since > since);
        match row.outcome {
            Some(Outcome::Completed) => self.completed += newly,
            Some(Outcome::Failed) => self.failed += newly,
            Some(Outcome::Terminated) => self.terminated += newly,
            None if needs_attention => {
                self.needy += 1;
                self.newly_needy += newly;
            }
            None => {}
        }
    }

    /// Whether some need somebody.
    pub(crate) fn need_somebody(&self) -> bool {
        self.needy > 0
    }

    /// What is said of it in so many columns; None: there is nothing new. Where it does not fit, what
    /// an operator asked for goes first.
    pub(crate) fn words(&self, moment: &str, columns: usize) -> Option<String> {
        if self.completed + self.failed + self.terminated + self.newly_needy == 0 {
            return None;
        }
        let need = if self.needy == 1 { "needs" } else { "need" };
        let need = format!("{need} you");
        let completed = (self.completed, "completed");
        let failed = (self.failed, "failed");
        let terminated = (self.terminated, "terminated");
        let needy = (self.needy, need.as_str());
        let told = |begin: &str, counts: &[(u64, &str)]| {
            let some = counts.iter().filter(|(count, _)| *count > 0);
            let some = some.map(|(count, what)| format!("{} {what}", human::count(*count)));
            format!("{begin} {moment}: {}", some.collect::<Vec<_>>().join(", "))
        };
        let all = [completed, failed, terminated, needy];
        let long = told("Since you looked,", &all);
        if width(&long) <= columns {
            return Some(long);
        }
        let short = told("Since", &all);
        if width(&short) <= columns || self.completed + self.failed + self.needy == 0 {
            return Some(short);
        }
        Some(told("Since", &[completed, failed, needy]))
    }
}

#[cfg(test)]
mod tests;
