//! Lines of a task's log.

use std::borrow::Cow;
use std::fmt::Write as _;

use longhaul_common::safe_text::{safe, safe_output};
use longhaul_common::task_log::{LogLine, Stream};
use longhaul_common::time::Timestamp;
use serde::Serialize;

use super::clock::Clock;
use super::paint::{Paint, Tone};

/// As many columns as a time takes.
const TIME: usize = 19;

/// A line for people, in parts that are safe.
pub(crate) struct Shown<'a> {
    /// When, the batch or hook, the stream.
    pub(crate) head: String,
    pub(crate) text: Cow<'a, str>,
    pub(crate) tone: Tone,
}

/// A line for people.
pub(crate) fn shown<'a>(line: &LogLine<'a>, clock: &Clock) -> Shown<'a> {
    let at = at(line).map_or_else(String::new, |at| clock.time(at));
    Shown {
        head: format!("{at:TIME$}  {:>4} {}", safe(line.source), line.stream),
        text: safe_output(line.text),
        tone: tone(line.stream),
    }
}

/// Lines for people: when, the batch or hook, the stream, the text.
pub(crate) fn log_lines<'a>(
    lines: impl Iterator<Item = LogLine<'a>>,
    clock: &Clock,
    paint: Paint,
) -> String {
    let mut out = String::new();
    for line in lines {
        let Shown { head, text, tone } = shown(&line, clock);
        // Writing to a string can't fail.
        let _ = writeln!(
            out,
            "{} {}",
            paint.paint(Tone::Quiet, &head),
            paint.paint(tone, &text)
        );
    }
    out
}

/// How a line of a stream is said.
pub(crate) fn tone(stream: Stream) -> Tone {
    match stream {
        Stream::Out => Tone::Plain,
        Stream::Err => Tone::Attention,
        // What longhaul says is told from what the task says.
        Stream::Sys => Tone::Strong,
    }
}

fn at(line: &LogLine<'_>) -> Option<Timestamp> {
    let at = line.at?;
    Some(Timestamp::from_millis(at.as_millisecond()))
}

/// A line for programs; of a damaged one only the text is known.
#[derive(Serialize)]
pub(crate) struct JsonLogLine<'a> {
    at: Option<Timestamp>,
    source: Option<&'a str>,
    stream: &'static str,
    text: Cow<'a, str>,
}

impl<'a> JsonLogLine<'a> {
    pub(crate) fn of(line: &LogLine<'a>) -> Self {
        Self {
            at: at(line),
            source: Some(line.source).filter(|source| !source.is_empty()),
            stream: line.stream.as_str(),
            text: String::from_utf8_lossy(line.text),
        }
    }
}

#[cfg(test)]
mod tests;
