//! The line that commands are typed in.

use super::history::History;
use super::line::Line;

/// The palette: its line while that is open, and what was typed in it before.
#[derive(Debug, Default)]
pub(crate) struct Palette {
    typing: Option<Typing>,
    history: History,
}

/// A command that is being typed.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    pub(crate) line: Line,
    /// Why it could not be done.
    pub(crate) error: Option<String>,
    /// What can stand in the place of the word before the cursor.
    pub(crate) choices: Choices,
    /// The choice that was put into the line.
    pub(crate) at: Option<usize>,
}

/// What a word can be completed to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Choices {
    /// Where in the line the word starts.
    pub(crate) start: usize,
    pub(crate) choices: Vec<Choice>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    /// What is put into the line.
    pub(crate) word: String,
    /// What it means, for people.
    pub(crate) help: String,
}

/// What a completion did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completed {
    /// The line is as before, or goes through its choices.
    Here,
    /// A word is complete, or longer: there are other choices now.
    Further,
}

impl Palette {
    /// Opens an empty line.
    pub(crate) fn open(&mut self) {
        self.history.begin();
        self.typing = Some(Typing::default());
    }

    pub(crate) fn close(&mut self) {
        self.typing = None;
    }

    /// Closes the line; it is remembered.
    pub(crate) fn keep(&mut self) {
        if let Some(typing) = self.typing.take() {
            self.history.remember(typing.line.text().trim());
        }
    }

    /// What is typed, while it is open.
    pub(crate) fn typing(&self) -> Option<&Typing> {
        self.typing.as_ref()
    }

    pub(crate) fn typing_mut(&mut self) -> Option<&mut Typing> {
        self.typing.as_mut()
    }

    /// Goes back in the history; whether there was something.
    pub(crate) fn older(&mut self) -> bool {
        let Some(typing) = &mut self.typing else {
            return false;
        };
        let older = self.history.older(typing.line.text()).map(Line::of);
        older.map(|line| typing.line = line).is_some()
    }

    /// Comes on again in the history.
    pub(crate) fn newer(&mut self) -> bool {
        let Some(typing) = &mut self.typing else {
            return false;
        };
        let newer = self.history.newer().map(Line::of);
        newer.map(|line| typing.line = line).is_some()
    }
}

impl Typing {
    /// Completes the word before the cursor as far as that is certain; else goes on, or back, to
    /// another choice.
    pub(crate) fn complete(&mut self, step: isize) -> Completed {
        let Choices { start, choices } = &self.choices;
        let words = || choices.iter().map(|choice| choice.word.as_str());
        let typed = self.line.before().get(*start..).unwrap_or_default();
        match (choices.as_slice(), self.at) {
            ([], _) => return Completed::Here,
            ([only], None) => {
                let word = format!("{} ", only.word.trim_end());
                let word = if only.word.ends_with(':') {
                    &only.word
                } else {
                    &word
                };
                self.line.complete(*start, word);
                return Completed::Further;
            }
            (_, None) => {
                let common = words().reduce(common_start).unwrap_or_default();
                if common.len() > typed.len() && common.starts_with(typed) {
                    self.line.complete(*start, common);
                    return Completed::Further;
                }
            }
            (_, Some(_)) => {}
        }
        let count = choices.len();
        let next = match self.at {
            None if step < 0 => count - 1,
            None => 0,
            Some(at) if step < 0 => (at + count - 1) % count,
            Some(at) => (at + 1) % count,
        };
        self.line.complete(*start, &choices[next].word);
        self.at = Some(next);
        Completed::Here
    }
}

fn common_start<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.chars().zip(other.chars());
    let length = same
        .take_while(|(one, other)| one == other)
        .map(|(letter, _)| letter.len_utf8())
        .sum();
    &one[..length]
}
