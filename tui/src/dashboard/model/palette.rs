//! The line that commands are typed in.

use super::completion::{Choices, Completed};
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

impl Palette {
    /// Opens an empty line.
    pub(crate) fn open(&mut self) {
        self.history.begin();
        self.typing = Some(Typing::default());
    }

    pub(crate) fn close(&mut self) {
        self.typing = None;
    }

    /// Closes the line; it is not forgotten.
    pub(crate) fn take(&mut self) -> Option<Typing> {
        self.typing.take()
    }

    /// Opens a line again that was closed.
    pub(crate) fn put_back(&mut self, typing: Typing) {
        self.typing = Some(typing);
    }

    /// Remembers what was typed.
    pub(crate) fn remember(&mut self, text: &str) {
        self.history.remember(text);
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
    /// Completes the word before the cursor, or goes on to another choice.
    pub(crate) fn complete(&mut self, step: isize) -> Completed {
        self.choices.complete(&mut self.line, &mut self.at, step)
    }
}
