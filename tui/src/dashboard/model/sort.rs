//! By what the list is sorted.

use std::cmp::{Ordering, Reverse};

use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Outcome, StateWord};

use crate::dashboard::row::Row;

/// What the list can be sorted by, in the order that keys go through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum SortBy {
    #[default]
    Number,
    Name,
    Kind,
    State,
    Done,
    Items,
    Rate,
    Eta,
    Running,
    Retries,
    Failed,
    Worker,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// A column and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) by: SortBy,
    pub(crate) direction: Direction,
}

impl Default for Sort {
    /// The newest first.
    fn default() -> Self {
        Self::by(SortBy::default())
    }
}

/// Where a row stands among the others: what it is sorted by, then the newest first, so that no two
/// are equal. What is unknown stands last in either direction. Of texts the start is here only:
/// see [`Sort::tie`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64, u64);

impl SortBy {
    pub(crate) const ALL: [Self; 12] = [
        Self::Number,
        Self::Name,
        Self::Kind,
        Self::State,
        Self::Done,
        Self::Items,
        Self::Rate,
        Self::Eta,
        Self::Running,
        Self::Retries,
        Self::Failed,
        Self::Worker,
    ];

    /// The column's title, in small letters.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Kind => "kind",
            Self::State => "state",
            Self::Done => "done",
            Self::Items => "items",
            Self::Rate => "rate",
            Self::Eta => "eta",
            Self::Running => "running",
            Self::Retries => "retries",
            Self::Failed => "failed",
            Self::Worker => "worker",
        }
    }

    /// The column that is called so: by its name, or as it stands above it, in any case.
    pub(crate) fn called(word: &str) -> Option<Self> {
        let is = |name: &str| name.eq_ignore_ascii_case(word);
        Self::ALL
            .into_iter()
            .find(|by| is(by.name()) || (*by == Self::Number && is("NR")))
    }

    /// Whether a number can't tell the order.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Name | Self::Kind)
    }

    /// The one after it.
    pub(crate) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|by| *by == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// What one looks for comes first.
    fn usual(self) -> Direction {
        match self {
            Self::Name | Self::Kind | Self::State | Self::Eta | Self::Worker => {
                Direction::Ascending
            }
            Self::Number
            | Self::Done
            | Self::Items
            | Self::Rate
            | Self::Running
            | Self::Retries
            | Self::Failed => Direction::Descending,
        }
    }
}

impl Sort {
    /// By a column, in its usual direction.
    pub(crate) fn by(by: SortBy) -> Self {
        Self {
            by,
            direction: by.usual(),
        }
    }

    /// The other way round.
    pub(crate) fn reversed(self) -> Self {
        Self {
            direction: match self.direction {
                Direction::Ascending => Direction::Descending,
                Direction::Descending => Direction::Ascending,
            },
            ..self
        }
    }

    pub(super) fn key(self, row: &Row) -> Key {
        let known = match self.by {
            SortBy::Number => Some(row.number.0),
            SortBy::Name | SortBy::Kind => self.text(row).map(start),
            SortBy::State => Some(urgency(row)),
            SortBy::Done => row.fraction.map(ordered),
            SortBy::Items => Some(row.items_done),
            SortBy::Rate => row.rate.filter(|_| row.runs()).map(f64::from).map(ordered),
            SortBy::Eta => row
                .eta_seconds
                .filter(|_| row.runs())
                .map(f64::from)
                .map(ordered),
            SortBy::Running => row.started.then(|| ordered(row.running_seconds.into())),
            SortBy::Retries => Some(row.retries.into()),
            SortBy::Failed => Some(row.batches_failed.into()),
            SortBy::Worker => row.worker.map(|worker| worker.0),
        };
        let first = known.map_or(u64::MAX, |known| {
            let known = known.min(u64::MAX - 1);
            match self.direction {
                Direction::Ascending => known,
                Direction::Descending => u64::MAX - 1 - known,
            }
        });
        // What follows of a text comes before the number.
        let second = if self.text(row).is_some() {
            0
        } else {
            u64::MAX - row.number.0
        };
        Key(first, second)
    }

    /// The text it is sorted by, if it is by a text.
    fn text(self, row: &Row) -> Option<&str> {
        match self.by {
            SortBy::Name => row.name.as_deref(),
            SortBy::Kind => Some(&row.kind),
            _ => None,
        }
    }

    /// The order of two tasks whose keys are equal, which is so for texts alone.
    pub(super) fn tie(self, one: &Row, other: &Row) -> Ordering {
        let bytes = |row| self.text(row).unwrap_or_default().bytes();
        let lower = |byte: u8| byte.to_ascii_lowercase();
        let texts = bytes(one).map(lower).cmp(bytes(other).map(lower));
        let texts = match self.direction {
            Direction::Ascending => texts,
            Direction::Descending => texts.reverse(),
        };
        texts.then_with(|| other.number.cmp(&one.number))
    }

    /// The same order, as a value that is quick to compare.
    pub(super) fn standing(self, row: &Row) -> Standing {
        let text = self.text(row).unwrap_or_default().to_ascii_lowercase();
        match self.direction {
            Direction::Ascending => Standing::Ascending(text, Reverse(row.number)),
            Direction::Descending => Standing::Descending(Reverse(text), Reverse(row.number)),
        }
    }
}

/// What tells two tasks apart whose keys are equal.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Ascending(String, Reverse<TaskNumber>),
    Descending(Reverse<String>, Reverse<TaskNumber>),
}

/// The start of a text as a number of the same order.
fn start(text: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(text.bytes()) {
        *to = from.to_ascii_lowercase();
    }
    u64::from_be_bytes(bytes)
}

/// A number as a whole one of the same order. None here is negative.
fn ordered(number: f64) -> u64 {
    number.max(0.0).to_bits()
}

/// What needs the operator first, what has ended last.
fn urgency(row: &Row) -> u64 {
    match (row.phase, row.outcome) {
        (Phase::Suspended, _) if row.is_stuck() => 0,
        (Phase::RollbackFailed, _) => 0,
        (Phase::Orphaned, _) => 1,
        (Phase::BackingOff, _) => 2,
        (Phase::Suspending | Phase::Terminating | Phase::RollingBack | Phase::CleaningUp, _) => 3,
        (Phase::Running | Phase::Throttled, _) => 4,
        (Phase::Starting, _) => 5,
        (Phase::Queued, _) if row.current == StateWord::Suspend => 6,
        (Phase::Queued | Phase::Scheduled | Phase::Blocked, _) => 7,
        (Phase::Suspended, _) => 8,
        (Phase::Ended, Some(Outcome::Failed)) => 9,
        (Phase::Ended, Some(Outcome::Terminated)) => 10,
        (Phase::Ended, Some(Outcome::Completed) | None) => 11,
    }
}
