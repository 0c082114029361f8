//! The brake of a store: every slot rests after each batch, so that batches take no more than a share of its
//! time. Pure.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::spec::Rest;
use crate::time::Timestamp;

/// The share of its time that a slot works, in percent: 1 to 99.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u8);

/// What is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no share of time from 1% to 99%")]
pub struct NoShare;

impl Share {
    /// So many percent.
    ///
    /// # Errors
    /// [`NoShare`].
    pub fn new(percent: u8) -> Result<Self, NoShare> {
        match percent {
            1..=99 => Ok(Self(percent)),
            _ => Err(NoShare),
        }
    }

    /// In percent.
    #[must_use]
    pub fn percent(self) -> u8 {
        self.0
    }

    /// How long a slot rests after a batch that took so long.
    #[must_use]
    pub fn rest_after(self, took: Duration) -> Duration {
        took.saturating_mul(u32::from(100 - self.0)) / u32::from(self.0)
    }
}

/// `50%`, as it is typed.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl FromStr for Share {
    type Err = NoShare;

    fn from_str(text: &str) -> Result<Self, NoShare> {
        let percent = text.strip_suffix('%').ok_or(NoShare)?;
        Self::new(percent.parse().map_err(|_| NoShare)?)
    }
}

/// The brake, while it is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brake {
    /// The share of its time that a slot works.
    pub share: Share,
    /// Who set it.
    #[serde(default)]
    pub by: Actor,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// When.
    #[serde(default)]
    pub at: Timestamp,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `the store is throttled to 50% by kim (the disk is slow)`
impl fmt::Display for Brake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store is throttled to {} by {}", self.share, self.by)?;
        match &self.reason {
            Some(reason) => write!(f, " ({reason})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_rests_so_that_its_batches_take_the_share() {
        for (share, took, rests) in [
            ("50%", 10, 10),
            ("25%", 10, 30),
            ("80%", 40, 10),
            ("1%", 1, 99),
            ("99%", 99, 1),
        ] {
            let share: Share = share.parse().unwrap();
            let rest = share.rest_after(Duration::from_secs(took));
            assert_eq!(rest, Duration::from_secs(rests), "{share}");
        }
    }

    #[test]
    fn only_a_share_of_time_is_one() {
        for text in ["0%", "100%", "50", "-5%", "1.5%", "%", "", "300%"] {
            assert_eq!(text.parse::<Share>(), Err(NoShare), "{text}");
        }
        assert_eq!("7%".parse::<Share>().unwrap().to_string(), "7%");
    }
}
