//! The page of what failed of a task.

use std::sync::Arc;

use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};

use super::{Browse, Model, Page};
use crate::dashboard::reading::{FailuresNews, Reading};
use crate::dashboard::row::Row;

/// What failed of a task, as it was read.
pub(crate) struct FailuresPage {
    pub(crate) task: TaskNumber,
    pub(crate) found: Option<FailuresNews>,
    pub(crate) browse: Browse,
    pub(crate) trouble: Option<String>,
    reading: bool,
    /// What was read for.
    read_for: Option<Signature>,
}

/// What a row tells of failures: another one, and they have to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature {
    failed: u32,
    again: u32,
    retries: u32,
    phase: Phase,
    error: Option<Arc<str>>,
}

impl Model {
    /// On the page of what failed of a task, the task: to go on is to try that again, once it has ended or
    /// while nothing else of it is to be resumed.
    pub(crate) fn to_retry(&self) -> Option<TaskNumber> {
        let Some(Page::Failures(page)) = self.pages.top() else {
            return None;
        };
        let row = self.tasks.get(page.task)?;
        let ended = row.current == StateWord::Terminate;
        let runs = row.desired == Desired::Run && page.has_failed();
        (ended || runs).then_some(page.task)
    }
}

impl FailuresPage {
    pub(crate) fn of(task: TaskNumber) -> Self {
        Self {
            task,
            found: None,
            browse: Browse::default(),
            trouble: None,
            reading: false,
            read_for: None,
        }
    }

    /// What has to be read now, the task being as this row says.
    pub(crate) fn next_reading(&mut self, row: Option<&Row>) -> Option<Reading> {
        let wanted = row.map_or(
            Signature {
                failed: 0,
                again: 0,
                retries: 0,
                phase: Phase::Ended,
                error: None,
            },
            |row| Signature {
                failed: row.batches_failed,
                again: row.batches_again,
                retries: row.retries,
                phase: row.phase,
                error: row.error.clone(),
            },
        );
        if self.reading || self.read_for.as_ref() == Some(&wanted) {
            return None;
        }
        self.read_for = Some(wanted);
        self.reading = true;
        Some(Reading::Failures(self.task))
    }

    pub(crate) fn take(&mut self, found: FailuresNews) {
        if found.task == self.task {
            self.reading = false;
            self.trouble = None;
            self.found = Some(found);
            self.browse.step(0, self.lines());
        }
    }

    pub(crate) fn fail(&mut self, why: String) {
        self.reading = false;
        self.trouble = Some(why);
    }

    /// The store is another one, or can be read again.
    pub(crate) fn begin_anew(&mut self) {
        self.reading = false;
        self.read_for = None;
        self.trouble = None;
    }

    /// Whether anything failed that does not wait to be tried again.
    pub(crate) fn has_failed(&self) -> bool {
        let found = self.found.as_ref();
        found.is_some_and(|found| found.failures.iter().any(|failure| !failure.waits()))
    }

    /// How many lines there are: the batch that blocks comes first.
    pub(crate) fn lines(&self) -> usize {
        self.found.as_ref().map_or(0, |found| {
            found.failures.len() + usize::from(found.blocking.is_some())
        })
    }
}
