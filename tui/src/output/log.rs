//! Lines of a task's log.

use std::borrow::Cow;
use std::fmt::Write as _;

use longhaul_common::safe_text::{fit, safe, safe_bytes, width};
use longhaul_common::task_log::{LogLine, Stream};
use longhaul_common::time::Timestamp;
use serde::Serialize;

use super::clock::Clock;
use super::paint::{Paint, Tone};

/// As many columns as a time takes.
const TIME: usize = 19;

/// Lines for people: when, the batch or hook, the stream, the text; cut at `columns` where that is
/// given.
pub(crate) fn log_lines<'a>(
    lines: impl Iterator<Item = LogLine<'a>>,
    clock: &Clock,
    paint: Paint,
    columns: Option<usize>,
) -> String {
    let mut out = String::new();
    for line in lines {
        let at = at(&line).map_or_else(String::new, |at| clock.time(at));
        let head = format!("{at:TIME$}  {:>4} {}", safe(line.source), line.stream);
        let mut text = safe_bytes(line.text);
        if let Some(columns) = columns {
            text = fit(&text, columns.saturating_sub(width(&head) + 1)).into();
        }
        // Writing to a string can't fail.
        let _ = writeln!(
            out,
            "{} {}",
            paint.paint(Tone::Quiet, &head),
            paint.paint(tone(line.stream), &text)
        );
    }
    out
}

fn tone(stream: Stream) -> Tone {
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
