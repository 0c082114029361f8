//! The values that settings take, read in one way wherever they are typed.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::id::TaskNumber;
use crate::rate::{NoRate, Rate};
use crate::spec::{MAX_PARALLEL, OnError};
use crate::time::Timestamp;

/// How many items a batch may have.
pub const BATCH_SIZES: RangeInclusive<u64> = 1..=10_000_000;
/// How many batches may be planned ahead.
pub const DEPTHS: RangeInclusive<u64> = 1..=10_000;

/// Items per batch.
///
/// # Errors
/// What is wrong with it, in words; so do all here.
pub fn batch_size(text: &str) -> Result<u64, String> {
    within(text, BATCH_SIZES)
}

/// The first wait before a retry.
///
/// # Errors
/// See [`batch_size`].
pub fn backoff(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| error.to_string())
}

/// How long a batch may take.
///
/// # Errors
/// See [`batch_size`].
pub fn batch_timeout(text: &str) -> Result<Duration, String> {
    let timeout = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if timeout < Duration::from_millis(1) {
        return Err("a batch needs some time".into());
    }
    Ok(timeout)
}

/// Batches in flight at once.
///
/// # Errors
/// See [`batch_size`].
pub fn parallel(text: &str) -> Result<u64, String> {
    within(text, 1..=MAX_PARALLEL)
}

/// Batches planned ahead.
///
/// # Errors
/// See [`batch_size`].
pub fn depth(text: &str) -> Result<u64, String> {
    within(text, DEPTHS)
}

/// Items after which a task is suspended.
///
/// # Errors
/// See [`batch_size`].
pub fn stop_at(text: &str) -> Result<u64, String> {
    within(text, 1..=u64::MAX)
}

/// A rate limit, or `none`.
///
/// # Errors
/// See [`batch_size`].
pub fn rate(text: &str) -> Result<Option<Rate>, String> {
    match text {
        "none" => Ok(None),
        _ => text
            .parse()
            .map(Some)
            .map_err(|error: NoRate| error.to_string()),
    }
}

/// The name of a group.
///
/// # Errors
/// See [`batch_size`].
pub fn group(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text == "none" || text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
        return Err(
            "a group's name has up to 64 letters, digits, dashes, dots and underscores, and is not \"none\""
                .into(),
        );
    }
    Ok(text.to_owned())
}

/// An instant, as a [moment](crate::moment) that was typed is written.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let instant: Result<jiff::Timestamp, _> = text.parse();
    let instant = instant.map_err(|_| "it is no time with its offset".to_owned())?;
    Ok(Timestamp::from_millis(instant.as_millisecond()))
}

/// Numbers of tasks, each once and ascending, or `none`.
pub(super) fn tasks(text: &str) -> Result<Vec<TaskNumber>, String> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let numbers = text.split(',').map(|number| whole(number.trim()));
    let numbers: BTreeSet<u64> = numbers.collect::<Result<_, _>>()?;
    Ok(numbers.into_iter().map(TaskNumber).collect())
}

/// The same as it is typed.
pub(super) fn tasks_told(tasks: &[TaskNumber]) -> String {
    if tasks.is_empty() {
        return "none".to_owned();
    }
    let numbers: Vec<String> = tasks.iter().map(ToString::to_string).collect();
    numbers.join(",")
}

pub(super) fn on_error(text: &str) -> Result<OnError, String> {
    match text {
        "suspend" => Ok(OnError::Suspend),
        "skip" => Ok(OnError::Skip),
        "terminate" => Ok(OnError::Terminate),
        _ => Err("there is no such policy".into()),
    }
}

pub(super) fn whole<N: FromStr<Err = std::num::ParseIntError>>(text: &str) -> Result<N, String> {
    text.parse().map_err(|error: N::Err| error.to_string())
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A time as it is typed.
pub(super) fn told(millis: u64) -> String {
    let text = humantime::format_duration(Duration::from_millis(millis)).to_string();
    text.replace(' ', "")
}

fn within(text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    let number = whole(text)?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(format!("it is not in {}..={}", range.start(), range.end()))
    }
}
