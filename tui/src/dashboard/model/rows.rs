//! The rows of all tasks that are known, each in a slot that it keeps.

use std::collections::HashMap;

use longhaul_common::id::TaskNumber;

use crate::dashboard::row::Row;

/// Where a row is. Small, since lists are made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

impl Slot {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Rows by slot and by number.
#[derive(Default)]
pub(super) struct Rows {
    slots: Vec<Option<Row>>,
    free: Vec<Slot>,
    by_number: HashMap<TaskNumber, Slot>,
}

impl Rows {
    /// Puts a row in its slot; gives what was there of the same task.
    pub(super) fn put(&mut self, row: Row) -> (Slot, Option<Row>) {
        if let Some(slot) = self.by_number.get(&row.number) {
            return (*slot, self.slots[slot.index()].replace(row));
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            Slot(u32::try_from(self.slots.len() - 1).expect("fewer tasks than fit in memory"))
        });
        self.by_number.insert(row.number, slot);
        self.slots[slot.index()] = Some(row);
        (slot, None)
    }

    pub(super) fn remove(&mut self, number: TaskNumber) -> Option<Row> {
        let slot = self.by_number.remove(&number)?;
        self.free.push(slot);
        self.slots[slot.index()].take()
    }

    pub(super) fn slot(&self, number: TaskNumber) -> Option<Slot> {
        self.by_number.get(&number).copied()
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Row> {
        self.slots.get(slot.index())?.as_ref()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.slots.iter().flatten()
    }

    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// How many slots there are, free ones too.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }
}
