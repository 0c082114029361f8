//! Times as people type them.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

use super::Present;
use crate::time::Timestamp;

/// What is understood.
pub(super) const SINCE: &str = "2h, 10:30, 2026-11-01 or 2026-11-01T10:30";

/// The instant that is meant, if any: so long ago, the last time it was this time of the day, the
/// start of a day, or a date with its time, in the zone of those who type unless it names one.
pub(super) fn instant(typed: &str, present: &Present) -> Option<Timestamp> {
    span(typed, present)
        .or_else(|| time_of_day(typed, present))
        .or_else(|| date(typed, present))
        .or_else(|| in_its_own_zone(typed))
}

fn span(typed: &str, present: &Present) -> Option<Timestamp> {
    let span: Span = typed.parse().ok()?;
    if span.is_negative() {
        return None;
    }
    let now = present
        .now
        .to_jiff()
        .to_zoned_datetime(present.zone.clone());
    Some(millis(now.checked_sub(span).ok()?.timestamp()))
}

fn time_of_day(typed: &str, present: &Present) -> Option<Timestamp> {
    // Without a colon it is a number, which says nothing.
    if !typed.contains(':') || typed.contains('-') {
        return None;
    }
    let time: Time = typed.parse().ok()?;
    let now = present.zone.to_datetime(present.now.to_jiff());
    let day = if now.time() >= time {
        now.date()
    } else {
        now.date().yesterday().ok()?
    };
    local(day.to_datetime(time), present)
}

fn date(typed: &str, present: &Present) -> Option<Timestamp> {
    if typed.ends_with(['Z', 'z']) || typed.contains(['+', '[']) {
        return None;
    }
    if let Ok(date) = Date::strptime("%Y-%m-%d", typed) {
        return local(date.to_datetime(Time::midnight()), present);
    }
    // An offset behind the time of day would be passed over.
    let (_, time) = typed.split_once(['T', 't', ' '])?;
    if time.contains('-') {
        return None;
    }
    local(typed.parse::<DateTime>().ok()?, present)
}

fn in_its_own_zone(typed: &str) -> Option<Timestamp> {
    typed.parse().ok().map(millis)
}

/// Where the clocks were turned, as most programs take it: the time before a gap, the first of two.
fn local(at: DateTime, present: &Present) -> Option<Timestamp> {
    let zoned = present
        .zone
        .to_ambiguous_zoned_datetime(at)
        .compatible()
        .ok()?;
    Some(millis(zoned.timestamp()))
}

fn millis(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millisecond())
}
