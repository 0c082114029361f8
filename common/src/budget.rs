//! The error budget: how many items of a task may fail before it is suspended, so that somebody looks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::progress::{Progress, as_f64};

/// A share is not judged before so many items: the first one that fails would be all of them.
pub const SHARE_FROM: u64 = 100;

/// How many items may fail. Counted from the submission, or from when somebody last resumed the task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Budget {
    /// So many.
    Items(u64),
    /// So many percent of those that are done or failed, once these are [`SHARE_FROM`].
    Percent(f64),
}

/// Items that were behind a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counted {
    /// Done.
    pub done: u64,
    /// Failed for good.
    pub failed: u64,
}

impl Budget {
    /// Why the budget is spent; None: it is not.
    #[must_use]
    pub fn spent(self, progress: &Progress) -> Option<String> {
        let from = progress.budget_from;
        let failed = progress.items_failed.saturating_sub(from.failed);
        let tried = failed + progress.items_done.saturating_sub(from.done);
        let spent = match self {
            Self::Items(most) => failed > most,
            Self::Percent(most) => {
                tried >= SHARE_FROM && as_f64(failed) * 100.0 > most * as_f64(tried)
            }
        };
        spent.then(|| {
            format!("{failed} of {tried} items failed, more than the error budget of {self} allows")
        })
    }
}

/// As the command line takes it.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Items(items) => items.fmt(f),
            Self::Percent(share) => write!(f, "{share}%"),
        }
    }
}

/// Why a text is no budget.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a number of items, as in 20, nor a share of them, as in 5%")]
pub struct ParseBudgetError(String);

impl FromStr for Budget {
    type Err = ParseBudgetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || ParseBudgetError(text.to_owned());
        match text.strip_suffix('%') {
            None => text.parse().map(Self::Items).map_err(|_| malformed()),
            Some(share) => {
                let share: f64 = share.trim_end().parse().map_err(|_| malformed())?;
                if (0.0..=100.0).contains(&share) {
                    Ok(Self::Percent(share))
                } else {
                    Err(malformed())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
