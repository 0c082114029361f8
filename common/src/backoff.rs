//! How long to wait before a failed batch is tried again.

use std::time::Duration;

use crate::time::Timestamp;

/// The longest delay, before jitter.
pub const CAP: Duration = Duration::from_secs(60);

/// How far jitter moves a delay, to either side.
const SPREAD: f64 = 0.2;

/// The delay after `attempt` failed attempts in a row, counted from 1: `base`, doubled with every
/// further failure up to `cap`, then moved by up to 20 % to either side.
///
/// `jitter` is a random number in [0, 1); 0.5 leaves the delay as it is, and so does anything out
/// of range. An `attempt` of 0 counts as 1; a `base` above `cap` counts as `cap`.
#[must_use]
pub fn delay(attempt: u32, base: Duration, cap: Duration, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(u128::BITS - 1);
    let nanos = base.as_nanos().saturating_mul(1_u128 << doublings);
    let plain = if nanos < cap.as_nanos() {
        Duration::from_nanos_u128(nanos)
    } else {
        cap
    };
    let jitter = if (0.0..1.0).contains(&jitter) {
        jitter
    } else {
        0.5
    };
    let factor = (1.0 - SPREAD) + 2.0 * SPREAD * jitter;
    Duration::try_from_secs_f64(plain.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

/// Longer than any delay.
const LONGEST: Duration = Duration::from_secs(90);

/// Whether a delay that ends then is to be waited for. One that ends later than any delay lasts was noted before the
/// clock was set back, and is over.
#[must_use]
pub fn waits(until: Timestamp, now: Timestamp) -> bool {
    until > now && until.since(now) <= LONGEST
}

#[cfg(test)]
mod tests;
