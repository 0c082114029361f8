//! Text in text, in any case.

use crate::id::TaskId;

/// A text that is looked for.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    lower: String,
    /// It could be part of an id.
    hex: bool,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let hex = text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        Self {
            lower: text.to_lowercase(),
            hex,
        }
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        if self.lower.is_ascii() {
            contains(text.as_bytes(), self.lower.as_bytes())
        } else {
            text.to_lowercase().contains(&self.lower)
        }
    }

    pub(super) fn is_in_number(&self, number: u64) -> bool {
        if !self.lower.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        // The most digits a number has.
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut left = number;
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(left % 10).expect("a digit");
            left /= 10;
            if left == 0 {
                break;
            }
        }
        contains(&digits[start..], self.lower.as_bytes())
    }

    pub(super) fn is_in_id(&self, id: TaskId) -> bool {
        self.hex && contains(&id.text(), self.lower.as_bytes())
    }
}

/// Whether `needle`, which is ASCII and lower case, is in `text`.
fn contains(text: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else {
        return true;
    };
    let Some(last) = text.len().checked_sub(needle.len()) else {
        return false;
    };
    (0..=last).any(|at| {
        text[at].to_ascii_lowercase() == *first
            && text[at + 1..at + needle.len()].eq_ignore_ascii_case(rest)
    })
}

/// A whole text, in which `*` stands for any.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    lower: String,
}

impl Glob {
    pub(super) fn new(text: &str) -> Self {
        Self {
            lower: text.to_lowercase(),
        }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let Some((start, rest)) = self.lower.split_once('*') else {
            return text.eq_ignore_ascii_case(&self.lower) || text.to_lowercase() == self.lower;
        };
        let text = text.to_lowercase();
        let Some(mut left) = text.strip_prefix(start) else {
            return false;
        };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        for part in middle.split('*') {
            let Some(at) = left.find(part) else {
                return false;
            };
            left = &left[at + part.len()..];
        }
        left.ends_with(end)
    }
}
