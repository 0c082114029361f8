//! A stream of bytes as items.

use longhaul_common::fed::MAX_ITEM;

use crate::exit::Failure;

/// Cuts a stream into items, however it comes. A last item without its end counts; an empty stream has
/// none.
pub(super) struct Splitter {
    delimiter: u8,
    partial: Vec<u8>,
}

type Take<'a> = dyn FnMut(Vec<u8>) -> Result<(), Failure> + 'a;

impl Splitter {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            partial: Vec::new(),
        }
    }

    /// Hands over every item that is whole now. One that is too long is handed over in part, to be
    /// refused before it fills the memory.
    pub(super) fn push(&mut self, mut bytes: &[u8], take: &mut Take<'_>) -> Result<(), Failure> {
        while let Some(end) = bytes.iter().position(|byte| *byte == self.delimiter) {
            let mut item = std::mem::take(&mut self.partial);
            item.extend_from_slice(&bytes[..end]);
            take(item)?;
            bytes = &bytes[end + 1..];
        }
        self.partial.extend_from_slice(bytes);
        if self.partial.len() > MAX_ITEM {
            return take(std::mem::take(&mut self.partial));
        }
        Ok(())
    }

    /// The stream has ended.
    pub(super) fn finish(self, take: &mut Take<'_>) -> Result<(), Failure> {
        if self.partial.is_empty() {
            return Ok(());
        }
        take(self.partial)
    }
}

#[cfg(test)]
mod tests;
