//! The records of a CSV file.

mod records;
mod strict;

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use longhaul_common::spec::{CsvForm, CsvInput};
use serde::Serializer as _;
use serde::de::DeserializeOwned;

use super::file::Fingerprint;
use super::{Chunk, Cursor, Source, SourceError};
use crate::process::Framing;
use records::Records;

/// How a CSV file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvFormat {
    /// The byte between two fields.
    pub delimiter: u8,
    /// Whether the first record names the columns; it is no item then.
    pub header: bool,
}

impl Default for CsvFormat {
    fn default() -> Self {
        Self {
            delimiter: b',',
            header: true,
        }
    }
}

impl From<&CsvInput> for CsvFormat {
    fn from(input: &CsvInput) -> Self {
        Self {
            delimiter: input.delimiter,
            header: input.header,
        }
    }
}

/// A CSV file whose items are texts: each record as it is in the file, or as a JSON object.
///
/// A field in double quotes may hold delimiters, newlines and, doubled, quotes. Records end with `\n`, `\r\n` or
/// `\r`; empty lines between them are passed over, and so is a byte order mark at the beginning. All records have as
/// many fields as the first. Compressed files are read as by [`LinesSource`](super::LinesSource).
///
/// The cursor is where a record begins, with the numbers of its line and record, so that a task that is resumed
/// seeks there and still names lines. A record that is malformed ends the batch before it, and fails the next.
pub struct CsvSource {
    records: Records,
    form: CsvForm,
}

impl CsvSource {
    /// Opens the file that was submitted as `submitted`. The path should be absolute: it is looked
    /// up again before every batch.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is no regular file, or is not the one that was submitted; when its first
    /// record is malformed, or its header can't be the keys of JSON objects though the form is [`CsvForm::Json`].
    pub fn open(
        path: impl Into<PathBuf>,
        submitted: Fingerprint,
        format: CsvFormat,
        form: CsvForm,
    ) -> Result<Self, SourceError> {
        let records = Records::open(path.into(), submitted, format)?;
        if form == CsvForm::Json {
            records.has_keys()?;
        }
        Ok(Self { records, form })
    }

    /// Counts the records of the file at `path`, from its beginning; `None` once `stop` is set.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or read, is no regular file, or is malformed.
    pub fn count(
        path: &Path,
        format: CsvFormat,
        stop: &AtomicBool,
    ) -> Result<Option<u64>, SourceError> {
        Records::count(path, format, stop)
    }
}

impl Source<Vec<u8>> for CsvSource {
    fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        let form = self.form;
        self.records.read(cursor, size, |records| match form {
            CsvForm::Csv => Ok(records.raw().to_vec()),
            CsvForm::Json => object(records),
        })
    }

    fn total(&self) -> Option<u64> {
        None
    }

    fn head(&self) -> &[u8] {
        match self.form {
            CsvForm::Csv => self.records.head(),
            CsvForm::Json => &[],
        }
    }

    fn framing(&self) -> Framing {
        match self.form {
            CsvForm::Csv => self.records.framing(),
            CsvForm::Json => Framing::Lines,
        }
    }

    fn detour(&self, cursor: &Cursor) -> Option<u64> {
        self.records.detour(cursor)
    }
}

/// The record as a JSON object, in the order of the columns.
fn object(records: &Records) -> Result<Vec<u8>, SourceError> {
    let mut pairs = Vec::with_capacity(records.width());
    for (column, (key, field)) in records.names().zip(records.fields()).enumerate() {
        let key = String::from_utf8_lossy(key);
        let text = str::from_utf8(field)
            .map_err(|_| records.fault(format!("field {} is not UTF-8", column + 1)))?;
        pairs.push((key, text));
    }
    let mut json = Vec::new();
    serde_json::Serializer::new(&mut json)
        .collect_map(pairs)
        .expect("texts can be written to memory");
    Ok(json)
}

/// A CSV file whose items are values of a type that serde can make of a record: a struct whose fields are named
/// like columns, or a tuple. What [`CsvSource`] says holds here too.
pub struct CsvRows<T> {
    records: Records,
    header: Option<csv::ByteRecord>,
    makes: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> CsvRows<T> {
    /// Opens the file that was submitted as `submitted`. The path should be absolute: it is looked
    /// up again before every batch.
    ///
    /// # Errors
    ///
    /// As [`CsvSource::open`].
    pub fn open(
        path: impl Into<PathBuf>,
        submitted: Fingerprint,
        format: CsvFormat,
    ) -> Result<Self, SourceError> {
        let records = Records::open(path.into(), submitted, format)?;
        let header = format
            .header
            .then(|| records.names().collect::<csv::ByteRecord>());
        Ok(Self {
            records,
            header,
            makes: PhantomData,
        })
    }
}

impl<T: DeserializeOwned> Source<T> for CsvRows<T> {
    fn read(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Chunk<T>>, SourceError> {
        let header = self.header.as_ref();
        self.records.read(cursor, size, |records| {
            let record: csv::ByteRecord = records.fields().collect();
            record
                .deserialize(header)
                .map_err(|error| records.fault(in_words(&error)))
        })
    }

    fn total(&self) -> Option<u64> {
        None
    }

    fn detour(&self, cursor: &Cursor) -> Option<u64> {
        self.records.detour(cursor)
    }
}

/// Where it is, is said around it.
fn in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => match err.field() {
            Some(field) => format!("field {}: {}", field + 1, err.kind()),
            None => err.kind().to_string(),
        },
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
