//! The order of all tasks, kept as they change without sorting them anew.

use super::rows::{Rows, Slot};
use super::sort::{Key, Sort};
use crate::dashboard::row::Row;

/// All tasks in order. While that is frozen new ones come last.
#[derive(Default)]
pub(super) struct Order {
    slots: Vec<Slot>,
    /// By slot: where it stands among the others.
    keys: Vec<Key>,
    sort: Sort,
    motion: Motion,
}

/// Whether rows move as they change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Motion {
    #[default]
    Sorted,
    Frozen,
}

impl Order {
    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn sort(&self) -> Sort {
        self.sort
    }

    pub(super) fn motion(&self) -> Motion {
        self.motion
    }

    pub(super) fn freeze(&mut self) {
        self.motion = Motion::Frozen;
    }

    /// A row that is new: to be merged in.
    pub(super) fn enter(&mut self, slot: Slot, row: &Row) {
        if slot.index() >= self.keys.len() {
            self.keys.resize(slot.index() + 1, Key::default());
        }
        self.keys[slot.index()] = self.sort.key(row);
    }

    /// A row that changed; whether it has to be merged in anew.
    pub(super) fn change(&mut self, slot: Slot, row: &Row) -> bool {
        let key = self.sort.key(row);
        let before = std::mem::replace(&mut self.keys[slot.index()], key);
        self.motion == Motion::Sorted && before != key
    }

    /// Leaves out what is there no more.
    pub(super) fn prune(&mut self, rows: &Rows) {
        self.slots.retain(|slot| rows.get(*slot).is_some());
    }

    /// Forgets all tasks.
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.keys.clear();
    }

    /// Sorts by something else; a frozen order is let go.
    pub(super) fn sort_by(&mut self, sort: Sort, rows: &Rows) {
        self.sort = sort;
        self.motion = Motion::Sorted;
        let mut slots = std::mem::take(&mut self.slots);
        for slot in &slots {
            if let Some(row) = rows.get(*slot) {
                self.keys[slot.index()] = sort.key(row);
            }
        }
        self.put_in_order(&mut slots, rows);
        self.slots = slots;
    }

    /// Takes those that moved out of the order and puts them where they belong now.
    pub(super) fn merge(&mut self, mut moved: Vec<Slot>, rows: &Rows) {
        let mut moves = vec![false; rows.slots()];
        // One that is told of twice moves once.
        moved.retain(|slot| !std::mem::replace(&mut moves[slot.index()], true));
        self.put_in_order(&mut moved, rows);
        let mut stayed = std::mem::take(&mut self.slots);
        stayed.retain(|slot| !moves[slot.index()]);
        if self.motion == Motion::Frozen {
            stayed.extend(moved);
            self.slots = stayed;
            return;
        }
        let mut slots = Vec::with_capacity(stayed.len() + moved.len());
        let mut rest = stayed.as_slice();
        for slot in moved {
            let at = rest.partition_point(|other| self.is_before(*other, slot, rows));
            slots.extend_from_slice(&rest[..at]);
            slots.push(slot);
            rest = &rest[at..];
        }
        slots.extend_from_slice(rest);
        self.slots = slots;
    }

    fn is_before(&self, one: Slot, other: Slot, rows: &Rows) -> bool {
        let keys = self.keys[one.index()].cmp(&self.keys[other.index()]);
        keys.then_with(|| match (rows.get(one), rows.get(other)) {
            (Some(one), Some(other)) => self.sort.tie(one, other),
            (one, other) => one.is_some().cmp(&other.is_some()),
        })
        .is_lt()
    }

    /// Sorts. Keys lie together, rows are all over the memory: texts are brought together first.
    fn put_in_order(&self, slots: &mut [Slot], rows: &Rows) {
        if !self.sort.by.is_text() {
            slots.sort_unstable_by_key(|slot| self.keys[slot.index()]);
            return;
        }
        slots.sort_by_cached_key(|slot| {
            let standing = rows.get(*slot).map(|row| self.sort.standing(row));
            (self.keys[slot.index()], standing)
        });
    }
}
