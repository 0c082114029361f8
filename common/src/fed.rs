//! Fed tasks: what was fed to a task that has no input of its own, and how it is cut into batches.
//! Pure; the store keeps the items.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::id::BatchNumber;
use crate::spec::Rest;
use crate::time::Timestamp;

/// The longest item that is taken, in bytes.
pub const MAX_ITEM: usize = 16 << 20;
/// A chunk of so many items is full.
pub const CHUNK_ITEMS: usize = 1000;
/// A chunk of so many bytes is full.
pub const CHUNK_BYTES: usize = 1 << 20;

/// How much was fed to a task, and whether more may come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fed {
    /// Items fed so far.
    pub items: u64,
    /// When the feeding ended; None: more may come.
    pub closed_at: Option<Timestamp>,
    /// The items before this one were done with, and are kept for failed batches only.
    pub trimmed: u64,
    /// The first batch that the items from there on can belong to.
    pub trimmed_batch: BatchNumber,
    /// Batches were numbered anew: a higher number no longer means later items.
    pub renumbered: bool,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A batch of what was fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// So many items.
    Items {
        /// How many.
        count: u64,
        /// Where the next batch starts.
        next: u64,
        /// Nothing follows.
        last: bool,
    },
    /// Nothing is there now, and more may come.
    NothingYet,
    /// Nothing is there, and nothing follows.
    NoMore,
}

impl Fed {
    /// Whether more may come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// Cuts a batch of at most `size` items out of what is there; it never waits to be filled.
    #[must_use]
    pub fn cut(&self, from: u64, size: u64) -> Cut {
        let count = self.items.saturating_sub(from).min(size.max(1));
        match (count, self.is_open()) {
            (0, true) => Cut::NothingYet,
            (0, false) => Cut::NoMore,
            (_, open) => Cut::Items {
                count,
                next: from + count,
                last: !open && from + count == self.items,
            },
        }
    }
}

/// The cursor of the item with this number, counted from 0: decimal text, so that a person who looks at a
/// record can read it.
#[must_use]
pub fn cursor(item: u64) -> Vec<u8> {
    item.to_string().into_bytes()
}

/// The number of the item that a cursor means; None: it is not of a fed task.
#[must_use]
pub fn item(cursor: &[u8]) -> Option<u64> {
    if cursor.is_empty() {
        return Some(0);
    }
    str::from_utf8(cursor).ok()?.parse().ok()
}

/// Items on their way to the store, which takes them in one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    items: Vec<ByteBuf>,
    bytes: usize,
}

/// An item that is longer than [`MAX_ITEM`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is longer than {} MiB", MAX_ITEM >> 20)]
pub struct TooLong;

impl Chunk {
    /// Adds an item.
    ///
    /// # Errors
    /// [`TooLong`], and it is left out.
    pub fn push(&mut self, item: impl Into<Vec<u8>>) -> Result<(), TooLong> {
        let item = item.into();
        if item.len() > MAX_ITEM {
            return Err(TooLong);
        }
        self.bytes += item.len();
        self.items.push(ByteBuf::from(item));
        Ok(())
    }

    /// Whether it should be handed over before it gets more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.items.len() >= CHUNK_ITEMS || self.bytes >= CHUNK_BYTES
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The items.
    #[must_use]
    pub fn items(&self) -> &[ByteBuf] {
        &self.items
    }
}

#[cfg(test)]
mod tests;
