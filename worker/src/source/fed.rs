//! What was fed to a task, read from the store.

use longhaul_common::fed;
use longhaul_common::id::TaskNumber;
use longhaul_common::store::Store;

use super::{Chunk, Cursor, Source, SourceError};

/// Makes an item out of the bytes that were fed, or says what is wrong with them.
pub(crate) type Make<T> = fn(Vec<u8>) -> Result<T, String>;

/// The items of a fed task. The cursor is the number of an item, counted from 0. Read by those who perform
/// batches, which are planned: how many there are is known to whoever plans.
pub(crate) struct FedSource<T> {
    store: Store,
    task: TaskNumber,
    make: Make<T>,
}

impl<T> FedSource<T> {
    pub(crate) fn new(store: Store, task: TaskNumber, make: Make<T>) -> Self {
        Self { store, task, make }
    }
}

/// The number of the item that a cursor means.
pub(crate) fn fed_item(cursor: &Cursor) -> Result<u64, SourceError> {
    fed::item(&cursor.0).ok_or_else(|| cursor.refused("what was fed".to_owned()))
}

impl<T> Source<T> for FedSource<T> {
    fn read(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Chunk<T>>, SourceError> {
        if size == 0 {
            let input = "what was fed".to_owned();
            return Err(SourceError::EmptyBatch { input });
        }
        let first = fed_item(cursor)?;
        let items = self.store.fed_items(self.task, first, size)?;
        if items.is_empty() {
            let (task, item) = (self.task, first + 1);
            return Err(SourceError::Gone { task, item });
        }
        let next = Cursor(fed::cursor(first + items.len() as u64));
        let items = (first + 1..)
            .zip(items)
            .map(|(item, bytes)| {
                (self.make)(bytes).map_err(|what| SourceError::Malformed { item, what })
            })
            .collect::<Result<_, _>>()?;
        Ok(Some(Chunk {
            items,
            next,
            exhausted: false,
        }))
    }

    fn total(&self) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests;
