//! Numbers for people.

use std::time::Duration;

/// What stands for a number nobody knows.
pub(crate) const UNKNOWN: &str = "-";

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// With thousands separators.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with its noun.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// How far, of how much: `420/1,000`.
pub(crate) fn done(done: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{}/{}", count(done), count(total)),
        None => count(done),
    }
}

/// What a fraction of whole numbers may lose in arithmetic: 29 of 100 are 29 %.
const ROUNDING: f64 = 1e-9;

/// A share in percent, rounded down: only what is done reads 100 %.
pub(crate) fn percent(fraction: Option<f64>) -> String {
    fraction.map_or_else(
        || UNKNOWN.into(),
        |fraction| format!("{:.0}%", (fraction * 100.0 + ROUNDING).floor()),
    )
}

/// Items per second; per minute or hour where that is less than one.
pub(crate) fn rate(per_second: Option<f64>) -> String {
    let Some(rate) = per_second.filter(|rate| rate.is_finite() && *rate > 0.0) else {
        return UNKNOWN.into();
    };
    let (rate, unit) = if rate >= 1.0 {
        (rate, "s")
    } else if rate * 60.0 >= 1.0 {
        (rate * 60.0, "min")
    } else {
        (rate * 3600.0, "h")
    };
    if rate >= 99.95 {
        format!("{}/{unit}", count(whole(rate)))
    } else {
        format!("{rate:.1}/{unit}")
    }
}

/// Items per second in few columns, from a thousand on.
pub(crate) fn compact_rate(per_second: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let found = UNITS.iter().find(|(size, _)| per_second >= *size);
    found.map_or_else(
        || rate(Some(per_second)),
        |(size, unit)| format!("{}{unit}/s", count(whole((per_second / size).floor()))),
    )
}

/// A length of time in its two largest units.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds == 0.0 {
        return "0s".into();
    }
    if seconds < 0.1 {
        return format!("{}ms", duration.as_millis().max(1));
    }
    if seconds < 9.95 {
        let text = format!("{seconds:.1}");
        return format!("{}s", text.strip_suffix(".0").unwrap_or(&text));
    }
    let seconds = whole(seconds);
    let (large, unit, small, smaller) = match seconds {
        0..MINUTE => return format!("{seconds}s"),
        MINUTE..HOUR => (seconds / MINUTE, "m", seconds % MINUTE, "s"),
        HOUR..DAY => (seconds / HOUR, "h", seconds % HOUR / MINUTE, "m"),
        DAY.. => (seconds / DAY, "d", seconds % DAY / HOUR, "h"),
    };
    if small == 0 || large >= 100 {
        format!("{}{unit}", count(large))
    } else {
        format!("{large}{unit} {small}{smaller}")
    }
}

/// Seconds as a length of time.
pub(crate) fn seconds(seconds: Option<f64>) -> String {
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .map_or_else(|| UNKNOWN.into(), duration)
}

/// A length of time in its largest unit.
pub(crate) fn roughly(duration: Duration) -> String {
    let seconds = whole(duration.as_secs_f64());
    let (number, unit) = match seconds {
        0..MINUTE => (seconds, "s"),
        MINUTE..HOUR => (seconds / MINUTE, "m"),
        HOUR..DAY => (seconds / HOUR, "h"),
        DAY.. => (seconds / DAY, "d"),
    };
    format!("{}{unit}", count(number))
}

/// So much of one core, in percent: of two that are busy 200 %.
pub(crate) fn cores(cores: f64) -> String {
    let percent = cores * 100.0;
    if percent >= 9.95 {
        format!("{}%", count(whole(percent)))
    } else if percent >= 0.05 {
        format!("{percent:.1}%")
    } else {
        "0%".into()
    }
}

/// Memory, in at most eight columns.
pub(crate) fn memory(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    #[allow(clippy::cast_precision_loss, reason = "three digits of it are shown")]
    let mut size = bytes as f64 / 1024.0;
    let mut units = UNITS.into_iter();
    let mut unit = units.next().unwrap_or_default();
    // What would be rounded to 1000 takes the next unit.
    while size >= 999.5
        && let Some(next) = units.next()
    {
        size /= 1024.0;
        unit = next;
    }
    if size >= 9.95 || unit == UNITS[0] {
        format!("{} {unit}", whole(size))
    } else {
        format!("{size:.1} {unit}")
    }
}

/// A bar of so many columns.
pub(crate) fn bar(fraction: f64, columns: u16) -> String {
    let full = whole((fraction.clamp(0.0, 1.0) * f64::from(columns)).floor());
    (0..u64::from(columns))
        .map(|at| if at < full { '█' } else { '░' })
        .collect()
}

fn whole(number: f64) -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    {
        number.round() as u64
    }
}

#[cfg(test)]
mod tests;
