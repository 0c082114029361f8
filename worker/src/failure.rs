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
