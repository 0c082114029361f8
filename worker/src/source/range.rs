//! A range of whole numbers.

use std::fmt;
use std::str::FromStr;

use super::{Chunk, Cursor, Source, SourceError};

/// The whole numbers from A to B, both included, as a shell's `{A..B}`: downwards if A is the
/// greater, and all of one width if either end is written with a leading zero. An item is the
/// decimal text of a number; the cursor is a position, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeSource {
    first: i64,
    last: i64,
    /// The least number of characters of an item, filled up with zeros.
    width: usize,
}

impl RangeSource {
    /// The first and the last number, and the width to which numbers are filled up with zeros.
    #[must_use]
    pub fn parts(&self) -> (i64, i64, usize) {
        (self.first, self.last, self.width)
    }

    /// The same, filled up with zeros to `width` characters.
    #[must_use]
    pub fn filled_up(mut self, width: usize) -> Self {
        self.width = width;
        self
    }

    /// The numbers from `first` to `last`, not filled up.
    #[must_use]
    pub fn new(first: i64, last: i64) -> Self {
        Self {
            first,
            last,
            width: 0,
        }
    }

    /// Reads `A..B`.
    ///
    /// # Errors
    ///
    /// When it is no range of whole numbers that fit 64 bits.
    pub fn parse(text: &str) -> Result<Self, ParseRangeError> {
        let malformed = || ParseRangeError::Malformed {
            range: text.to_owned(),
        };
        let (first, last) = text.split_once("..").ok_or_else(malformed)?;
        if last.contains("..") {
            let range = text.to_owned();
            return Err(ParseRangeError::Step { range });
        }
        if first.is_empty() || last.is_empty() {
            return Err(malformed());
        }
        let width = if is_padded(first) || is_padded(last) {
            first.len().max(last.len())
        } else {
            0
        };
        Ok(Self {
            first: number(first, text)?,
            last: number(last, text)?,
            width,
        })
    }

    /// Exceeds 64 bits for the widest range alone.
    fn len(&self) -> u128 {
        u128::from(self.first.abs_diff(self.last)) + 1
    }

    fn item(&self, position: u128) -> Vec<u8> {
        let first = i128::from(self.first);
        // Below 2^64, since it is below `len`.
        let distance = position.cast_signed();
        let number = if self.first <= self.last {
            first + distance
        } else {
            first - distance
        };
        let width = self.width;
        format!("{number:0width$}").into_bytes()
    }

    fn in_words(&self) -> String {
        format!("the range {self}")
    }
}

impl Source<Vec<u8>> for RangeSource {
    fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        if size == 0 {
            let input = self.in_words();
            return Err(SourceError::EmptyBatch { input });
        }
        let len = self.len();
        let start = match cursor.position() {
            Some(position) if position < len => position,
            Some(position) if position == len => return Ok(None),
            _ => return Err(cursor.refused(self.in_words())),
        };
        let end = len.min(start + size as u128);
        Ok(Some(Chunk {
            items: (start..end).map(|position| self.item(position)).collect(),
            next: Cursor::at(end),
            exhausted: end == len,
        }))
    }

    fn total(&self) -> Option<u64> {
        u64::try_from(self.len()).ok()
    }
}

impl fmt::Display for RangeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, width } = self;
        write!(f, "{first:0width$}..{last:0width$}")
    }
}

impl FromStr for RangeSource {
    type Err = ParseRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseRangeError {
    /// It is not two ends with two dots between.
    #[error("{range:?} is not a range; write A..B, both ends included, for example 1..200")]
    Malformed {
        /// The text.
        range: String,
    },
    /// A third part, which is a step to a shell.
    #[error("the range {range:?} has a step; write A..B, which goes by ones")]
    Step {
        /// The text.
        range: String,
    },
    /// An end is not a number, or too large a one.
    #[error(
        "{end:?} in the range {range:?} is not a whole number between {} and {}; write A..B, both ends included, for example 1..200",
        i64::MIN,
        i64::MAX
    )]
    NotANumber {
        /// The end.
        end: String,
        /// The whole text.
        range: String,
    },
}

/// Sign and digits of the smallest number, and the longest item that zeros may make.
const LONGEST: usize = 20;

fn number(end: &str, range: &str) -> Result<i64, ParseRangeError> {
    end.parse()
        .ok()
        .filter(|_| end.len() <= LONGEST)
        .ok_or_else(|| ParseRangeError::NotANumber {
            end: end.to_owned(),
            range: range.to_owned(),
        })
}

fn is_padded(end: &str) -> bool {
    let digits = end.trim_start_matches(['-', '+']);
    digits.len() > 1 && digits.starts_with('0')
}

#[cfg(test)]
mod tests;
