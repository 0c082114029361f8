//! The content of an input file: its bytes, decompressed where it is compressed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::SourceError;
use super::file::{self, Fingerprint};

/// How much is read at once.
pub(super) const BUFFER: usize = 128 << 10;

/// A file to read from any place of its content.
pub(super) struct Content {
    path: PathBuf,
    submitted: Fingerprint,
    /// The reader has a copy of it, which shares its offset.
    file: File,
    form: Form,
    reader: Reader,
    /// Where the reader stands; unknown after an error.
    at: Option<u64>,
}

enum Reader {
    Plain(BufReader<File>),
    Packed(BufReader<Box<dyn Read + Send>>),
}

/// How a file keeps its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Gzip,
    Zstd,
}

impl Form {
    /// Told by the first bytes, whatever the file's name.
    fn of(start: &[u8]) -> Self {
        match *start {
            [0x1f, 0x8b, 8, _] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Self::Zstd,
            // A frame to be passed over, which is how some programs begin.
            [first, 0x2a, 0x4d, 0x18] if first & 0xf0 == 0x50 => Self::Zstd,
            _ => Self::Plain,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

impl Content {
    /// Opens the file that was submitted as `submitted`, at its beginning.
    pub(super) fn open(path: PathBuf, submitted: Fingerprint) -> Result<Self, SourceError> {
        let file = file::open_submitted(&path, &submitted)?;
        Self::of(path, file, submitted)
    }

    /// Opens whatever file is there now.
    pub(super) fn open_as_it_is(path: &Path) -> Result<Self, SourceError> {
        let (file, now) = file::open(path)?;
        Self::of(path.to_owned(), file, now)
    }

    fn of(path: PathBuf, file: File, submitted: Fingerprint) -> Result<Self, SourceError> {
        let opened = || -> io::Result<(File, Form, Reader)> {
            let mut file = file;
            let mut start = Vec::new();
            file.by_ref().take(4).read_to_end(&mut start)?;
            let form = Form::of(&start);
            let reader = Reader::of(&mut file, form)?;
            Ok((file, form, reader))
        };
        match opened() {
            Ok((file, form, reader)) => Ok(Self {
                path,
                submitted,
                file,
                form,
                reader,
                at: Some(0),
            }),
            Err(source) => Err(SourceError::Read {
                path,
                offset: 0,
                source,
            }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn in_words(&self) -> String {
        format!("the input {}", self.path.display())
    }

    /// The open file, whose offset is that of the reader.
    #[cfg(test)]
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Whether the file is still the one that was submitted.
    pub(super) fn verify(&self) -> Result<(), SourceError> {
        file::verify(&self.file, &self.path, &self.submitted)
    }

    /// Where it stands.
    pub(super) fn at(&self) -> Option<u64> {
        self.at
    }

    /// Stands at `offset` then, or at the end if that comes before. In a plain file the offset may also lie
    /// beyond the end, where nothing is to be read.
    pub(super) fn go_to(&mut self, offset: u64) -> io::Result<()> {
        let stands = self.at.take();
        if stands == Some(offset) {
            self.at = stands;
            return Ok(());
        }
        match &mut self.reader {
            Reader::Plain(reader) => {
                reader.seek(SeekFrom::Start(offset))?;
                self.at = Some(offset);
            }
            Reader::Packed(_) => {
                let start = match stands {
                    Some(at) if at <= offset => at,
                    Some(_) | None => {
                        self.reader = Reader::of(&mut self.file, self.form)?;
                        0
                    }
                };
                let ahead = &mut self.reader.by_ref().take(offset - start);
                let passed = io::copy(ahead, &mut io::sink())?;
                self.at = Some(start + passed);
            }
        }
        Ok(())
    }

    /// How many bytes of content are decompressed only to get to `offset`; None: it can be gone to at once.
    pub(super) fn detour(&self, offset: u64) -> Option<u64> {
        let ahead = match (self.form, self.at) {
            (Form::Plain, _) => 0,
            (Form::Gzip | Form::Zstd, Some(at)) if at <= offset => offset - at,
            (Form::Gzip | Form::Zstd, _) => offset,
        };
        (ahead > 0).then_some(ahead)
    }

    pub(super) fn is_at_end(&mut self) -> io::Result<bool> {
        loop {
            match self.fill_buf() {
                Ok(bytes) => return Ok(bytes.is_empty()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What an error of reading means, met in what begins at `offset`.
    pub(super) fn unreadable(&self, offset: u64, source: io::Error) -> SourceError {
        let path = self.path.clone();
        // What the system refused has a number; what can't be decompressed has none.
        if self.form != Form::Plain && source.raw_os_error().is_none() {
            let form = self.form.name();
            return SourceError::Corrupt {
                path,
                form,
                offset,
                source,
            };
        }
        SourceError::Read {
            path,
            offset,
            source,
        }
    }
}

impl Reader {
    /// From the file's beginning on.
    fn of(file: &mut File, form: Form) -> io::Result<Self> {
        file.rewind()?;
        let theirs = file.try_clone()?;
        let packed = || BufReader::with_capacity(BUFFER, theirs);
        let reader: Box<dyn Read + Send> = match form {
            Form::Plain => return Ok(Self::Plain(packed())),
            Form::Gzip => Box::new(MultiGzDecoder::new(packed())),
            Form::Zstd => Box::new(zstd::Decoder::with_buffer(packed())?),
        };
        Ok(Self::Packed(BufReader::with_capacity(BUFFER, reader)))
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Packed(reader) => reader.read(buffer),
        }
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut there = self.fill_buf()?;
        let read = there.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Content {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let filled = match &mut self.reader {
            Reader::Plain(reader) => reader.fill_buf(),
            Reader::Packed(reader) => reader.fill_buf(),
        };
        if let Err(error) = &filled
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.at = None;
        }
        filled
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.at.map(|at| at + amount as u64);
        match &mut self.reader {
            Reader::Plain(reader) => reader.consume(amount),
            Reader::Packed(reader) => reader.consume(amount),
        }
    }
}

#[cfg(test)]
mod tests;
