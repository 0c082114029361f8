//! A file of items that one byte separates: what lines and NUL-separated files have in common.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::content::Content;
use super::file::Fingerprint;
use super::{Chunk, Cursor, SourceError};

/// The longest line, NUL-separated item or CSV record, in bytes, without what ends it.
pub const MAX_LINE: usize = 16 << 20;

/// What ends an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Newline,
    Nul,
}

impl Separator {
    fn byte(self) -> u8 {
        match self {
            Self::Newline => b'\n',
            Self::Nul => b'\0',
        }
    }

    /// What an item is called.
    fn item(self) -> &'static str {
        match self {
            Self::Newline => "line",
            Self::Nul => "item",
        }
    }

    fn items(self) -> &'static str {
        match self {
            Self::Newline => "lines",
            Self::Nul => "items that NUL bytes end",
        }
    }
}

/// Items without their separator, and otherwise as they are in the file; empty ones, too. A last one that
/// nothing ends counts. The cursor is a byte offset in the content.
pub(super) struct Separated {
    pub(super) content: Content,
    separator: Separator,
}

impl Separated {
    pub(super) fn open(
        path: PathBuf,
        submitted: Fingerprint,
        separator: Separator,
    ) -> Result<Self, SourceError> {
        let content = Content::open(path, submitted)?;
        Ok(Self { content, separator })
    }

    /// Counts the items of the file at `path`, from its beginning; `None` once `stop` is set.
    pub(super) fn count(
        path: &Path,
        separator: Separator,
        stop: &AtomicBool,
    ) -> Result<Option<u64>, SourceError> {
        let mut content = Content::open_as_it_is(path)?;
        let (mut ends, mut offset, mut last) = (0, 0, separator.byte());
        while !stop.load(Ordering::Relaxed) {
            let bytes = match content.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(content.unreadable(offset, error)),
            };
            let Some(end) = bytes.last() else {
                return Ok(Some(ends + u64::from(last != separator.byte())));
            };
            last = *end;
            ends += count_bytes(bytes, separator.byte());
            let read = bytes.len();
            content.consume(read);
            offset += read as u64;
        }
        Ok(None)
    }

    pub(super) fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        if size == 0 {
            let input = self.content.in_words();
            return Err(SourceError::EmptyBatch { input });
        }
        let Some(offset) = offset_of(cursor) else {
            return Err(cursor.refused(self.content.in_words()));
        };
        self.content.verify()?;
        let chunk = match self.go_to(offset) {
            Ok(Place::Valid) => self.cut(offset, size),
            Ok(Place::Invalid) => Err(cursor.refused(self.content.in_words())),
            Err(source) => Err(self.content.unreadable(offset, source)),
        };
        // Once more: what was written to meanwhile may be half old and half new, or explain an error.
        self.content.verify()?;
        chunk
    }

    pub(super) fn detour(&self, cursor: &Cursor) -> Option<u64> {
        self.content.detour(offset_of(cursor)?)
    }

    /// Puts the reader at `offset`, which must be the start of an item or the end of the file.
    fn go_to(&mut self, offset: u64) -> io::Result<Place> {
        if self.content.at() == Some(offset) {
            return Ok(Place::Valid);
        }
        let Some(before) = offset.checked_sub(1) else {
            return self.content.go_to(0).map(|()| Place::Valid);
        };
        self.content.go_to(before)?;
        let mut byte = [0];
        match self.content.read_exact(&mut byte) {
            Ok(()) if byte == [self.separator.byte()] => Ok(Place::Valid),
            // A last item that nothing ends is like this.
            Ok(()) if self.content.is_at_end()? => Ok(Place::Valid),
            Ok(()) => Ok(Place::Invalid),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Place::Invalid),
            Err(error) => Err(error),
        }
    }

    fn cut(&mut self, mut offset: u64, size: usize) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        let (mut items, mut trouble) = (Vec::new(), None);
        while items.len() < size {
            match self.read_item(offset) {
                Ok((_, 0)) => break,
                Ok((item, taken)) => {
                    items.push(item);
                    offset += taken as u64;
                }
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
            }
        }
        let exhausted = match trouble {
            Some(error) => Err(error),
            None => self
                .content
                .is_at_end()
                .map_err(|source| self.content.unreadable(offset, source)),
        };
        let exhausted = match exhausted {
            Ok(exhausted) => exhausted,
            // What comes before it can be done; the next cut meets it again.
            Err(error) if error.is_in_content() && !items.is_empty() => false,
            Err(error) => return Err(error),
        };
        Ok((!items.is_empty()).then(|| Chunk {
            items,
            next: Cursor::at(offset.into()),
            exhausted,
        }))
    }

    /// One item, and the number of bytes it takes with its end; 0 at the end of the file.
    fn read_item(&mut self, offset: u64) -> Result<(Vec<u8>, usize), SourceError> {
        let mut item = Vec::new();
        let limit = MAX_LINE as u64 + 1;
        let end = self.separator.byte();
        let taken = self
            .content
            .by_ref()
            .take(limit)
            .read_until(end, &mut item)
            .map_err(|source| self.content.unreadable(offset, source))?;
        if item.last() == Some(&end) {
            item.pop();
        } else if item.len() > MAX_LINE {
            return Err(SourceError::TooLong {
                path: self.content.path().to_owned(),
                item: self.separator.item(),
                items: self.separator.items(),
                offset,
            });
        }
        Ok((item, taken))
    }
}

fn offset_of(cursor: &Cursor) -> Option<u64> {
    cursor.position().and_then(|at| u64::try_from(at).ok())
}

enum Place {
    Valid,
    Invalid,
}

fn count_bytes(bytes: &[u8], wanted: u8) -> u64 {
    // Blocks whose count fits a byte: the compiler then compares many bytes at once.
    let block = |block: &[u8]| {
        let found: u8 = block.iter().map(|byte| u8::from(*byte == wanted)).sum();
        u64::from(found)
    };
    bytes.chunks(255).map(block).sum()
}
