//! The table of figures.

use crate::lab::Effort;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) figure: String,
    pub(crate) measured: String,
    /// What the goal is about.
    pub(crate) value: Value,
    pub(crate) goal: Goal,
}

/// A value with the unit it is shown in.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "each bench has some of these")]
pub(crate) enum Value {
    Times(f64),
    Millis(f64),
    Percent(f64),
    PerSecond(f64),
    Megabytes(f64),
    KilobytesPerSecond(f64),
    Bytes(f64),
}

/// What the value should be.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "each bench has some of these")]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
    /// Shown for comparison.
    None,
}

/// Whether a value is what it should be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Reached,
    Missed,
    None,
}

impl Value {
    fn number(self) -> f64 {
        match self {
            Self::Times(number)
            | Self::Millis(number)
            | Self::Percent(number)
            | Self::PerSecond(number)
            | Self::Megabytes(number)
            | Self::KilobytesPerSecond(number)
            | Self::Bytes(number) => number,
        }
    }

    fn with(self, number: f64) -> String {
        match self {
            Self::Times(_) => format!("{} ×", short(number)),
            Self::Millis(_) => format!("{} ms", short(number)),
            Self::Percent(_) => format!("{} %", short(number)),
            Self::PerSecond(_) => format!("{}/s", short(number)),
            Self::Megabytes(_) => format!("{} MB", short(number)),
            Self::KilobytesPerSecond(_) => format!("{} KB/s", short(number)),
            Self::Bytes(_) => format!("{} B", short(number)),
        }
    }
}

impl Row {
    fn reach(&self) -> String {
        match self.goal {
            Goal::AtLeast(number) => format!("at least {}", self.value.with(number)),
            Goal::AtMost(number) => format!("at most {}", self.value.with(number)),
            Goal::Below(number) => format!("under {}", self.value.with(number)),
            Goal::None => "–".into(),
        }
    }

    fn verdict(&self) -> Verdict {
        let value = self.value.number();
        let reached = match self.goal {
            Goal::AtLeast(number) => value >= number,
            Goal::AtMost(number) => value <= number,
            Goal::Below(number) => value < number,
            Goal::None => return Verdict::None,
        };
        if reached {
            Verdict::Reached
        } else {
            Verdict::Missed
        }
    }

    /// The line of the table. A smoke run judges nothing.
    pub(crate) fn line(&self, effort: Effort) -> String {
        let verdict = match (effort, self.verdict()) {
            (_, Verdict::None) => "",
            (Effort::Quick, Verdict::Reached | Verdict::Missed) => "not judged",
            (Effort::Full, Verdict::Reached) => "yes",
            (Effort::Full, Verdict::Missed) => "**missed**",
        };
        format!(
            "| {} | {} | {} | {} | {verdict} |",
            self.figure,
            self.measured,
            self.value.with(self.value.number()),
            self.reach(),
        )
    }
}

/// Prints the table with its head.
pub(crate) fn print(rows: &[Row], effort: Effort) {
    println!("| figure | median (range) | value | to reach | reached |");
    println!("| --- | --- | --- | --- | --- |");
    for row in rows {
        println!("{}", row.line(effort));
    }
}

/// How many rows a full run finds missed.
pub(crate) fn missed(rows: &[Row], effort: Effort) -> usize {
    let is_missed = |row: &&Row| row.verdict() == Verdict::Missed;
    match effort {
        Effort::Full => rows.iter().filter(is_missed).count(),
        Effort::Quick => 0,
    }
}

/// A number with as many digits as mean something.
pub(crate) fn short(number: f64) -> String {
    let places: usize = match number.abs() {
        100.0.. => 0,
        10.0.. => 1,
        0.1.. => 2,
        _ => 3,
    };
    let text = format!("{number:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
