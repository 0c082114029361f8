//! Windows: the times of day in which a task may run, in a time zone that is named. Pure, but for looking up what a
//! zone's clocks show.

mod parse;

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use parse::NoWindow;

use crate::moment::instant;
use crate::time::Timestamp;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// So many days are looked ahead for the next opening: one a week may be left out by a change of the clocks.
const HORIZON: usize = 16;

/// When a task may run: `mon-fri 22:00-06:00, sat 00:00-24:00 Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Window {
    spans: Vec<Span>,
    zone: String,
}

/// A span of each of some days; one that ends no later than it begins ends on the day after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    /// The days it begins on, a bit each from Monday on.
    days: u8,
    /// Minutes from midnight.
    from: u16,
    to: u16,
}

const EVERY_DAY: u8 = 0b111_1111;

/// Whether a window is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It is, until then.
    Open {
        /// When it closes; None: not within the next days.
        until: Option<Timestamp>,
    },
    /// It is closed.
    Closed {
        /// When it opens; None: that can't be told, since this machine does not know its zone.
        until: Option<Timestamp>,
    },
}

impl Window {
    /// Whether it is open at that time. A span that a change of the clocks leaves out is left out; of a time that
    /// comes twice the first is meant.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Opening {
        let Some(zone) = self.time_zone() else {
            return Opening::Closed { until: None };
        };
        let spans = self.around(now, &zone);
        let Some(mut until) = spans
            .iter()
            .filter(|(from, to)| *from <= now && now < *to)
            .map(|(_, to)| *to)
            .max()
        else {
            let until = spans.iter().map(|(from, _)| *from);
            return Opening::Closed {
                until: until.filter(|from| *from > now).min(),
            };
        };
        // Where one ends as another begins it stays open.
        for (from, to) in &spans {
            if *from <= until {
                until = until.max(*to);
            }
        }
        let last = spans.iter().map(|(_, to)| *to).max();
        Opening::Open {
            until: Some(until).filter(|until| Some(*until) != last),
        }
    }

    /// The zone it names; None: this machine does not know it.
    #[must_use]
    pub fn time_zone(&self) -> Option<TimeZone> {
        TimeZone::get(&self.zone).ok()
    }

    /// The spans of the days around a time, by their beginnings.
    fn around(&self, now: Timestamp, zone: &TimeZone) -> Vec<(Timestamp, Timestamp)> {
        let today = zone.to_datetime(now.to_jiff()).date();
        let yesterday = today.yesterday().unwrap_or(today);
        let days = std::iter::successors(Some(yesterday), |day| day.tomorrow().ok());
        let mut found: Vec<_> = days
            .take(HORIZON)
            .flat_map(|day| {
                let spans = self.spans.iter().filter(move |span| span.begins_on(day));
                spans.filter_map(move |span| span.on(day, zone))
            })
            .collect();
        found.sort_unstable();
        found
    }
}

impl Span {
    fn begins_on(&self, day: Date) -> bool {
        self.days & (1 << day.weekday().to_monday_zero_offset()) != 0
    }

    /// When it begins and ends, of a day; None: the clocks leave it out.
    fn on(&self, day: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let last = if self.to <= self.from || self.to == DAY {
            day.tomorrow().ok()?
        } else {
            day
        };
        let from = instant(day.to_datetime(time(self.from)), zone)?;
        let to = instant(last.to_datetime(time(self.to % DAY)), zone)?;
        (from < to).then_some((from, to))
    }
}

fn time(minutes: u16) -> Time {
    let part = |part: u16| i8::try_from(part).unwrap_or(0);
    Time::constant(part(minutes / 60 % 24), part(minutes % 60), 0, 0)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, span) in self.spans.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{span}")?;
        }
        write!(f, " {}", self.zone)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != EVERY_DAY {
            write!(f, "{} ", parse::days_told(self.days))?;
        }
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        write!(f, "{}-{}", clock(self.from), clock(self.to))
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}

#[cfg(test)]
mod tests;
