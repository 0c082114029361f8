//! What a persistent command is told and what it answers: one line of JSON each way. Pure.
//!
//! To the command goes a line for each batch, ended by a newline; a line that is cut off by the end of its
//! input is no batch:
//!
//! ```text
//! {"batch":0,"key":"<task id>:0","attempt":1,"items":["first line","second line"]}
//! ```
//!
//! `key` is the batch's stable key and `attempt` counts from 1. Items are strings. An item of a batch that is
//! no UTF-8 can't be one: all items of that batch come as `items_base64` then, and `items` is not there, so
//! that nobody takes the one for the other. Records as JSON are embedded as they are; to records of CSV comes
//! their `header`. A page has no items but the `cursor` it starts at, empty at first.
//!
//! The command reads the whole line and answers with one, after as many reports of its progress as it likes:
//!
//! ```text
//! {"items_done":1,"message":"half of it"}
//! {"ok":true,"message":"two more"}
//! {"error":"the server is down","then":"retry"}
//! ```
//!
//! `then` is `retry` (the default), `skip`, `suspend` or `fatal`. `message` may be in a report and in an `ok`;
//! `cursor` in the `ok` for a page says where the next one starts, and without it there is none. Every line may name its `batch`, which has to be the one that was asked for then. Any
//! other line, and any field beside these, is a bad answer.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Request;
use crate::command::page::LONGEST_CURSOR;
use crate::failure::Failure;

/// The longest line that a command may answer with, in bytes.
pub(super) const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// How much of a bad answer is quoted, in characters.
const QUOTED: usize = 120;

/// What is handed over of a batch.
#[derive(Clone, Copy, Debug)]
pub(in crate::command) enum Handed<'a> {
    /// Items, as strings.
    Text(&'a [Vec<u8>]),
    /// Items that are JSON themselves, and stay what they are.
    Json(&'a [Vec<u8>]),
    /// Where a page starts.
    Page(&'a [u8]),
}

/// A batch as it is handed over.
#[derive(Clone, Debug)]
pub(in crate::command) struct Handover<'a> {
    /// Its number.
    pub(in crate::command) batch: u64,
    /// Its stable key.
    pub(in crate::command) key: &'a str,
    /// Which attempt it is, from 1.
    pub(in crate::command) attempt: u32,
    /// What the items of any batch come after: the header of a CSV file. Empty: nothing.
    pub(in crate::command) head: &'a [u8],
    /// What is to be done.
    pub(in crate::command) work: Handed<'a>,
}

impl Handover<'_> {
    /// The line, with its newline.
    ///
    /// # Errors
    /// An item that should be JSON and is not; no retry mends that.
    pub(in crate::command) fn line(&self) -> Result<Vec<u8>, Failure> {
        let mut line = Vec::with_capacity(200);
        line.extend_from_slice(b"{\"batch\":");
        write_json(&mut line, &self.batch);
        line.extend_from_slice(b",\"key\":");
        write_json(&mut line, self.key);
        line.extend_from_slice(b",\"attempt\":");
        write_json(&mut line, &self.attempt);
        if !self.head.is_empty() {
            write_text(&mut line, "header", self.head.trim_ascii_end());
        }
        match self.work {
            Handed::Text(items) => write_items(&mut line, items),
            Handed::Json(items) => embed_items(&mut line, items)?,
            Handed::Page(cursor) => write_text(&mut line, "cursor", cursor),
        }
        line.extend_from_slice(b"}\n");
        Ok(line)
    }
}

/// A field of text; one that is no UTF-8 has another name.
fn write_text(line: &mut Vec<u8>, name: &str, text: &[u8]) {
    match std::str::from_utf8(text) {
        Ok(text) => {
            line.extend_from_slice(format!(",\"{name}\":").as_bytes());
            write_json(line, text);
        }
        Err(_) => {
            line.extend_from_slice(format!(",\"{name}_base64\":").as_bytes());
            write_json(line, &base64(text));
        }
    }
}

fn write_items(line: &mut Vec<u8>, items: &[Vec<u8>]) {
    line.reserve(items.iter().map(|item| item.len() + 4).sum());
    let texts: Option<Vec<&str>> = items
        .iter()
        .map(|item| std::str::from_utf8(item).ok())
        .collect();
    if let Some(texts) = texts {
        line.extend_from_slice(b",\"items\":");
        write_json(line, &texts);
    } else {
        let coded: Vec<String> = items.iter().map(|item| base64(item)).collect();
        line.extend_from_slice(b",\"items_base64\":");
        write_json(line, &coded);
    }
}

fn embed_items(line: &mut Vec<u8>, items: &[Vec<u8>]) -> Result<(), Failure> {
    line.extend_from_slice(b",\"items\":[");
    for (index, item) in items.iter().enumerate() {
        serde_json::from_slice::<IgnoredAny>(item)
            .map_err(|error| Failure::Suspend(format!("item {} is no JSON: {error}", index + 1)))?;
        if index > 0 {
            line.push(b',');
        }
        // Between its tokens a newline means nothing, and inside of a string it can't stand.
        line.extend(item.iter().map(|byte| match byte {
            b'\n' | b'\r' => b' ',
            byte => *byte,
        }));
    }
    line.push(b']');
    Ok(())
}

fn write_json<T: serde::Serialize + ?Sized>(line: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(line, value).expect("plain values become JSON, and memory takes them");
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

/// A line of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It works: so many items are done, or it says what it is at.
    Report {
        /// Items of the batch that are done.
        items_done: Option<u64>,
        /// What it says.
        message: Option<String>,
    },
    /// The batch is done.
    Done {
        /// Where the next batch starts, of an input that only the work knows.
        cursor: Option<String>,
        /// What it says.
        message: Option<String>,
    },
    /// The batch failed.
    Failed(Failure),
}

/// A line that is none of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadAnswer(String);

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What follows a batch that failed.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Then {
    #[default]
    Retry,
    Skip,
    Suspend,
    Fatal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    batch: Option<u64>,
    ok: Option<bool>,
    error: Option<String>,
    then: Option<Then>,
    cursor: Option<String>,
    message: Option<String>,
    items_done: Option<u64>,
}

/// Reads a line that came while a batch was in flight.
pub(super) fn read(line: &[u8], request: &Request<'_>) -> Result<Word, BadAnswer> {
    let (batch, items) = (request.batch, request.items);
    let bad = |why: String| BadAnswer(format!("a bad answer, {why}: {}", quoted(line)));
    // A list of the fields' values would do as well otherwise.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err(bad("which is no JSON object".into()));
    }
    let said: Line = serde_json::from_slice(line).map_err(|error| bad(told(&error)))?;
    if let Some(other) = said.batch.filter(|other| *other != batch) {
        return Err(bad(format!("for batch {other} instead of {batch}")));
    }
    if let Some(cursor) = &said.cursor {
        if !request.answers_cursor {
            return Err(bad("with a cursor, which is for --pages alone".into()));
        }
        if cursor.len() > LONGEST_CURSOR {
            return Err(bad(format!(
                "whose cursor is longer than {LONGEST_CURSOR} bytes"
            )));
        }
    }
    match said {
        Line {
            ok: Some(true),
            error: None,
            then: None,
            items_done: None,
            cursor,
            message,
            ..
        } => Ok(Word::Done { cursor, message }),
        Line {
            ok: None,
            error: Some(error),
            then,
            items_done: None,
            cursor: None,
            message: None,
            ..
        } => Ok(Word::Failed(match then.unwrap_or_default() {
            Then::Retry => Failure::Retry(error),
            Then::Skip => Failure::Skip(error),
            Then::Suspend => Failure::Suspend(error),
            Then::Fatal => Failure::Fatal(error),
        })),
        Line {
            ok: None,
            error: None,
            then: None,
            cursor: None,
            items_done,
            message,
            ..
        } if items_done.is_some() || message.is_some() => match items_done {
            Some(done) if done > items => Err(bad(format!("{done} of {items} items are done"))),
            items_done => Ok(Word::Report {
                items_done,
                message,
            }),
        },
        _ => Err(bad(
            "which has to have one of \"ok\":true, \"error\" and \"items_done\"".into(),
        )),
    }
}

/// What is wrong with a line, without its place: that is quoted.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The beginning of a line.
pub(super) fn quoted(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(&line[..line.len().min(4 * QUOTED)]);
    let text = text.trim_end();
    let short: String = text.chars().take(QUOTED).collect();
    let cut = if short.len() < text.len() || line.len() > 4 * QUOTED {
        "…"
    } else {
        ""
    };
    format!("{short}{cut}")
}

#[cfg(test)]
mod tests;
