//! The tasks, which of them are on the list and in what order, and where the cursor is.

use std::collections::HashMap;

use longhaul_common::id::TaskNumber;

use crate::dashboard::row::Row;

/// The tasks that are known. The cursor follows its task, wherever that goes.
#[derive(Default)]
pub(crate) struct Tasks {
    rows: HashMap<TaskNumber, Row>,
    /// The list, as it is shown.
    order: Vec<TaskNumber>,
    /// Where in the list the cursor is.
    cursor: usize,
    /// The first line that is on the screen, and how many there are.
    window: Window,
    /// How many there are in the store; None until all are read.
    pub(crate) whole: bool,
}

/// The part of the list that is on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) first: usize,
    pub(crate) lines: usize,
}

impl Tasks {
    /// Takes rows that are new or have changed.
    pub(crate) fn take(&mut self, rows: Vec<Row>) {
        let selected = self.selected().map(|row| row.number);
        let known = self.rows.len();
        for row in rows {
            self.rows.insert(row.number, row);
        }
        if self.rows.len() != known {
            self.arrange(selected);
        }
    }

    /// Forgets tasks.
    pub(crate) fn forget(&mut self, gone: &[TaskNumber]) {
        let selected = self.selected().map(|row| row.number);
        for number in gone {
            self.rows.remove(number);
        }
        self.arrange(selected);
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.order.clear();
        self.whole = false;
    }

    fn arrange(&mut self, selected: Option<TaskNumber>) {
        self.order = self.rows.keys().copied().collect();
        self.order.sort_unstable_by(|one, other| other.cmp(one));
        self.cursor = selected
            .and_then(|number| self.order.iter().position(|found| *found == number))
            .unwrap_or(self.cursor)
            .min(self.order.len().saturating_sub(1));
        self.scroll();
    }

    /// How many tasks are known.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The task under the cursor.
    pub(crate) fn selected(&self) -> Option<&Row> {
        self.rows.get(self.order.get(self.cursor)?)
    }

    /// Moves the cursor by so many lines.
    pub(crate) fn step(&mut self, lines: isize) {
        self.go_to(self.cursor.saturating_add_signed(lines));
    }

    /// Moves the cursor to a line of the list.
    pub(crate) fn go_to(&mut self, line: usize) {
        self.cursor = line.min(self.order.len().saturating_sub(1));
        self.scroll();
    }

    /// How many lines of the list fit on the screen.
    pub(crate) fn fit(&mut self, lines: usize) {
        self.window.lines = lines;
        self.scroll();
    }

    fn scroll(&mut self) {
        let Window { first, lines } = self.window;
        self.window.first = first
            .min(self.cursor)
            .max((self.cursor + 1).saturating_sub(lines))
            .min(self.order.len().saturating_sub(lines));
    }

    /// The part of the list that is on the screen.
    pub(crate) fn window(&self) -> Window {
        self.window
    }

    /// The tasks that are on the screen.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Row> {
        self.order
            .iter()
            .skip(self.window.first)
            .take(self.window.lines)
            .filter_map(|number| self.rows.get(number))
    }

    /// Whether this is the line under the cursor, counted from the first on the screen.
    pub(crate) fn is_cursor(&self, line: usize) -> bool {
        self.window.first + line == self.cursor
    }
}
