//! A line that is typed and edited.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

/// What is typed, and where the cursor stands in it: always between two whole characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    text: String,
    /// In bytes.
    cursor: usize,
}

/// The most that can be typed, in bytes.
const LONGEST: usize = 4096;

/// What a key was to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The text is another one.
    Changed,
    /// The key was for the line, and the text is as before.
    Same,
    /// The key was not for the line.
    Other,
}

impl Line {
    /// A text with the cursor at its end.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            cursor: text.len(),
            text,
        }
    }

    /// A text with the cursor within it.
    pub(crate) fn around(before: &str, behind: &str) -> Self {
        Self {
            text: format!("{before}{behind}"),
            cursor: before.len(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub(crate) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// What stands behind the cursor.
    pub(crate) fn behind(&self) -> &str {
        &self.text[self.cursor..]
    }

    /// Puts a text in the place of what stands from `start` up to the cursor.
    pub(crate) fn complete(&mut self, start: usize, text: &str) {
        let start = start.min(self.cursor);
        self.text.replace_range(start..self.cursor, text);
        self.cursor = start + text.len();
    }

    /// Takes a key in, as shells do.
    pub(crate) fn key(&mut self, key: KeyEvent) -> Typed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match (key.code, control, alt) {
            (KeyCode::Char(letter), false, false) => self.insert(letter),
            (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, false) => {
                self.remove(self.left()..self.cursor)
            }
            (KeyCode::Delete, false, false) | (KeyCode::Char('d'), true, false) => {
                self.remove(self.cursor..self.right())
            }
            (KeyCode::Char('w'), true, false) | (KeyCode::Backspace, _, _) => {
                self.remove(self.word_left()..self.cursor)
            }
            (KeyCode::Char('u'), true, false) => self.remove(0..self.text.len()),
            (KeyCode::Char('k'), true, false) => self.remove(self.cursor..self.text.len()),
            (KeyCode::Left, true, false) | (KeyCode::Char('b'), false, true) => {
                self.go(self.word_left())
            }
            (KeyCode::Right, true, false) | (KeyCode::Char('f'), false, true) => {
                self.go(self.word_right())
            }
            (KeyCode::Left, _, _) | (KeyCode::Char('b'), true, false) => self.go(self.left()),
            (KeyCode::Right, _, _) | (KeyCode::Char('f'), true, false) => self.go(self.right()),
            (KeyCode::Home, _, _) | (KeyCode::Char('a'), true, false) => self.go(0),
            (KeyCode::End, _, _) | (KeyCode::Char('e'), true, false) => self.go(self.text.len()),
            _ => Typed::Other,
        }
    }

    fn insert(&mut self, letter: char) -> Typed {
        if self.text.len() + letter.len_utf8() > LONGEST {
            return Typed::Same;
        }
        self.text.insert(self.cursor, letter);
        self.cursor += letter.len_utf8();
        Typed::Changed
    }

    fn remove(&mut self, range: std::ops::Range<usize>) -> Typed {
        self.cursor = range.start;
        if range.is_empty() {
            return Typed::Same;
        }
        self.text.replace_range(range, "");
        Typed::Changed
    }

    fn go(&mut self, to: usize) -> Typed {
        self.cursor = to;
        Typed::Same
    }

    fn left(&self) -> usize {
        self.before()
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        let step = self.behind().graphemes(true).next().map_or(0, str::len);
        self.cursor + step
    }

    /// The start of the word before the cursor; blanks alone part words.
    fn word_left(&self) -> usize {
        let trimmed = self.before().trim_end();
        trimmed
            .char_indices()
            .rev()
            .find(|(_, found)| found.is_whitespace())
            .map_or(0, |(at, found)| at + found.len_utf8())
    }

    /// The end of the word behind the cursor.
    fn word_right(&self) -> usize {
        let behind = self.behind();
        let blanks = behind.len() - behind.trim_start().len();
        let word = behind[blanks..]
            .find(char::is_whitespace)
            .unwrap_or(behind.len() - blanks);
        self.cursor + blanks + word
    }
}

#[cfg(test)]
mod tests;
