//! Times for people: in their own zone.

use std::cell::OnceCell;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use longhaul_common::time::Timestamp;

use super::human::roughly;

/// The present and the zone times are told in.
pub(crate) struct Clock {
    /// Asked for at the first time that is told: the system searches its zones for it.
    zone: OnceCell<TimeZone>,
    now: Timestamp,
}

impl Clock {
    /// The present, in the zone of this process.
    pub(crate) fn local() -> Self {
        Self {
            zone: OnceCell::new(),
            now: Timestamp::now(),
        }
    }

    /// A present and a zone that are told.
    pub(crate) fn at(now: Timestamp, zone: TimeZone) -> Self {
        Self {
            zone: OnceCell::from(zone),
            now,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Date and time to the second.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        self.told(at, "%Y-%m-%d %H:%M:%S")
    }

    /// The date without a time.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        self.told(at, "%Y-%m-%d")
    }

    /// The time without its date.
    pub(crate) fn time_of_day(&self, at: Timestamp) -> String {
        self.told(at, "%H:%M:%S")
    }

    /// A past moment as one speaks of it: the time, before it the day unless that is today.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        let (day, today) = (self.civil(at).date(), self.civil(self.now).date());
        let form = if day == today {
            "%H:%M"
        } else if day < today && day.duration_until(today).as_hours() < 7 * 24 {
            "%a %H:%M"
        } else {
            "%Y-%m-%d %H:%M"
        };
        self.told(at, form)
    }

    fn told(&self, at: Timestamp, form: &str) -> String {
        self.civil(at).strftime(form).to_string()
    }

    fn civil(&self, at: Timestamp) -> DateTime {
        let zone = self.zone.get_or_init(TimeZone::system);
        zone.to_datetime(at.to_jiff())
    }

    /// How long ago, or how far ahead.
    pub(crate) fn age(&self, at: Timestamp) -> String {
        if at > self.now {
            format!("in {}", roughly(at.since(self.now)))
        } else {
            format!("{} ago", roughly(self.now.since(at)))
        }
    }
}

#[cfg(test)]
mod tests;
