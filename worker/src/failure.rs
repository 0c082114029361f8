//! How a batch fails.

use std::fmt;

/// Why a batch, or a hook, did not succeed, and what is to be done about it. Any error becomes a
/// retry by `?`; [`OrFail`] makes something else of it, and says what was being done.
///
/// ```
/// use longhaul_worker::{Failure, OrFail};
///
/// fn amount(text: &str) -> Result<u64, Failure> {
///     let amount: u64 = text.parse().or_skip("reading the amount")?;
///     if amount > 1_000_000 {
///         return Err(Failure::suspend(format!("{amount} is more than anybody ever ordered")));
///     }
///     Ok(amount)
/// }
///
/// let failure = amount("many").unwrap_err();
/// assert_eq!(failure, Failure::skip("reading the amount: invalid digit found in string"));
/// ```
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
    /// Try again after a while.
    pub fn retry(error: impl fmt::Display) -> Self {
        Self::Retry(error.to_string())
    }

    /// Pass this batch over.
    pub fn skip(error: impl fmt::Display) -> Self {
        Self::Skip(error.to_string())
    }

    /// Suspend the task at once.
    pub fn suspend(error: impl fmt::Display) -> Self {
        Self::Suspend(error.to_string())
    }

    /// End the task as failed.
    pub fn fatal(error: impl fmt::Display) -> Self {
        Self::Fatal(error.to_string())
    }

    /// The same, with what was being done before it. A cancellation stays as it is.
    #[must_use]
    pub fn context(self, doing: impl fmt::Display) -> Self {
        match self {
            Self::Retry(error) => Self::Retry(format!("{doing}: {error}")),
            Self::Skip(error) => Self::Skip(format!("{doing}: {error}")),
            Self::Suspend(error) => Self::Suspend(format!("{doing}: {error}")),
            Self::Fatal(error) => Self::Fatal(format!("{doing}: {error}")),
            Self::Cancelled => Self::Cancelled,
        }
    }

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

/// Turns an error into a [`Failure`] that says what was being done.
pub trait OrFail<T> {
    /// Try again after a while.
    ///
    /// # Errors
    /// [`Failure::Retry`].
    fn or_retry(self, doing: impl fmt::Display) -> Result<T, Failure>;

    /// Pass this batch over.
    ///
    /// # Errors
    /// [`Failure::Skip`].
    fn or_skip(self, doing: impl fmt::Display) -> Result<T, Failure>;

    /// Suspend the task at once.
    ///
    /// # Errors
    /// [`Failure::Suspend`].
    fn or_suspend(self, doing: impl fmt::Display) -> Result<T, Failure>;

    /// End the task as failed.
    ///
    /// # Errors
    /// [`Failure::Fatal`].
    fn or_fatal(self, doing: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: std::error::Error> OrFail<T> for Result<T, E> {
    fn or_retry(self, doing: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::Retry(chain(&error)).context(doing))
    }

    fn or_skip(self, doing: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::Skip(chain(&error)).context(doing))
    }

    fn or_suspend(self, doing: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::Suspend(chain(&error)).context(doing))
    }

    fn or_fatal(self, doing: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::Fatal(chain(&error)).context(doing))
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
