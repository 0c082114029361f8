//! Where in a log the screen is. How many rows a line takes is told by who draws it.

use super::{Climb, Entry, LogPage};

/// Where the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the end, wherever that is: it follows.
    End,
    /// This comes first.
    At(Spot),
}

/// A row of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) line: u64,
    pub(crate) row: usize,
}

impl LogPage {
    /// What comes first on a screen of so many rows.
    pub(crate) fn top(&self, rows: usize, height: impl Fn(&Entry) -> usize) -> Spot {
        let end = self.end(rows, &height);
        match self.place {
            Place::End => end,
            Place::At(spot) => Spot {
                line: spot.line.max(self.numbers().start),
                ..spot
            }
            .min(end),
        }
    }

    /// What comes first when the last row of the last line is the last one on the screen.
    fn end(&self, rows: usize, height: impl Fn(&Entry) -> usize) -> Spot {
        let numbers = self.numbers();
        let after = Spot {
            line: numbers.end,
            row: 0,
        };
        self.back(after, rows, height)
    }

    /// So many rows before a spot, or the first there is.
    fn back(&self, spot: Spot, rows: usize, height: impl Fn(&Entry) -> usize) -> Spot {
        let Spot { mut line, mut row } = spot;
        let mut left = rows;
        while left > row && line > self.numbers().start {
            left -= row;
            line -= 1;
            row = self.get(line).map_or(1, &height);
        }
        Spot {
            line,
            row: row.saturating_sub(left),
        }
    }

    /// So many rows behind a spot.
    pub(super) fn forth(&self, spot: Spot, rows: usize, height: impl Fn(&Entry) -> usize) -> Spot {
        let Spot { mut line, mut row } = spot;
        row += rows;
        while let Some(entry) = self.get(line) {
            let high = height(entry);
            if row < high {
                break;
            }
            row -= high;
            line += 1;
        }
        Spot { line, row }
    }

    /// Scrolls by so many rows: away from the end it no longer follows, back there it does.
    pub(crate) fn scroll(&mut self, by: isize, rows: usize, height: impl Fn(&Entry) -> usize) {
        self.find.stop_seeking();
        let top = self.top(rows, &height);
        let to = if by < 0 {
            self.back(top, by.unsigned_abs(), &height)
        } else {
            self.forth(top, by.unsigned_abs(), &height)
        };
        self.put(to, rows, height);
    }

    /// Puts a spot at the top of the screen, or follows where that would be beyond the end.
    pub(crate) fn put(&mut self, spot: Spot, rows: usize, height: impl Fn(&Entry) -> usize) {
        self.climb = Climb::Rests;
        if spot >= self.end(rows, height) {
            self.follow();
        } else {
            self.place = Place::At(spot);
        }
    }

    /// Goes to the log's beginning, as far as it is read back, and on as more is.
    pub(crate) fn go_to_first(&mut self, rows: usize, height: impl Fn(&Entry) -> usize) {
        self.find.stop_seeking();
        let line = self.numbers().start;
        self.put(Spot { line, row: 0 }, rows, height);
        if !self.whole {
            self.climb = Climb::Climbs;
        }
    }

    /// Goes on to the beginning with what was read back.
    pub(crate) fn climb_on(&mut self, rows: usize, height: impl Fn(&Entry) -> usize) {
        if self.climb == Climb::Climbs {
            self.go_to_first(rows, height);
        }
    }

    /// Goes to the end, and stays there as more comes.
    pub(crate) fn follow(&mut self) {
        self.climb = Climb::Rests;
        self.find.stop_seeking();
        self.place = Place::End;
        self.missed = 0;
    }
}
