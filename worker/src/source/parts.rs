//! Parts of an input: the items of some of its batches, or some of theirs.

use longhaul_common::store::Failure;

use crate::process::Framing;

use super::{Chunk, Cursor, Source, SourceError};

/// A run of items of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// Where it starts in the whole input.
    pub(crate) cursor: Cursor,
    /// How many items it has; None: all that follow.
    pub(crate) items: Option<u64>,
    /// The places in it of those that are meant, from 0, ascending; empty: all.
    pub(crate) places: Vec<u64>,
}

impl Part {
    /// What failed of a batch.
    pub(crate) fn of(failure: &Failure) -> Self {
        Self {
            cursor: Cursor(failure.cursor.to_vec()),
            items: Some(failure.items),
            places: failure.passed.iter().map(|item| item.place).collect(),
        }
    }

    /// How many items are meant.
    fn meant(&self) -> Option<u64> {
        match self.places.len() as u64 {
            0 => self.items,
            places => Some(places),
        }
    }

    /// Behind the last item that is meant; None: it has no end.
    fn end(&self) -> Option<u64> {
        self.places.last().map(|last| last + 1).or(self.items)
    }

    fn means(&self, place: u64) -> bool {
        self.places.is_empty() || self.places.binary_search(&place).is_ok()
    }
}

/// The parts of an input, one after the other. The cursor is the number of a part, a place in it, and the
/// cursor of the whole input there.
pub(crate) struct PartsSource<T> {
    inner: Box<dyn Source<T>>,
    parts: Vec<Part>,
}

/// Where a cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct At {
    part: usize,
    place: u64,
    /// None: at the start of the part.
    inner: Option<Cursor>,
}

impl<T> PartsSource<T> {
    pub(crate) fn new(inner: Box<dyn Source<T>>, parts: Vec<Part>) -> Self {
        Self { inner, parts }
    }

    /// Reads at most `wanted` items on from a place in a part, and keeps those that are meant; gives the
    /// place behind them.
    fn read_part(&mut self, at: At, wanted: usize, items: &mut Vec<T>) -> Result<At, SourceError> {
        let part = &self.parts[at.part];
        let behind = At {
            part: at.part + 1,
            place: 0,
            inner: None,
        };
        let left = part.end().map(|end| end.saturating_sub(at.place));
        if left == Some(0) {
            return Ok(behind);
        }
        let left = left.map_or(usize::MAX, |left| {
            usize::try_from(left).unwrap_or(usize::MAX)
        });
        let cursor = at.inner.unwrap_or_else(|| part.cursor.clone());
        let Some(chunk) = self.inner.read(&cursor, wanted.min(left))? else {
            return Ok(behind);
        };
        let mut place = at.place;
        for item in chunk.items {
            if part.means(place) {
                items.push(item);
            }
            place += 1;
        }
        if part.end().is_some_and(|end| place >= end) || chunk.exhausted {
            return Ok(behind);
        }
        Ok(At {
            place,
            inner: Some(chunk.next),
            ..at
        })
    }
}

impl<T: Send> Source<T> for PartsSource<T> {
    fn read(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Chunk<T>>, SourceError> {
        if size == 0 {
            let input = IN_WORDS.to_owned();
            return Err(SourceError::EmptyBatch { input });
        }
        let mut at = At::of(cursor).ok_or_else(|| cursor.refused(IN_WORDS.to_owned()))?;
        let mut items = Vec::new();
        while items.len() < size && at.part < self.parts.len() {
            let wanted = size - items.len();
            at = self.read_part(at, wanted, &mut items)?;
        }
        Ok((!items.is_empty()).then(|| Chunk {
            items,
            next: at.cursor(),
            exhausted: at.part >= self.parts.len(),
        }))
    }

    fn head(&self) -> &[u8] {
        self.inner.head()
    }

    fn framing(&self) -> Framing {
        self.inner.framing()
    }

    fn detour(&self, cursor: &Cursor) -> Option<u64> {
        let at = At::of(cursor)?;
        let inner = at
            .inner
            .or_else(|| Some(self.parts.get(at.part)?.cursor.clone()))?;
        self.inner.detour(&inner)
    }

    fn total(&self) -> Option<u64> {
        self.parts.iter().map(Part::meant).sum()
    }
}

const IN_WORDS: &str = "the parts of an input";

impl At {
    fn of(cursor: &Cursor) -> Option<Self> {
        if cursor.0.is_empty() {
            return Some(Self {
                part: 0,
                place: 0,
                inner: None,
            });
        }
        let mut words = cursor.0.splitn(3, |byte| *byte == b':');
        let mut number = || str::from_utf8(words.next()?).ok()?.parse::<u64>().ok();
        let part = usize::try_from(number()?).ok()?;
        let place = number()?;
        let inner = words.next()?;
        Some(Self {
            part,
            place,
            inner: (!inner.is_empty()).then(|| Cursor(inner.to_vec())),
        })
    }

    fn cursor(&self) -> Cursor {
        let mut text = format!("{}:{}:", self.part, self.place).into_bytes();
        text.extend(self.inner.iter().flat_map(|inner| &inner.0));
        Cursor(text)
    }
}

/// The place of a cursor among all of an input of parts.
pub(crate) fn position(cursor: &Cursor) -> Option<u128> {
    let at = At::of(cursor)?;
    Some((at.part as u128) << 64 | u128::from(at.place))
}

#[cfg(test)]
mod tests;
