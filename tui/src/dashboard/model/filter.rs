//! The filter: what is in effect, and the line it is typed in.

use longhaul_common::filter::{Filter, FilterError, Present, half_typed};
use longhaul_common::id::TaskNumber;

use super::completion::{Choices, Completed};
use super::history::History;
use super::line::Line;

/// The filter as it was typed, and its line while that is open.
#[derive(Default)]
pub(crate) struct FilterLine {
    /// What the list is filtered by; empty: by nothing.
    text: String,
    editing: Option<Editing>,
    history: History,
}

struct Editing {
    line: Line,
    /// What can stand in the place of the word before the cursor, and which of it was put there.
    choices: Choices,
    at: Option<usize>,
    error: Option<FilterError>,
    /// Where the cursor was when the line was opened.
    origin: Option<TaskNumber>,
}

impl FilterLine {
    /// Opens the line with what is in effect.
    pub(crate) fn open(&mut self, origin: Option<TaskNumber>) {
        self.history.begin();
        self.editing = Some(Editing {
            line: Line::of(self.text.clone()),
            choices: Choices::default(),
            at: None,
            error: None,
            origin,
        });
    }

    pub(crate) fn is_open(&self) -> bool {
        self.editing.is_some()
    }

    /// What is typed, while the line is open.
    pub(crate) fn line(&self) -> Option<&Line> {
        self.editing.as_ref().map(|editing| &editing.line)
    }

    pub(crate) fn line_mut(&mut self) -> Option<&mut Line> {
        self.editing.as_mut().map(|editing| &mut editing.line)
    }

    /// The word before the cursor can become this now.
    pub(crate) fn offer(&mut self, choices: Choices) {
        if let Some(editing) = &mut self.editing {
            editing.choices = choices;
            editing.at = None;
        }
    }

    /// Completes the word before the cursor, or goes on to another choice.
    pub(crate) fn complete(&mut self, step: isize) -> Completed {
        match &mut self.editing {
            Some(Editing {
                line, choices, at, ..
            }) => choices.complete(line, at, step),
            None => Completed::Here,
        }
    }

    /// What the word before the cursor can become, once a value is typed or it was asked for: the list
    /// is behind it.
    pub(crate) fn offered(&self) -> Option<(&Choices, Option<usize>)> {
        let editing = self.editing.as_ref()?;
        let choices = &editing.choices;
        let of_value = editing.line.before()[..choices.start].ends_with([':', ',']);
        (of_value || editing.at.is_some()).then_some((choices, editing.at))
    }

    /// What is wrong with what is typed.
    pub(crate) fn error(&self) -> Option<&FilterError> {
        self.editing.as_ref()?.error.as_ref()
    }

    /// What the list is filtered by; empty: by nothing.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor was before anything was typed.
    pub(crate) fn origin(&self) -> Option<TaskNumber> {
        self.editing.as_ref()?.origin
    }

    /// Understands what is typed. While the last word can't be, it is taken for one that is not
    /// complete yet: for all that its value can become, or else those before it count alone.
    pub(crate) fn understand(&mut self, present: &Present) -> Option<Filter> {
        let editing = self.editing.as_mut()?;
        let typed = editing.line.text().trim();
        let (understood, error) = match Filter::parse(typed, present) {
            Ok(filter) => (Some((typed, filter)), None),
            Err(error) => {
                let (complete, last) = typed
                    .rsplit_once(char::is_whitespace)
                    .map_or(("", typed), |(complete, last)| (complete.trim_end(), last));
                let meant = half_typed(last).map(|last| format!("{complete} {last}"));
                let meant = meant.and_then(|meant| Filter::parse(&meant, present).ok());
                let filter = meant.or_else(|| Filter::parse(complete, present).ok());
                (filter.map(|filter| (complete, filter)), Some(error))
            }
        };
        let filter = understood.map(|(text, filter)| {
            text.clone_into(&mut self.text);
            filter
        });
        editing.error = error;
        filter
    }

    /// Closes the line and keeps what is in effect.
    pub(crate) fn keep(&mut self) {
        self.editing = None;
        self.history.remember(&self.text);
    }

    /// Filters by a text that nobody typed.
    pub(crate) fn put(&mut self, text: String) {
        self.text = text;
        self.keep();
    }

    /// Closes the line and filters by nothing.
    pub(crate) fn remove(&mut self) {
        self.editing = None;
        self.text.clear();
    }

    /// Goes back in the history; whether there was something.
    pub(crate) fn older(&mut self) -> bool {
        let Some(editing) = &mut self.editing else {
            return false;
        };
        let older = self.history.older(editing.line.text()).map(Line::of);
        older.map(|line| editing.line = line).is_some()
    }

    /// Comes on again in the history, at last to what was being typed.
    pub(crate) fn newer(&mut self) -> bool {
        let Some(editing) = &mut self.editing else {
            return false;
        };
        let newer = self.history.newer().map(Line::of);
        newer.map(|line| editing.line = line).is_some()
    }
}
