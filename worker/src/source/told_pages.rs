//! Pages: where the next one starts is known only once one is done.

use super::{Chunk, Cursor, Source, SourceError};

/// One page at any cursor: a batch of one item, an empty one. What is at the cursor, and whether another page
/// follows, is told by performing it; until then it counts as the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToldPages;

impl Source<Vec<u8>> for ToldPages {
    fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        if size == 0 {
            let input = "pages".to_owned();
            return Err(SourceError::EmptyBatch { input });
        }
        Ok(Some(Chunk {
            items: vec![Vec::new()],
            next: cursor.clone(),
            exhausted: true,
        }))
    }

    fn total(&self) -> Option<u64> {
        None
    }
}
