//! The pane that tells all of the task under the cursor.

use longhaul_common::id::TaskNumber;
use longhaul_common::time::Timestamp;

use crate::dashboard::row::Row;
use crate::sheet::Known;

/// What is known of a task, and how far it is scrolled.
#[derive(Default)]
pub(crate) struct Detail {
    pub(crate) focus: Focus,
    pub(crate) scroll: usize,
    pub(crate) known: Option<Box<Known>>,
    /// Why the task could not be read.
    pub(crate) trouble: Option<(TaskNumber, String)>,
    /// The task that is being read: one at a time, so that a cursor that moves fast leaves no trail
    /// of readings behind.
    reading: Option<TaskNumber>,
    /// The state of the row that was read for.
    read_for: Option<(TaskNumber, Timestamp)>,
}

/// Which of list and detail has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    List,
    Detail,
}

impl Detail {
    /// The task that has to be read now, for the row under the cursor.
    pub(crate) fn next_reading(&mut self, row: &Row) -> Option<TaskNumber> {
        let wanted = Some((row.number, row.read_at));
        if self.reading.is_some() || self.read_for == wanted {
            return None;
        }
        self.read_for = wanted;
        self.reading = Some(row.number);
        self.reading
    }

    /// What was read may be old.
    pub(crate) fn grow_old(&mut self) {
        self.read_for = None;
    }

    pub(crate) fn take(&mut self, known: Box<Known>) {
        let number = known.view.number;
        if self.of().is_some_and(|before| before != number) {
            self.scroll = 0;
        }
        if self.reading == Some(number) {
            self.reading = None;
        }
        self.trouble = None;
        self.known = Some(known);
    }

    pub(crate) fn fail(&mut self, task: TaskNumber, why: String) {
        if self.reading == Some(task) {
            self.reading = None;
        }
        self.trouble = Some((task, why));
    }

    /// The store is another one, or can be read again.
    pub(crate) fn begin_anew(&mut self) {
        self.reading = None;
        self.read_for = None;
        self.trouble = None;
    }

    /// The task that is told of.
    pub(crate) fn of(&self) -> Option<TaskNumber> {
        Some(self.known.as_ref()?.view.number)
    }
}
