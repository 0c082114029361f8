//! Moments as people type them and are told them: in a time zone. Pure: the present and the zone are arguments.

use std::time::Duration;

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use crate::time::Timestamp;

/// What is no moment to come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMoment {
    /// It can't be read as one.
    #[error(
        "\"{0}\" is no time: it takes a time of day as in 22:00, a date and a time as in \"2026-12-01 06:30\", or one with its offset as in 2026-12-01T06:30:00+01:00"
    )]
    Shape(String),
    /// It is over.
    #[error("{0} is over")]
    Over(String),
}

/// Reads a moment to come. A time of day is the next one; what names no offset is meant in `zone`, where a time
/// that a change of the clocks leaves out is as much later, and of two the first.
///
/// # Errors
/// [`NoMoment`].
pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, NoMoment> {
    let text = text.trim();
    let shape = || NoMoment::Shape(text.to_owned());
    let at = if let Ok(at) = text.parse::<jiff::Timestamp>() {
        Timestamp::from_millis(at.as_millisecond())
    } else if let Some(time) = time_of_day(text) {
        return next(time, now, zone).ok_or_else(shape);
    } else {
        let civil: DateTime = text.parse().map_err(|_| shape())?;
        instant(civil, zone).ok_or_else(shape)?
    };
    if at <= now {
        return Err(NoMoment::Over(in_full(at, zone)));
    }
    Ok(at)
}

/// A time of day: hours and minutes at least, and nothing else.
pub(crate) fn time_of_day(text: &str) -> Option<Time> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b':');
    let (hours, rest) = text.split_once(':')?;
    let told = hours.len() <= 2 && !hours.is_empty() && rest.len() >= 2;
    if !plain || !told {
        return None;
    }
    // As clocks show it: 6:30 is 06:30.
    format!("{text:0>width$}", width = text.len() + 2 - hours.len())
        .parse()
        .ok()
}

/// The next time that clocks show this.
fn next(time: Time, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let mut day = zone.to_datetime(now.to_jiff()).date();
    loop {
        let at = instant(day.to_datetime(time), zone)?;
        if at > now {
            return Some(at);
        }
        day = day.tomorrow().ok()?;
    }
}

/// When clocks show this.
pub(crate) fn instant(civil: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let at = zone.to_timestamp(civil).ok()?;
    Some(Timestamp::from_millis(at.as_millisecond()))
}

/// A moment to come as one speaks of it: the time, before it the day unless that is today. Seconds are told where
/// they matter.
#[must_use]
pub fn in_short(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let civil = zone.to_datetime(at.to_jiff());
    let (day, today) = (civil.date(), zone.to_datetime(now.to_jiff()).date());
    let soon = at.since(now) < Duration::from_secs(600) && civil.second() != 0;
    let time = if soon { "%H:%M:%S" } else { "%H:%M" };
    let ahead = today.duration_until(day).as_hours();
    let form = match ahead {
        0 => time.to_owned(),
        1..=167 => format!("%a {time}"),
        _ => format!("%Y-%m-%d {time}"),
    };
    civil.strftime(&form).to_string()
}

/// A moment with its date and the offset of its clock.
#[must_use]
pub fn in_full(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_jiff().to_zoned_datetime(zone.clone());
    zoned.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

#[cfg(test)]
mod tests;
