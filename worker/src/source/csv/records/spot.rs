//! Where a record begins, as a cursor.

use crate::source::Cursor;

/// Where a record begins: its byte, its line and its number, both of these from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) offset: u64,
    pub(super) line: u64,
    pub(super) record: u64,
}

impl Spot {
    /// `OFFSET:LINE:RECORD`, so that a person who looks at it can read it.
    pub(super) fn cursor(self) -> Cursor {
        let Self {
            offset,
            line,
            record,
        } = self;
        Cursor(format!("{offset}:{line}:{record}").into_bytes())
    }

    pub(super) fn of(cursor: &Cursor) -> Option<Self> {
        let mut parts = str::from_utf8(&cursor.0).ok()?.split(':');
        let mut number = || parts.next()?.parse().ok();
        let spot = Self {
            offset: number()?,
            line: number()?,
            record: number()?,
        };
        parts.next().is_none().then_some(spot)
    }
}
