//! What is wrong with a record, and where.

use super::{Records, count_line_ends, counted};
use crate::source::SourceError;
use crate::source::csv::strict::{QuoteFault, quote_fault};
use crate::source::separated::MAX_LINE;

impl Records {
    pub(super) fn check(&self) -> Result<(), SourceError> {
        if self.raw.contains(&b'"')
            && let Some(fault) = quote_fault(&self.raw, self.delimiter)
        {
            return Err(match fault {
                QuoteFault::Open(at) => self.fault_at(at, "a quote opens and is never closed"),
                QuoteFault::TextAfter(at) => {
                    self.fault_at(at, "a field goes on after its closing quote")
                }
            });
        }
        match self.width {
            Some(width) if width != self.width() => {
                let what = if self.names.is_empty() {
                    "first record"
                } else {
                    "header"
                };
                Err(self.fault(format!(
                    "{} where the {what} has {width}",
                    counted(self.width()),
                )))
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn too_long(&self) -> SourceError {
        let longest = MAX_LINE >> 20;
        match quote_fault(&self.raw, self.delimiter) {
            Some(QuoteFault::Open(at)) => self.fault_at(
                at,
                &format!("a quote opens and is not closed within {longest} MiB"),
            ),
            Some(QuoteFault::TextAfter(at)) => {
                self.fault_at(at, "a field goes on after its closing quote")
            }
            None => self.fault(format!("the record is longer than {longest} MiB")),
        }
    }

    pub(super) fn fault_at(&self, at: usize, what: &str) -> SourceError {
        let before = &self.raw[..at];
        let begins = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        // Bytes that go on with a character are none of their own.
        let characters = before[begins..].iter().filter(|byte| **byte & 0xc0 != 0x80);
        let column = characters.count() as u64 + 1;
        let line = self.here.line + count_line_ends(before);
        self.record_fault(line, Some(column), what.to_owned())
    }

    pub(super) fn record_fault(&self, line: u64, column: Option<u64>, what: String) -> SourceError {
        SourceError::Record {
            path: self.content.path().to_owned(),
            line,
            column,
            record: self.here.record,
            what,
        }
    }
}
