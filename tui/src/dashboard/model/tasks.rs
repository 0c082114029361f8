//! The tasks, which of them are on the list and in what order, and where the cursor is.

use longhaul_common::filter::{Filter, Scratch};
use longhaul_common::id::{TaskId, TaskNumber};

use super::order::{Motion, Order};
use super::rows::{Rows, Slot};
use super::sort::Sort;
use super::tally::Tally;
use crate::dashboard::row::Row;

/// The tasks that are known. The cursor follows its task, wherever that goes. No change of a few
/// rows costs more than going once over a list of small numbers.
#[derive(Default)]
pub(crate) struct Tasks {
    rows: Rows,
    order: Order,
    /// Those on the list: the ones of the order whose slot is listed.
    list: Vec<Slot>,
    /// By slot: whether it is on the list.
    listed: Vec<bool>,
    /// On the list only because the cursor is on it.
    ghost: Option<Slot>,
    /// Where in the list the cursor is.
    cursor: usize,
    window: Window,
    filter: Filter,
    scratch: Scratch,
    tally: Tally,
    /// The task under the cursor when all was forgotten: it gets the cursor back if it comes again.
    lost: Option<TaskId>,
    /// Whether all tasks of the store are here.
    pub(crate) whole: bool,
}

/// The part of the list that is on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) first: usize,
    pub(crate) lines: usize,
}

/// Which way something is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Down,
    Up,
}

/// What a change of rows means for the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stir {
    Nothing,
    /// Rows came on the list or left it.
    Members,
    /// Rows moved.
    Order,
}

impl Tasks {
    /// Takes rows that are new or have changed.
    pub(crate) fn take(&mut self, rows: Vec<Row>) {
        let selected = self.selected_slot();
        let mut stir = Stir::Nothing;
        let mut moved = Vec::new();
        let mut found = None;
        for row in rows {
            let taken = self.filter.takes(&row, &mut self.scratch);
            if self.lost == Some(row.id) {
                found = Some(row.number);
            }
            let (slot, before) = self.rows.put(row);
            let at = slot.index();
            let Some(row) = self.rows.get(slot) else {
                continue;
            };
            let moves = if let Some(before) = &before {
                self.tally.replace(before, row);
                self.order.change(slot, row)
            } else {
                self.tally.add(row);
                self.order.enter(slot, row);
                if at >= self.listed.len() {
                    self.listed.resize(at + 1, false);
                }
                self.listed[at] = false;
                true
            };
            let was_listed = self.listed[at];
            let haunts = !taken && was_listed && selected == Some(slot);
            if selected == Some(slot) {
                self.ghost = haunts.then_some(slot);
            }
            self.listed[at] = taken || haunts;
            if self.listed[at] != was_listed {
                stir = stir.max(Stir::Members);
            }
            if moves {
                moved.push(slot);
                stir = Stir::Order;
            }
        }
        match stir {
            Stir::Nothing => {}
            Stir::Members => self.relist(selected),
            Stir::Order => {
                self.order.merge(moved, &self.rows);
                self.relist(selected);
            }
        }
        if let Some(number) = found {
            self.lost = None;
            self.select(number);
        }
    }

    /// Forgets tasks.
    pub(crate) fn forget(&mut self, gone: &[TaskNumber]) {
        let heir = self.heir(|slot, tasks| {
            tasks
                .rows
                .get(slot)
                .is_some_and(|row| !gone.contains(&row.number))
        });
        for number in gone {
            if let Some(row) = self.rows.remove(*number) {
                self.tally.remove(&row);
            }
        }
        self.order.prune(&self.rows);
        self.ghost = self.ghost.filter(|slot| self.rows.get(*slot).is_some());
        self.relist(heir);
    }

    /// Forgets all; what is read next is taken for the same tasks if it bears their ids.
    pub(crate) fn clear(&mut self) {
        self.lost = self.selected().map(|row| row.id).or(self.lost);
        self.rows = Rows::default();
        self.order.clear();
        self.list.clear();
        self.listed.clear();
        self.ghost = None;
        self.tally = Tally::default();
        self.whole = false;
        self.cursor = 0;
        self.window.first = 0;
    }

    /// Shows those that a filter takes.
    pub(crate) fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.ghost = None;
        for slot in self.order.slots() {
            if let Some(row) = self.rows.get(*slot) {
                self.listed[slot.index()] = self.filter.takes(row, &mut self.scratch);
            }
        }
        let heir = self.heir(|slot, tasks| tasks.listed[slot.index()]);
        self.relist(heir);
    }

    /// Sorts by something else; a frozen order is let go.
    pub(crate) fn set_sort(&mut self, sort: Sort) {
        let selected = self.selected_slot();
        self.order.sort_by(sort, &self.rows);
        self.relist(selected);
    }

    /// Freezes the order, or lets it go.
    pub(crate) fn set_motion(&mut self, motion: Motion) {
        match motion {
            Motion::Frozen => self.order.freeze(),
            Motion::Sorted => self.set_sort(self.sort()),
        }
    }

    pub(crate) fn sort(&self) -> Sort {
        self.order.sort()
    }

    pub(crate) fn motion(&self) -> Motion {
        self.order.motion()
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How many tasks are known.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many are on the list.
    pub(crate) fn listed(&self) -> usize {
        self.list.len()
    }

    /// The tasks on the list, on the screen or not; not the ghost.
    pub(crate) fn matching(&self) -> impl Iterator<Item = &Row> {
        self.list
            .iter()
            .filter(|slot| self.ghost != Some(**slot))
            .filter_map(|slot| self.rows.get(*slot))
    }

    /// Every task that is known, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// A task, on the list or not.
    pub(crate) fn get(&self, number: TaskNumber) -> Option<&Row> {
        self.rows.get(self.rows.slot(number)?)
    }

    /// Whether a task is on the list.
    pub(crate) fn is_listed(&self, number: TaskNumber) -> bool {
        self.rows
            .slot(number)
            .is_some_and(|slot| self.listed[slot.index()])
    }

    /// The task under the cursor.
    pub(crate) fn selected(&self) -> Option<&Row> {
        self.rows.get(self.selected_slot()?)
    }

    /// Whether the task under the cursor has left the filter: it stays until the cursor moves.
    pub(crate) fn is_ghost(&self, row: &Row) -> bool {
        self.ghost
            .is_some_and(|slot| self.rows.slot(row.number) == Some(slot))
    }

    /// Where in the list the cursor is.
    pub(crate) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Moves the cursor by so many lines.
    pub(crate) fn step(&mut self, lines: isize) {
        self.go_to(self.cursor.saturating_add_signed(lines));
    }

    /// Moves the cursor to a line of the list.
    pub(crate) fn go_to(&mut self, line: usize) {
        self.lost = None;
        let line = line.min(self.list.len().saturating_sub(1));
        if line == self.cursor {
            return;
        }
        self.cursor = line;
        self.lay_ghost();
        self.scroll();
    }

    /// Moves the cursor to a task, if that is on the list.
    pub(crate) fn select(&mut self, number: TaskNumber) -> bool {
        let slot = self.rows.slot(number);
        let line = slot.and_then(|slot| self.line_of(slot));
        if let Some(line) = line {
            self.go_to(line);
        }
        line.is_some()
    }

    /// Moves the cursor to the next task that is wanted, around the end of the list.
    pub(crate) fn seek(&mut self, way: Way, wanted: impl Fn(&Row) -> bool) {
        let count = self.list.len();
        let found = (1..=count)
            .map(|step| match way {
                Way::Down => (self.cursor + step) % count,
                Way::Up => (self.cursor + count - step) % count,
            })
            .find(|line| {
                let slot = self.list[*line];
                self.ghost != Some(slot) && self.rows.get(slot).is_some_and(&wanted)
            });
        if let Some(line) = found {
            self.go_to(line);
        }
    }

    /// How many lines of the list fit on the screen.
    pub(crate) fn fit(&mut self, lines: usize) {
        if self.window.lines != lines {
            self.window.lines = lines;
            self.scroll();
        }
    }

    /// The part of the list that is on the screen.
    pub(crate) fn window(&self) -> Window {
        self.window
    }

    /// The tasks that are on the screen.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Row> {
        self.list
            .iter()
            .skip(self.window.first)
            .take(self.window.lines)
            .filter_map(|slot| self.rows.get(*slot))
    }

    /// Whether this is the line under the cursor, counted from the first on the screen.
    pub(crate) fn is_cursor(&self, line: usize) -> bool {
        self.window.first + line == self.cursor
    }

    fn selected_slot(&self) -> Option<Slot> {
        self.list.get(self.cursor).copied()
    }

    fn line_of(&self, slot: Slot) -> Option<usize> {
        self.list.iter().position(|found| *found == slot)
    }

    /// Who gets the cursor if the one that has it goes: the next that stays, else the last before.
    fn heir(&self, stays: impl Fn(Slot, &Self) -> bool) -> Option<Slot> {
        let (before, from) = self.list.split_at(self.cursor.min(self.list.len()));
        let mut nearest = from.iter().chain(before.iter().rev());
        nearest.find(|slot| stays(**slot, self)).copied()
    }

    /// Makes the list anew out of the order, with the cursor on `selected`.
    fn relist(&mut self, selected: Option<Slot>) {
        let line = self.cursor.saturating_sub(self.window.first);
        let listed = &self.listed;
        self.list.clear();
        self.list.extend(
            self.order
                .slots()
                .iter()
                .filter(|slot| listed[slot.index()]),
        );
        let last = self.list.len().saturating_sub(1);
        self.cursor = selected
            .and_then(|slot| self.line_of(slot))
            .unwrap_or(self.cursor)
            .min(last);
        // What is new at the top is seen by whoever looks at the top; elsewhere the task under the
        // cursor stays in its line of the screen.
        if self.window.first > 0 {
            self.window.first = self.cursor.saturating_sub(line);
        }
        self.scroll();
    }

    /// Lets the ghost go once the cursor is elsewhere.
    fn lay_ghost(&mut self) {
        let selected = self.selected_slot();
        if let Some(slot) = self.ghost.filter(|slot| selected != Some(*slot)) {
            self.ghost = None;
            self.listed[slot.index()] = false;
            self.relist(selected);
        }
    }

    fn scroll(&mut self) {
        let Window { first, lines } = self.window;
        self.window.first = first
            .min(self.cursor)
            .max((self.cursor + 1).saturating_sub(lines))
            .min(self.list.len().saturating_sub(lines));
    }
}

#[cfg(test)]
mod tests;
