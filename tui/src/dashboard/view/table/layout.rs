//! Which columns there are, and how wide each is. Widths depend on the screen and on the widest
//! text so far, never on what the rows say at the moment, so that nothing moves while they change.

use crate::dashboard::model::{Model, SortBy, Tally};

/// Columns before the first one: a sign and a blank.
const MARGIN: usize = 2;

/// Columns at the end: a blank and the scroll bar.
const END: usize = 2;

const GAP: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Number,
    Name,
    Kind,
    State,
    Done,
    Items,
    Rate,
    Eta,
    Cpu,
    Memory,
    Running,
    Retries,
    Failed,
    Worker,
    Note,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Where a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) column: Column,
    pub(super) at: usize,
    pub(super) width: usize,
}

/// In the order of the screen.
const COLUMNS: [Column; 15] = [
    Column::Number,
    Column::Name,
    Column::Kind,
    Column::State,
    Column::Done,
    Column::Items,
    Column::Failed,
    Column::Retries,
    Column::Running,
    // What a task that rests has none of stands before the note, which then takes its room.
    Column::Rate,
    Column::Eta,
    Column::Cpu,
    Column::Memory,
    Column::Worker,
    Column::Note,
];

/// How room is given out: so many columns to each in turn, as long as there is some. A column that
/// would not get the fewest that are of use to it is passed over.
const STEPS: [(Column, usize); 27] = [
    (Column::Number, 3),
    (Column::State, 13),
    (Column::Name, 12),
    (Column::Done, 5),
    (Column::Eta, 7),
    (Column::Note, 6),
    (Column::Failed, 7),
    (Column::Done, 10),
    (Column::State, 15),
    (Column::Name, 16),
    (Column::Rate, 8),
    (Column::Note, 16),
    (Column::Name, 28),
    (Column::Items, 6),
    (Column::Running, 8),
    (Column::Done, 15),
    (Column::Note, 24),
    (Column::State, 20),
    (Column::Cpu, 6),
    (Column::Memory, 8),
    (Column::Kind, 8),
    (Column::Worker, 7),
    (Column::Retries, 8),
    (Column::Done, 25),
    (Column::Kind, 16),
    (Column::Note, 60),
    (Column::Name, usize::MAX),
];

impl Column {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Number => "NR",
            Self::Name => "NAME",
            Self::Kind => "KIND",
            Self::State => "STATE",
            Self::Done => "DONE",
            Self::Items => "ITEMS",
            Self::Rate => "RATE",
            Self::Eta => "ETA",
            Self::Cpu => "CPU",
            Self::Memory => "MEM",
            Self::Running => "RUNNING",
            Self::Retries => "RETRIES",
            Self::Failed => "FAILED",
            Self::Worker => "WORKER",
            Self::Note => "NOTE",
        }
    }

    pub(super) fn align(self) -> Align {
        match self {
            Self::Name | Self::Kind | Self::State | Self::Worker | Self::Note => Align::Left,
            Self::Number
            | Self::Done
            | Self::Items
            | Self::Rate
            | Self::Eta
            | Self::Cpu
            | Self::Memory
            | Self::Running
            | Self::Retries
            | Self::Failed => Align::Right,
        }
    }

    /// Whether the note takes its room where it says nothing.
    pub(super) fn yields(self) -> bool {
        match self {
            Self::Failed
            | Self::Retries
            | Self::Running
            | Self::Rate
            | Self::Eta
            | Self::Cpu
            | Self::Memory
            | Self::Worker => true,
            Self::Number
            | Self::Name
            | Self::Kind
            | Self::State
            | Self::Done
            | Self::Items
            | Self::Note => false,
        }
    }

    pub(super) fn sorted_by(self) -> Option<SortBy> {
        Some(match self {
            Self::Number => SortBy::Number,
            Self::Name => SortBy::Name,
            Self::Kind => SortBy::Kind,
            Self::State => SortBy::State,
            Self::Done => SortBy::Done,
            Self::Items => SortBy::Items,
            Self::Rate => SortBy::Rate,
            Self::Eta => SortBy::Eta,
            Self::Running => SortBy::Running,
            Self::Retries => SortBy::Retries,
            Self::Failed => SortBy::Failed,
            Self::Worker => SortBy::Worker,
            Self::Cpu | Self::Memory | Self::Note => return None,
        })
    }

    /// The fewest columns that are of use; None where no row says anything.
    fn least(self, tally: &Tally) -> Option<usize> {
        let widest = &tally.widest;
        match self {
            Self::Number => Some(widest.number.max(3)),
            Self::Name => (widest.name > 0).then(|| widest.name.clamp(5, 12)),
            Self::Kind => tally.kinds_differ().then(|| widest.kind.clamp(5, 8)),
            Self::State => Some(13),
            Self::Done => Some(5),
            Self::Items => Some(widest.items.max(6)),
            Self::Rate => Some(8),
            Self::Eta => Some(7),
            Self::Cpu => Some(6),
            Self::Memory => Some(8),
            Self::Running => Some(8),
            Self::Retries => (tally.with_retries > 0).then_some(8),
            Self::Failed => (tally.with_failures > 0).then_some(7),
            Self::Worker => (widest.worker > 0).then(|| widest.worker.max(7)),
            Self::Note => Some(6),
        }
    }

    /// The most columns that are of use.
    fn most(self, tally: &Tally) -> usize {
        match self {
            Self::Name => tally.widest.name.max(5),
            Self::Kind => tally.widest.kind.max(5),
            Self::Number
            | Self::State
            | Self::Done
            | Self::Items
            | Self::Rate
            | Self::Eta
            | Self::Cpu
            | Self::Memory
            | Self::Running
            | Self::Retries
            | Self::Failed
            | Self::Worker
            | Self::Note => usize::MAX,
        }
    }
}

/// The columns that fit, and where.
pub(super) fn places(model: &Model, columns: usize) -> Vec<Place> {
    let tally = model.tasks.tally();
    let mut spare = columns.saturating_sub(MARGIN + END);
    let mut widths: Vec<(Column, usize)> = Vec::with_capacity(COLUMNS.len());
    // What it is sorted by is always there: a sign in its title says so.
    let sorted = COLUMNS
        .into_iter()
        .find(|column| column.sorted_by() == Some(model.tasks.sort().by));
    let first = sorted.map(|column| (column, 0));
    let last = [(Column::Note, usize::MAX)];
    for (column, wanted) in first.into_iter().chain(STEPS).chain(last) {
        let Some(least) = column.least(tally) else {
            continue;
        };
        let wanted = wanted.min(column.most(tally));
        if let Some((_, width)) = widths.iter_mut().find(|(shown, _)| *shown == column) {
            let more = wanted.saturating_sub(*width).min(spare);
            *width += more;
            spare -= more;
            continue;
        }
        let gap = if widths.is_empty() { 0 } else { GAP };
        if least + gap <= spare {
            spare -= least + gap;
            widths.push((column, least));
        }
    }
    let mut at = MARGIN;
    let mut places = Vec::with_capacity(widths.len());
    for column in COLUMNS {
        if let Some((_, width)) = widths.iter().find(|(shown, _)| *shown == column) {
            places.push(Place {
                column,
                at,
                width: *width,
            });
            at += width + GAP;
        }
    }
    places
}
