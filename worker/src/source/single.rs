//! No input at all: the task is one batch.

use super::{Chunk, Cursor, Source, SourceError};

/// Exactly one item, an empty one, for a task that has no input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SingleSource;

const IN_WORDS: &str = "a task without input";

impl Source<Vec<u8>> for SingleSource {
    fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        if size == 0 {
            let input = IN_WORDS.to_owned();
            return Err(SourceError::EmptyBatch { input });
        }
        match cursor.position() {
            Some(0) => Ok(Some(Chunk {
                items: vec![Vec::new()],
                next: Cursor::at(1),
                exhausted: true,
            })),
            Some(1) => Ok(None),
            _ => Err(cursor.refused(IN_WORDS.to_owned())),
        }
    }

    fn total(&self) -> Option<u64> {
        Some(1)
    }
}

#[cfg(test)]
mod tests;
