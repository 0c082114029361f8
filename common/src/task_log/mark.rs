//! The first line of a shortened log, which says what was dropped since the log began.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use jiff::Timestamp;

use super::line::{Stream, parse_line, push};

/// The source of lines that longhaul itself has to say about a log.
pub(super) const SOURCE: &str = "longhaul";
const START: &str = "log: ";
const END: &str = " lines) dropped, the oldest first";
const LONGEST: usize = 256;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The length of the line that says so; zero if nothing was dropped yet.
    pub(super) length: u64,
    /// The bytes dropped.
    pub(super) bytes: u64,
    /// The lines dropped.
    pub(super) lines: u64,
}

impl Mark {
    /// The mark of a log, as far as its first line is one.
    pub(super) fn read(file: &File) -> io::Result<Self> {
        let mut head = [0; LONGEST];
        let got = file.read_at(&mut head, 0)?;
        let line = head[..got].split_inclusive(|byte| *byte == b'\n').next();
        Ok(line.and_then(Self::parse).unwrap_or_default())
    }

    fn parse(line: &[u8]) -> Option<Self> {
        let said = parse_line(line.strip_suffix(b"\n")?);
        if said.source != SOURCE || said.stream != Stream::Sys {
            return None;
        }
        let text = std::str::from_utf8(said.text).ok()?;
        let (bytes, lines) = text
            .strip_prefix(START)?
            .strip_suffix(END)?
            .split_once(" bytes (")?;
        Some(Self {
            length: u64::try_from(line.len()).ok()?,
            bytes: bytes.parse().ok()?,
            lines: lines.parse().ok()?,
        })
    }

    /// The line that says so.
    pub(super) fn line(&self, at: Timestamp) -> Vec<u8> {
        let text = format!("{START}{} bytes ({}{END}", self.bytes, self.lines);
        let mut line = Vec::with_capacity(LONGEST);
        push(&mut line, at, SOURCE, Stream::Sys, text.as_bytes());
        line
    }
}
