//! How people name a task: a number, an id, a part of an id, or a name.

use std::borrow::Cow;

use crate::id::{TaskId, TaskNumber};
use crate::safe_text::safe;

/// The fewest characters that can stand for an id.
const SHORTEST_PART: usize = 4;
/// The most characters a name may have.
const LONGEST_NAME: usize = 200;
/// Hexadecimal digits of an id.
const DIGITS: usize = 32;

/// What somebody typed for a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskRef {
    /// All digits: a number.
    Number(TaskNumber),
    /// A whole id.
    Id(TaskId),
    /// The beginning or the ending of an id.
    PartOfId(IdPart),
    /// A name.
    Name(String),
}

/// Some hexadecimal digits of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdPart {
    digits: u128,
    count: usize,
}

impl IdPart {
    /// The ids that begin with it, as numbers, both ends included.
    #[must_use]
    pub fn prefix_range(self) -> (u128, u128) {
        range(self.digits, self.count)
    }

    /// The reversed ids that begin with it reversed, both ends included.
    #[must_use]
    pub fn ending_range(self) -> (u128, u128) {
        let mut reversed = 0;
        for place in 0..self.count {
            reversed = (reversed << 4) | ((self.digits >> (4 * place)) & 0xf);
        }
        range(reversed, self.count)
    }
}

fn range(digits: u128, count: usize) -> (u128, u128) {
    let shift = 4 * (DIGITS - count);
    if shift == 0 {
        return (digits, digits);
    }
    let low = digits << shift;
    (low, low | ((1 << shift) - 1))
}

impl TaskRef {
    /// Reads what somebody typed. Whatever is no number and no whole id can be a name; a name goes
    /// before a part of an id.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number too large for any store names no task.
            return Self::Number(TaskNumber(text.parse().unwrap_or(u64::MAX)));
        }
        if let Ok(id) = text.parse() {
            return Self::Id(id);
        }
        match Self::part_of_id(text) {
            Some(part) if is_name(text).is_err() => Self::PartOfId(part),
            Some(_) | None => Self::Name(text.to_owned()),
        }
    }

    /// The part of an id that `text` is: at least four characters, one of them no digit.
    #[must_use]
    pub fn part_of_id(text: &str) -> Option<IdPart> {
        if text.len() < SHORTEST_PART || text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let hex: String = text.chars().filter(|digit| *digit != '-').collect();
        if hex.is_empty()
            || hex.len() > DIGITS
            || hex.chars().any(|digit| !digit.is_ascii_hexdigit())
        {
            return None;
        }
        Some(IdPart {
            digits: u128::from_str_radix(&hex, 16).ok()?,
            count: hex.len(),
        })
    }
}

/// Why a text can't be a task's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing there.
    #[error("a name can't be empty")]
    Empty,
    /// It would be taken for a number.
    #[error("a name can't be all digits: it would be taken for a task's number")]
    Number,
    /// It would be taken for an id or a part of one.
    #[error("a name can't look like a task's id or a part of one (four or more of 0-9, a-f and -)")]
    Id,
    /// Too long.
    #[error("a name can't have more than {LONGEST_NAME} characters")]
    Long,
    /// Not for a line on a terminal.
    #[error("a name can't hold control characters or invisible ones")]
    Control,
    /// It would be taken for an option.
    #[error("a name can't begin with a dash: it would be taken for an option")]
    Dash,
}

/// Whether a text can be a task's name.
///
/// # Errors
/// [`BadName`] says why not.
pub fn is_name(text: &str) -> Result<(), BadName> {
    if text.is_empty() {
        Err(BadName::Empty)
    } else if text.starts_with('-') {
        Err(BadName::Dash)
    } else if text.chars().count() > LONGEST_NAME {
        Err(BadName::Long)
    } else if matches!(safe(text), Cow::Owned(_)) {
        Err(BadName::Control)
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Err(BadName::Number)
    } else if TaskRef::part_of_id(text).is_some() || text.parse::<TaskId>().is_ok() {
        Err(BadName::Id)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
