//! Record by record through a file, from any place where one begins.

mod faults;
mod spot;

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::CsvFormat;
use crate::process::Framing;
use crate::source::content::Content;
use crate::source::separated::MAX_LINE;
use crate::source::{Chunk, Cursor, Fingerprint, SourceError};
use spot::Spot;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The records of a file. What was read last is kept until the next one.
pub(super) struct Records {
    content: Content,
    delimiter: u8,
    parser: Reader,
    /// The record that names the columns, with its end.
    head: Vec<u8>,
    names: Vec<Vec<u8>>,
    /// How many fields each record has; None: there is none at all.
    width: Option<usize>,
    framing: Framing,
    /// Where the first item is.
    first: Spot,
    /// Where the last record that was read begins, and where the next one does.
    here: Spot,
    next: Spot,
    raw: Vec<u8>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
}

impl Records {
    pub(super) fn open(
        path: PathBuf,
        submitted: Fingerprint,
        format: CsvFormat,
    ) -> Result<Self, SourceError> {
        Self::of(Content::open(path, submitted)?, format)
    }

    fn of(content: Content, format: CsvFormat) -> Result<Self, SourceError> {
        let start = Spot {
            offset: 0,
            line: 1,
            record: 1,
        };
        let mut records = Self {
            content,
            delimiter: format.delimiter,
            parser: between(format.delimiter),
            head: Vec::new(),
            names: Vec::new(),
            width: None,
            framing: Framing::Lines,
            first: start,
            here: start,
            next: start,
            raw: Vec::new(),
            fields: vec![0; 1024],
            ends: vec![0; 64],
            filled: 0,
        };
        records.begin(format)?;
        Ok(records)
    }

    /// Reads the first record, which says how many fields all have.
    fn begin(&mut self, format: CsvFormat) -> Result<(), SourceError> {
        let unreadable = |content: &Content, error| content.unreadable(0, error);
        let mut start = Vec::new();
        let mut mark = self.content.by_ref().take(BYTE_ORDER_MARK.len() as u64);
        mark.read_to_end(&mut start)
            .map_err(|error| unreadable(&self.content, error))?;
        if start == BYTE_ORDER_MARK {
            self.next.offset = BYTE_ORDER_MARK.len() as u64;
        }
        self.content
            .go_to(self.next.offset)
            .map_err(|error| unreadable(&self.content, error))?;
        self.pass_line_ends(false)
            .map_err(|error| unreadable(&self.content, error))?;
        self.first = self.next;
        if !self.advance()? {
            return Ok(());
        }
        self.width = Some(self.width());
        if format.header {
            self.names = self.fields().map(<[u8]>::to_vec).collect();
            self.head.clone_from(&self.raw);
            self.head.extend_from_slice(self.framing.end());
            self.first = Spot {
                record: 1,
                ..self.next
            };
        }
        Ok(())
    }

    pub(super) fn count(
        path: &Path,
        format: CsvFormat,
        stop: &AtomicBool,
    ) -> Result<Option<u64>, SourceError> {
        let mut records = Self::of(Content::open_as_it_is(path)?, format)?;
        records.go_to(records.first)?;
        let mut count = 0;
        while !stop.load(Ordering::Relaxed) {
            if !records.advance()? {
                return Ok(Some(count));
            }
            count += 1;
        }
        Ok(None)
    }

    /// At most `size` records from `cursor` on, each made an item by `make`.
    pub(super) fn read<T>(
        &mut self,
        cursor: &Cursor,
        size: usize,
        mut make: impl FnMut(&Self) -> Result<T, SourceError>,
    ) -> Result<Option<Chunk<T>>, SourceError> {
        if size == 0 {
            let input = self.content.in_words();
            return Err(SourceError::EmptyBatch { input });
        }
        let Some(spot) = self.spot(cursor) else {
            return Err(cursor.refused(self.content.in_words()));
        };
        self.content.verify()?;
        let chunk = self.go_to(spot).and_then(|place| match place {
            Place::Valid => self.cut(size, &mut make),
            Place::Invalid => Err(cursor.refused(self.content.in_words())),
        });
        // Once more: what was written to meanwhile may be half old and half new, or explain an error.
        self.content.verify()?;
        chunk
    }

    fn spot(&self, cursor: &Cursor) -> Option<Spot> {
        if cursor.0.is_empty() {
            return Some(self.first);
        }
        Spot::of(cursor).filter(|spot| spot.offset >= self.first.offset)
    }

    pub(super) fn detour(&self, cursor: &Cursor) -> Option<u64> {
        self.content.detour(self.spot(cursor)?.offset)
    }

    fn cut<T>(
        &mut self,
        size: usize,
        make: &mut impl FnMut(&Self) -> Result<T, SourceError>,
    ) -> Result<Option<Chunk<T>>, SourceError> {
        let (mut items, mut next, mut trouble) = (Vec::new(), self.next, None);
        while items.len() < size {
            let made = match self.advance() {
                Ok(false) => break,
                Ok(true) => make(self),
                Err(error) => Err(error),
            };
            match made {
                Ok(item) => items.push(item),
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
            }
            next = self.next;
        }
        let exhausted = match trouble {
            Some(error) => Err(error),
            None => self
                .content
                .is_at_end()
                .map_err(|error| self.content.unreadable(next.offset, error)),
        };
        let exhausted = match exhausted {
            Ok(exhausted) => exhausted,
            // What comes before it can be done; the next cut meets it again.
            Err(error) if error.is_in_content() && !items.is_empty() => false,
            Err(error) => return Err(error),
        };
        Ok((!items.is_empty()).then(|| Chunk {
            items,
            next: next.cursor(),
            exhausted,
        }))
    }

    /// Stands where a record begins, or at the end.
    fn go_to(&mut self, spot: Spot) -> Result<Place, SourceError> {
        self.next = spot;
        if self.content.at() == Some(spot.offset) {
            return Ok(Place::Valid);
        }
        self.parser = between(self.delimiter);
        let unreadable = |content: &Content, error| content.unreadable(spot.offset, error);
        if spot.offset == self.first.offset {
            self.content
                .go_to(spot.offset)
                .map_err(|error| unreadable(&self.content, error))?;
            return Ok(Place::Valid);
        }
        let mut before = [0];
        let read = self
            .content
            .go_to(spot.offset.saturating_sub(1))
            .and_then(|()| self.content.read(&mut before))
            .map_err(|error| unreadable(&self.content, error))?;
        let at_end = self
            .content
            .is_at_end()
            .map_err(|error| unreadable(&self.content, error))?;
        if read == 1 && (at_end || matches!(before, [b'\n' | b'\r'])) {
            Ok(Place::Valid)
        } else {
            Ok(Place::Invalid)
        }
    }

    /// Reads the next record; false: there is none.
    fn advance(&mut self) -> Result<bool, SourceError> {
        self.here = self.next;
        let start = self.here.offset;
        self.raw.clear();
        let (mut used, mut ended) = (0, 0);
        let at_end = loop {
            let input = match self.content.fill_buf() {
                Ok(input) => input,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.content.unreadable(start, error)),
            };
            let is_end = input.is_empty();
            let (result, read, wrote, found) =
                self.parser
                    .read_record(input, &mut self.fields[used..], &mut self.ends[ended..]);
            self.raw.extend_from_slice(&input[..read]);
            self.content.consume(read);
            used += wrote;
            ended += found;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break is_end,
                ReadRecordResult::End => return Ok(false),
            }
            if self.raw.len() > MAX_LINE {
                return Err(self.too_long());
            }
        };
        self.filled = ended;
        let end = if at_end { None } else { self.raw.pop() };
        self.next.offset = self.content.at().unwrap_or(start);
        self.next.line += count_line_ends(&self.raw) + u64::from(end.is_some());
        self.next.record += 1;
        self.pass_line_ends(end == Some(b'\r'))
            .map_err(|error| self.content.unreadable(start, error))?;
        self.check()?;
        Ok(true)
    }

    /// Passes over what ends a record and empty lines, so that the next record begins here.
    fn pass_line_ends(&mut self, mut after_return: bool) -> io::Result<()> {
        if self.width.is_none() && after_return {
            // The first record says how all end.
            self.framing = match self.content.fill_buf()?.first() {
                Some(b'\n') => Framing::CrLf,
                _ => Framing::Lines,
            };
        }
        loop {
            let bytes = match self.content.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let passed = bytes
                .iter()
                .take_while(|byte| matches!(byte, b'\n' | b'\r'))
                .count();
            for byte in &bytes[..passed] {
                if !(after_return && *byte == b'\n') {
                    self.next.line += 1;
                }
                after_return = *byte == b'\r';
            }
            let more = passed == bytes.len() && passed > 0;
            self.content.consume(passed);
            self.next.offset += passed as u64;
            if !more {
                return Ok(());
            }
        }
    }

    /// What is wrong with the record that was read last.
    pub(super) fn fault(&self, what: String) -> SourceError {
        self.record_fault(self.here.line, None, what)
    }

    /// The record as it is in the file, without what ends it.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// How many fields the record has.
    pub(super) fn width(&self) -> usize {
        self.filled
    }

    /// The fields of the record, unquoted.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends[..self.filled].iter().map(move |end| {
            let field = &self.fields[from..*end];
            from = *end;
            field
        })
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(Vec::as_slice)
    }

    /// The header with what ends it; empty where there is none.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// How records end.
    pub(super) fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether the header can be keys.
    pub(super) fn has_keys(&self) -> Result<(), SourceError> {
        for (column, name) in self.names.iter().enumerate() {
            let shown = String::from_utf8_lossy(name);
            if self.names[..column].contains(name) {
                return Err(self.record_fault(
                    1,
                    None,
                    format!("two columns of the header are named {shown:?}, and an object has each key once"),
                ));
            }
            if str::from_utf8(name).is_err() {
                let what = format!("the name of column {} is not UTF-8", column + 1);
                return Err(self.record_fault(1, None, what));
            }
        }
        Ok(())
    }
}

/// A parser that stands between two records. Always built: a copy of one parses otherwise.
fn between(delimiter: u8) -> Reader {
    let mut parser = ReaderBuilder::new().delimiter(delimiter).build();
    // It passes over a byte order mark at what it takes for the beginning, which is anywhere.
    parser.read_record(b"\n", &mut [0], &mut [0]);
    parser
}

enum Place {
    Valid,
    Invalid,
}

fn count_line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn counted(fields: usize) -> String {
    match fields {
        1 => "1 field".into(),
        fields => format!("{fields} fields"),
    }
}

#[cfg(test)]
mod tests;
