//! Text made safe for a terminal.
//!
//! Names, commands, logs and file names may hold whatever their author liked. Written out as they
//! are, escape sequences move the cursor, change titles, answer for the operator's keyboard and
//! fake output (CWE-150: CVE-2021-25743 in kubectl, CVE-2024-52005 in git, CVE-2025-58160 in a
//! Rust logger), and bidirectional controls show another order than the true one
//! (CVE-2021-42574). Here all of them become visible text.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use hostile::{is_hostile, is_mark, is_selector};

mod fit;
mod hostile;

#[cfg(test)]
mod tests;

pub use fit::{fit, width};

/// Makes a text safe to print on one line of a terminal.
///
/// Control, bidirectional, invisible and separator characters are shown as escapes (`\n`, `\x1b`,
/// `\u{202e}`), a tab as one space. A variation selector stays only after a visible character
/// that is not ASCII, a combining mark anywhere but at the start, where it would change what was
/// printed before. A clean text is given back as it is; to make a text safe twice changes nothing.
///
/// The escapes are for eyes, not for machines: a backslash in the text is not doubled.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    let Some(clean) = clean_length(text) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..clean]);
    push_safe(&mut out, &text[clean..]);
    Cow::Owned(out)
}

/// As [`safe`], for bytes: what is not UTF-8 is shown byte by byte as `\xNN`.
#[must_use]
pub fn safe_bytes(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => safe(text),
        Err(_) => {
            let mut out = String::with_capacity(bytes.len() + 16);
            for chunk in bytes.utf8_chunks() {
                push_safe(&mut out, chunk.valid());
                for byte in chunk.invalid() {
                    push_escape(&mut out, char::from(*byte), Escape::Byte);
                }
            }
            Cow::Owned(out)
        }
    }
}

/// As [`safe_bytes`], for what a program wrote: whole sequences that do nothing but colour (SGR) are
/// left out, since they say nothing in a log and would make it unreadable.
#[must_use]
pub fn safe_output(bytes: &[u8]) -> Cow<'_, str> {
    let Some(mut at) = find_color(bytes) else {
        return safe_bytes(bytes);
    };
    let (mut plain, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    loop {
        plain.extend_from_slice(&rest[..at.start]);
        rest = &rest[at.end..];
        match find_color(rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    plain.extend_from_slice(rest);
    Cow::Owned(safe_bytes(&plain).into_owned())
}

/// Where the first sequence is that colours: `ESC [`, numbers, `m`.
fn find_color(bytes: &[u8]) -> Option<Range<usize>> {
    let starts = (0..bytes.len().saturating_sub(2)).filter(|at| bytes[*at..].starts_with(b"\x1b["));
    starts
        .map(|start| {
            let numbers = bytes[start + 2..]
                .iter()
                .take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'))
                .count();
            start..start + 2 + numbers
        })
        .find(|found| bytes.get(found.end) == Some(&b'm'))
        .map(|found| found.start..found.end + 1)
}

/// Makes a JSON text safe to print on a terminal without changing what it says: hostile characters,
/// which can only stand in its strings, become JSON's own escapes. Control characters below the
/// space are taken for its layout; a writer of JSON escapes those in strings.
#[must_use]
pub fn safe_json(json: &str) -> Cow<'_, str> {
    let acts = |found: char| !found.is_ascii_control() && is_hostile(found) || found == '\x7f';
    if !json.contains(acts) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for found in json.chars() {
        if acts(found) {
            for unit in found.encode_utf16(&mut [0; 2]) {
                // Writing to a string can't fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(found);
        }
    }
    Cow::Owned(out)
}

/// The length of the clean start of a text, or nothing if all of it is clean.
fn clean_length(text: &str) -> Option<usize> {
    let plain = text.bytes().position(|byte| !matches!(byte, b' '..=b'~'))?;
    let mut before = text[..plain].chars().next_back();
    for (at, found) in text[plain..].char_indices() {
        if !stays(found, before) {
            return Some(plain + at);
        }
        before = Some(found);
    }
    None
}

fn push_safe(out: &mut String, text: &str) {
    for found in text.chars() {
        if stays(found, out.chars().next_back()) {
            out.push(found);
        } else if found == '\t' {
            out.push(' ');
        } else {
            push_escape(out, found, Escape::Char);
        }
    }
}

/// Whether a character may stand after `before`.
fn stays(found: char, before: Option<char>) -> bool {
    if matches!(found, ' '..='~') {
        true
    } else if is_selector(found) {
        before.is_some_and(|base| !base.is_ascii() && !is_selector(base) && !is_mark(base))
    } else if is_hostile(found) {
        false
    } else {
        before.is_some() || !is_mark(found)
    }
}

enum Escape {
    Char,
    Byte,
}

fn push_escape(out: &mut String, found: char, kind: Escape) {
    let code = u32::from(found);
    // Writing to a string can't fail.
    let _ = match (kind, found) {
        (Escape::Char, '\n') => out.write_str("\\n"),
        (Escape::Char, '\r') => out.write_str("\\r"),
        (Escape::Char, '\0'..='\x7f') | (Escape::Byte, _) => write!(out, "\\x{code:02x}"),
        (Escape::Char, _) => write!(out, "\\u{{{code:x}}}"),
    };
}
