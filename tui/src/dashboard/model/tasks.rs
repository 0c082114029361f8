//! The tasks, which of them are on the list and in what order, and where the cursor is.

use longhaul_common::filter::{Filter, Scratch};
use longhaul_common::id::{TaskId, TaskNumber};

use super::rows::{Rows, Slot};
use super::sort::{Key, Sort};
use super::tally::Tally;
use crate::dashboard::row::Row;

/// The tasks that are known. The cursor follows its task, wherever that goes. No change of a few
/// rows costs more than going once over a list of small numbers.
#[derive(Default)]
pub(crate) struct Tasks {
    rows: Rows,
    /// All tasks, in order. While the order is frozen new ones come last.
    order: Vec<Slot>,
    /// Those on the list: the ones of the order whose slot is listed.
    list: Vec<Slot>,
    /// By slot: where it stands among the others.
    keys: Vec<Key>,
    /// By slot: whether it is on the list.
    listed: Vec<bool>,
    /// On the list only because the cursor is on it.
    ghost: Option<Slot>,
    /// Where in the list the cursor is.
    cursor: usize,
    window: Window,
    sort: Sort,
    motion: Motion,
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

/// Whether rows move as they change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Motion {
    #[default]
    Sorted,
    Frozen,
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
            let key = self.sort.key(&row);
            let taken = self.filter.takes(&row, &mut self.scratch);
            if self.lost == Some(row.id) {
                found = Some(row.number);
            }
            let (slot, before) = self.rows.put(row);
            let at = slot.index();
            if at >= self.keys.len() {
                self.keys.resize(at + 1, Key::default());
                self.listed.resize(at + 1, false);
            }
            let Some(row) = self.rows.get(slot) else {
                continue;
            };
            let is_new = before.is_none();
            match &before {
                Some(before) => self.tally.replace(before, row),
                None => self.tally.add(row),
            }
            let was_listed = !is_new && self.listed[at];
            let haunts = !taken && was_listed && selected == Some(slot);
            if selected == Some(slot) {
                self.ghost = haunts.then_some(slot);
            }
            self.listed[at] = taken || haunts;
            if self.listed[at] != was_listed {
                stir = stir.max(Stir::Members);
            }
            if is_new || (self.motion == Motion::Sorted && self.keys[at] != key) {
                moved.push(slot);
                stir = Stir::Order;
            }
            self.keys[at] = key;
        }
        match stir {
            Stir::Nothing => {}
            Stir::Members => self.relist(selected),
            Stir::Order => {
                self.merge(moved);
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
        let rows = &self.rows;
        self.order.retain(|slot| rows.get(*slot).is_some());
        self.ghost = self.ghost.filter(|slot| rows.get(*slot).is_some());
        self.relist(heir);
    }

    /// Forgets all; what is read next is taken for the same tasks if it bears their ids.
    pub(crate) fn clear(&mut self) {
        self.lost = self.selected().map(|row| row.id).or(self.lost);
        self.rows = Rows::default();
        self.order.clear();
        self.list.clear();
        self.keys.clear();
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
        for slot in &self.order {
            if let Some(row) = self.rows.get(*slot) {
                self.listed[slot.index()] = self.filter.takes(row, &mut self.scratch);
            }
        }
        let heir = self.heir(|slot, tasks| tasks.listed[slot.index()]);
        self.relist(heir);
    }

    /// Sorts by something else; a frozen order is let go.
    pub(crate) fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.motion = Motion::Sorted;
        let selected = self.selected_slot();
        for slot in &self.order {
            if let Some(row) = self.rows.get(*slot) {
                self.keys[slot.index()] = sort.key(row);
            }
        }
        let mut order = std::mem::take(&mut self.order);
        self.put_in_order(&mut order);
        self.order = order;
        self.relist(selected);
    }

    /// Freezes the order, or lets it go.
    pub(crate) fn set_motion(&mut self, motion: Motion) {
        match motion {
            Motion::Frozen => self.motion = motion,
            Motion::Sorted => self.set_sort(self.sort),
        }
    }

    pub(crate) fn sort(&self) -> Sort {
        self.sort
    }

    pub(crate) fn motion(&self) -> Motion {
        self.motion
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

    fn before(&self, one: Slot, other: Slot) -> std::cmp::Ordering {
        self.keys[one.index()]
            .cmp(&self.keys[other.index()])
            .then_with(|| match (self.rows.get(one), self.rows.get(other)) {
                (Some(one), Some(other)) => self.sort.tie(one, other),
                (one, other) => one.is_some().cmp(&other.is_some()),
            })
    }

    /// Sorts. Keys lie together, rows are all over the memory: texts are brought together first.
    fn put_in_order(&self, slots: &mut [Slot]) {
        if !self.sort.by.is_text() {
            slots.sort_unstable_by_key(|slot| self.keys[slot.index()]);
            return;
        }
        slots.sort_by_cached_key(|slot| {
            let standing = self.rows.get(*slot).map(|row| self.sort.standing(row));
            (self.keys[slot.index()], standing)
        });
    }

    /// Takes those that moved out of the order and puts them where they belong now.
    fn merge(&mut self, mut moved: Vec<Slot>) {
        let mut moves = vec![false; self.rows.slots()];
        for slot in &moved {
            moves[slot.index()] = true;
        }
        // One that was told of twice moves once.
        moved.retain(|slot| std::mem::take(&mut moves[slot.index()]));
        for slot in &moved {
            moves[slot.index()] = true;
        }
        self.put_in_order(&mut moved);
        let mut stayed = std::mem::take(&mut self.order);
        stayed.retain(|slot| !moves[slot.index()]);
        if self.motion == Motion::Frozen {
            stayed.extend(moved);
            self.order = stayed;
            return;
        }
        let mut order = Vec::with_capacity(stayed.len() + moved.len());
        let mut rest = stayed.as_slice();
        for slot in moved {
            let at = rest.partition_point(|other| self.before(*other, slot).is_lt());
            order.extend_from_slice(&rest[..at]);
            order.push(slot);
            rest = &rest[at..];
        }
        order.extend_from_slice(rest);
        self.order = order;
    }

    /// Makes the list anew out of the order, with the cursor on `selected`.
    fn relist(&mut self, selected: Option<Slot>) {
        let line = self.cursor.saturating_sub(self.window.first);
        let listed = &self.listed;
        self.list.clear();
        self.list
            .extend(self.order.iter().filter(|slot| listed[slot.index()]));
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
