//! Sources that are waited for with futures.

use std::future::Future;
use std::time::Duration;

use super::{Chunk, Cursor, Source, SourceError};
use crate::cx::Stop;
use crate::runtime::{drive, handle};

/// The same as [`Source`] with a future, for what comes from a service or a database.
pub trait AsyncSource<T>: Send {
    /// Reads at most `size` items from `cursor` on; `None` when there are no more. The same cursor
    /// and size always cut the same items. Dropped where it waits once the task is to stop by force.
    ///
    /// # Errors
    ///
    /// When the input can't be read. The source stays usable: the same call may be made again.
    fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> impl Future<Output = Result<Option<Chunk<T>>, SourceError>> + Send;

    /// The total number of items, where it is known without reading the input.
    fn total(&self) -> Option<u64> {
        None
    }
}

/// An [`AsyncSource`] as a [`Source`].
pub struct Awaited<S>(pub S);

impl<T: Send, S: AsyncSource<T>> Source<T> for Awaited<S> {
    fn read(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Chunk<T>>, SourceError> {
        handle()?.block_on(self.0.read(cursor, size))
    }

    fn read_until(
        &mut self,
        cursor: &Cursor,
        size: usize,
        stop: &Stop,
    ) -> Result<Option<Chunk<T>>, SourceError> {
        drive(stop, Duration::ZERO, self.0.read(cursor, size))
    }

    fn total(&self) -> Option<u64> {
        self.0.total()
    }
}
