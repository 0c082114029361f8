//! A line of a log: written strictly, read leniently.

use std::fmt;
use std::io::Write as _;

use jiff::Timestamp;

/// The longest text of one line, in bytes. A longer one goes on in the next line.
pub(super) const LONGEST_TEXT: usize = 16 * 1024;
const LONGEST_SOURCE: usize = 64;

/// Where a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// Longhaul itself.
    Sys,
}

impl Stream {
    /// `out`, `err` or `sys`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::Err => "err",
            Self::Sys => "sys",
        }
    }

    fn parse(word: &[u8]) -> Option<Self> {
        [Self::Out, Self::Err, Self::Sys]
            .into_iter()
            .find(|stream| stream.as_str().as_bytes() == word)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What one line of a log says. Its text and its source are as hostile as the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// When; unknown if the line is damaged.
    pub at: Option<Timestamp>,
    /// The batch or the hook; empty if the line is damaged.
    pub source: &'a str,
    /// The stream; [`Stream::Out`] if the line is damaged.
    pub stream: Stream,
    /// The text, without the end of the line; all there is if the line is damaged.
    pub text: &'a [u8],
}

/// Reads one line, with or without its line end. A line that does not begin as ours do is all
/// text.
#[must_use]
pub fn parse_line(line: &[u8]) -> LogLine<'_> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    parse_whole(line).unwrap_or(LogLine {
        at: None,
        source: "",
        stream: Stream::Out,
        text: line,
    })
}

fn parse_whole(line: &[u8]) -> Option<LogLine<'_>> {
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let at = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let source = std::str::from_utf8(words.next()?).ok()?;
    let stream = Stream::parse(words.next()?)?;
    Some(LogLine {
        at: Some(at),
        source,
        stream,
        text: words.next().unwrap_or_default(),
    })
}

/// Appends a text as one line, or as several where it holds line ends or is too long.
pub(super) fn push(buffer: &mut Vec<u8>, at: Timestamp, source: &str, stream: Stream, text: &[u8]) {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    for line in text.split(|byte| *byte == b'\n') {
        let mut rest = line.strip_suffix(b"\r").unwrap_or(line);
        loop {
            let (piece, more) = rest.split_at(piece_length(rest));
            push_one(buffer, at, source, stream, piece);
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
    }
}

fn push_one(buffer: &mut Vec<u8>, at: Timestamp, source: &str, stream: Stream, text: &[u8]) {
    // Writing to a vector can't fail.
    let _ = write!(buffer, "{at:.3} ");
    let start = buffer.len();
    for letter in source.chars() {
        if buffer.len() - start + letter.len_utf8() > LONGEST_SOURCE {
            break;
        }
        let strange = letter.is_whitespace() || letter.is_control();
        let letter = if strange { '_' } else { letter };
        buffer.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
    if buffer.len() == start {
        buffer.push(b'-');
    }
    let _ = write!(buffer, " {stream} ");
    buffer.extend_from_slice(text);
    buffer.push(b'\n');
}

/// How much of a text goes on one line: no character is cut in two.
fn piece_length(text: &[u8]) -> usize {
    if text.len() <= LONGEST_TEXT {
        return text.len();
    }
    let is_start = |at: &usize| text[*at] & 0b1100_0000 != 0b1000_0000;
    (LONGEST_TEXT - 3..=LONGEST_TEXT)
        .rev()
        .find(is_start)
        .unwrap_or(LONGEST_TEXT)
}
