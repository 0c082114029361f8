//! Feeding tasks: a service hands its requests over.

use super::Control;
use crate::fed::{Chunk, TooLong};
use crate::id::TaskNumber;
use crate::store::{Closed, NotTaken, StoreError};

/// Why items were not taken, and how many were before that.
#[derive(Clone, Debug, thiserror::Error)]
#[error("task {task} was fed {taken} items, and no more")]
pub struct FeedError {
    /// The task.
    pub task: TaskNumber,
    /// How many items of this call are durable: the first ones.
    pub taken: u64,
    /// Why not the others.
    #[source]
    pub why: Unfed,
}

/// Why items were not taken, or a feed was not closed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unfed {
    /// The rules refuse it.
    #[error("task {task}: {why}")]
    Refused {
        /// The task.
        task: TaskNumber,
        /// Why.
        #[source]
        why: NotTaken,
    },
    /// An item is too long.
    #[error("item {item} is too long")]
    TooLong {
        /// Its number in the call, from 1.
        item: u64,
        /// How long one may be.
        #[source]
        why: TooLong,
    },
    /// The store's own.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Control {
    /// Appends items to a fed task, in order, while it runs or rests; they are durable once this returns,
    /// with their number. Many are committed in several steps.
    ///
    /// ```no_run
    /// # use longhaul_common::control::Control;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let control: Control = unimplemented!();
    /// # let task = longhaul_common::id::TaskNumber(7);
    /// control.feed(task, ["resize a.png", "resize b.png"])?;
    /// control.close(task)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`FeedError`] says how many were taken all the same, and why not the others.
    pub fn feed(
        &self,
        task: TaskNumber,
        items: impl IntoIterator<Item = impl Into<Vec<u8>>>,
    ) -> Result<u64, FeedError> {
        let (mut taken, mut chunk) = (0_u64, Chunk::default());
        for item in items {
            let pushed = chunk.push(item);
            if chunk.is_full() || pushed.is_err() {
                self.feed_chunk(task, &chunk)
                    .map_err(|why| FeedError { task, taken, why })?;
                taken += std::mem::take(&mut chunk).len() as u64;
            }
            pushed.map_err(|why| FeedError {
                task,
                taken,
                why: Unfed::TooLong {
                    item: taken + 1,
                    why,
                },
            })?;
        }
        self.feed_chunk(task, &chunk)
            .map_err(|why| FeedError { task, taken, why })?;
        Ok(taken + chunk.len() as u64)
    }

    /// Appends a chunk of items, all or none; gives how many the task was fed in all. An empty one asks
    /// whether it would be taken.
    ///
    /// # Errors
    /// [`Unfed`]; nothing was taken then, except where the store says "unknown".
    pub fn feed_chunk(&self, task: TaskNumber, chunk: &Chunk) -> Result<u64, Unfed> {
        self.store()
            .feed(task, chunk)?
            .map_err(|why| Unfed::Refused { task, why })
    }

    /// Ends the feeding of a task: it completes once all is done. Closing it again changes nothing.
    ///
    /// # Errors
    /// [`Unfed`]; nothing has changed then.
    pub fn close(&self, task: TaskNumber) -> Result<Closed, Unfed> {
        self.close_because(task, None)
    }

    /// The same, and says why.
    ///
    /// # Errors
    /// [`Unfed`]; nothing has changed then.
    pub fn close_because(&self, task: TaskNumber, why: Option<&str>) -> Result<Closed, Unfed> {
        self.store()
            .close_feed(task, self.actor(), why)?
            .map_err(|why| Unfed::Refused { task, why })
    }
}
