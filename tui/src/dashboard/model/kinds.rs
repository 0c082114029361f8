//! The kinds of tasks that workers have published, read once somebody needs them.

use longhaul_common::kind::Kind;

use crate::dashboard::reading::Reading;

/// What is known of kinds.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    known: Option<Vec<Kind>>,
    /// Why they could not be read.
    pub(crate) trouble: Option<String>,
    reading: bool,
    /// Whether what is known is as new as the workers that are.
    new: bool,
}

impl Kinds {
    /// All of them by name, once they were read.
    pub(crate) fn known(&self) -> Option<&[Kind]> {
        self.known.as_deref()
    }

    pub(crate) fn called(&self, name: &str) -> Option<&Kind> {
        self.known()?.iter().find(|kind| kind.name == name)
    }

    /// What has to be read now, if somebody needs it.
    pub(crate) fn next_reading(&mut self) -> Option<Reading> {
        if self.reading || self.new {
            return None;
        }
        self.reading = true;
        self.new = true;
        Some(Reading::Kinds)
    }

    pub(crate) fn take(&mut self, kinds: Vec<Kind>) {
        self.reading = false;
        self.trouble = None;
        self.known = Some(kinds);
    }

    pub(crate) fn fail(&mut self, why: String) {
        self.reading = false;
        self.trouble = Some(why);
    }

    /// Workers came or went, or the store is another one.
    pub(crate) fn grow_old(&mut self) {
        self.new = false;
    }
}
