//! A walk over an input, up to places that only cursors tell.

use longhaul_common::spec::Input;

use super::ItemsError;
use crate::source::{Cursor, Source, position};

/// Reads on over an input.
pub(super) struct Walk<'a> {
    source: &'a mut dyn Source<Vec<u8>>,
    input: &'a Input,
    at: Cursor,
}

impl<'a> Walk<'a> {
    /// From the start.
    pub(super) fn new(source: &'a mut dyn Source<Vec<u8>>, input: &'a Input) -> Self {
        Self {
            source,
            input,
            at: Cursor::default(),
        }
    }

    /// Goes on from there.
    pub(super) fn go_to(&mut self, cursor: Cursor) {
        self.at = cursor;
    }

    /// Reads at most so many items; None: there are no more.
    pub(super) fn read(&mut self, size: usize) -> Result<Option<Vec<Vec<u8>>>, ItemsError> {
        let chunk = self.source.read(&self.at, size)?;
        Ok(chunk.map(|chunk| {
            self.at = chunk.next;
            chunk.items
        }))
    }

    /// Hands over the items up to a position, at most `size` at a time. How many they are is not known: who
    /// reads beyond it reads again, and less.
    pub(super) fn to<E: From<ItemsError>>(
        &mut self,
        end: u128,
        size: usize,
        mut take: impl FnMut(&[Vec<u8>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut wanted = size;
        while self.here().is_some_and(|here| here < end) {
            let chunk = self.source.read(&self.at, wanted);
            let Some(chunk) = chunk.map_err(ItemsError::from)? else {
                return Ok(());
            };
            let beyond = position(self.input, &chunk.next).is_none_or(|next| next > end);
            if beyond && chunk.items.len() > 1 {
                wanted = (chunk.items.len() / 2).max(1);
                continue;
            }
            take(&chunk.items)?;
            self.at = chunk.next;
        }
        Ok(())
    }

    fn here(&self) -> Option<u128> {
        position(self.input, &self.at)
    }
}
