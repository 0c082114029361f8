//! How a batch fails.

use std::fmt;

/// Why a batch, or a hook, did not succeed, and what is to be done about it. Any error becomes a
/// retry by `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Try again after a while; once the retries are spent, the error policy decides.
    Retry(String),
    /// Pass this batch over: it goes to the task's failures.
    Skip(String),
    /// Suspend the task at once: an operator has to look.
    Suspend(String),
    /// End the task as failed.
    Fatal(String),
    /// Stopped on request, in the middle. The batch is repeated should the task go on.
    Cancelled,
}

/// How much a task may say of itself, in characters: it is kept with its progress and written again
/// with every batch.
pub(crate) const LONGEST_WORD: usize = 2_000;

/// The beginning of a text that is too long.
pub(crate) fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_WORD) {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Failure {
    /// The same in no more words than can be kept.
    pub(crate) fn shortened(self) -> Self {
        match self {
            Self::Retry(error) => Self::Retry(shortened(error)),
            Self::Skip(error) => Self::Skip(shortened(error)),
            Self::Suspend(error) => Self::Suspend(shortened(error)),
            Self::Fatal(error) => Self::Fatal(shortened(error)),
            Self::Cancelled => Self::Cancelled,
        }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Retry(chain(&error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry(error) | Self::Skip(error) | Self::Suspend(error) | Self::Fatal(error) => {
                f.write_str(error)
            }
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

/// An error with its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
