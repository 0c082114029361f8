//! Rate limits: how many items may begin in how much time, and when the next batch may. Pure.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::progress::as_f64;
use crate::time::Timestamp;

/// What a batch that begins late may make up for, so that waking a little late each time does not
/// lower the rate. Never carried over a rest.
const CREDIT_US: i64 = 100_000;

/// The most items a limit can name.
const MOST: u64 = 1_000_000_000;

/// A rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Items.
    items: NonZeroU64,
    /// In one of these.
    per: Per,
}

/// The time that a limit's items are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Per {
    Second,
    Minute,
    Hour,
    Day,
}

impl Per {
    const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
            Self::Day => "d",
        }
    }
}

/// What can't be a rate limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a whole number of items by a time, as in 50/s, 3/min, 1000/h or 20/d")]
pub struct NoRate;

impl FromStr for Rate {
    type Err = NoRate;

    fn from_str(text: &str) -> Result<Self, NoRate> {
        let (items, per) = text.split_once('/').ok_or(NoRate)?;
        if !items.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoRate);
        }
        let items: NonZeroU64 = items.parse().map_err(|_| NoRate)?;
        let per = match per {
            "s" | "sec" => Per::Second,
            "m" | "min" => Per::Minute,
            "h" | "hour" => Per::Hour,
            "d" | "day" => Per::Day,
            _ => return Err(NoRate),
        };
        if items.get() > MOST {
            return Err(NoRate);
        }
        Ok(Self { items, per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.items, self.per.word())
    }
}

impl Rate {
    /// The limit that lies next to so many items a second, in two digits. None: there is none.
    #[must_use]
    pub fn near(per_second: f64) -> Option<Self> {
        if per_second.is_nan() {
            return None;
        }
        let per = Per::ALL
            .into_iter()
            .find(|per| per_second * f64::from(per.seconds()) >= 10.0)
            .unwrap_or(Per::Day);
        let wanted = (per_second * f64::from(per.seconds())).min(as_f64(MOST));
        let step = 10_f64.powf((wanted.max(10.0).log10().floor() - 1.0).max(0.0));
        let rounded = (wanted / step).round() * step;
        // Saturating, and never negative: what is no number becomes 0.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rounded, and between 0 and a billion"
        )]
        let items = NonZeroU64::new(rounded as u64)?;
        Some(Self { items, per })
    }

    /// Items per second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        as_f64(self.items.get()) / f64::from(self.per.seconds())
    }

    /// The time that so many items take up.
    #[must_use]
    pub fn span(self, items: u64) -> Duration {
        let micros = u128::from(items) * u128::from(self.per.seconds()) * 1_000_000;
        let micros = micros.div_ceil(u128::from(self.items.get()));
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// The batch that began last, as a rate limit counts it: the next one may begin once its items have
/// had their time. A limit that is changed meanwhile counts at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// Since when it counts, in microseconds since 1970.
    since_us: i64,
    /// Its items.
    items: u64,
}

impl Pace {
    /// When the next batch may begin; None: now. Where the clock was set back behind the last one it
    /// counts from anew.
    #[must_use]
    pub fn next(self, rate: Rate, now: Timestamp) -> Option<Timestamp> {
        if self.since_us > micros(now) {
            return None;
        }
        // Rounded up: a millisecond early is too early.
        let next = self.free_at(rate);
        let next = next / 1000 + i64::from(next % 1000 != 0);
        Some(Timestamp::from_millis(next)).filter(|next| *next > now)
    }

    /// The pace once a batch of so many items begins now.
    #[must_use]
    pub fn begun(before: Option<Self>, rate: Option<Rate>, items: u64, now: Timestamp) -> Self {
        let now = micros(now);
        let since_us = match (before, rate) {
            (Some(before), Some(rate)) if before.since_us <= now => {
                before.free_at(rate).clamp(now - CREDIT_US, now)
            }
            (Some(_) | None, _) => now,
        };
        Self { since_us, items }
    }

    /// The pace of a task whose worker died, where a batch of so many items may have begun right after
    /// its progress was last written.
    #[must_use]
    pub fn taken_over(
        before: Option<Self>,
        rate: Rate,
        items: u64,
        written: Timestamp,
        now: Timestamp,
    ) -> Self {
        match before {
            // It died while it waited.
            Some(before) if before.next(rate, now).is_some() => before,
            Some(before) => Self {
                since_us: before
                    .free_at(rate)
                    .clamp(micros(written).min(micros(now)), micros(now)),
                items,
            },
            None => Self {
                since_us: micros(written).min(micros(now)),
                items,
            },
        }
    }

    /// The same without what could be made up for: after a rest nothing is.
    #[must_use]
    pub fn rested(self, rate: Option<Rate>, now: Timestamp) -> Option<Self> {
        let rate = rate?;
        self.next(rate, now).map(|_| self)
    }

    fn free_at(self, rate: Rate) -> i64 {
        let span = i64::try_from(rate.span(self.items).as_micros()).unwrap_or(i64::MAX);
        self.since_us.saturating_add(span)
    }
}

fn micros(at: Timestamp) -> i64 {
    at.as_millis().saturating_mul(1000)
}

#[cfg(test)]
mod tests;
