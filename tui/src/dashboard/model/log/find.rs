//! Looking for a text in a log.

use std::collections::VecDeque;

use longhaul_common::safe_text::safe_output;
use longhaul_common::task_log::parse_line;

use super::{Climb, Entry, LogPage, Place, Reach, Spot};
use crate::dashboard::model::{Line, Way};

/// What is looked for.
#[derive(Default)]
pub(crate) struct Find {
    /// While it is typed.
    pub(crate) typing: Option<Line>,
    pub(crate) text: String,
    /// The line that was found last.
    pub(crate) hit: Option<u64>,
    /// The lines that are kept in which it is, in order: looked through once, however often one goes
    /// from one to the next.
    hits: VecDeque<u64>,
    /// Whether it is looked for in what is still being read back.
    back: Back,
    pub(crate) found: Found,
}

/// How many lines a text was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    /// Which of them was found last, counted from 1.
    pub(crate) at: Option<usize>,
    pub(crate) all: usize,
    pub(crate) of: Of,
}

/// What was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    WholeLog,
    /// What is kept of it: there may be more.
    Part,
}

/// What became of the last search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing was looked for, or it was found.
    #[default]
    Fine,
    /// There is none in this direction.
    Nothing(Way),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Back {
    #[default]
    Rest,
    Seeks,
}

impl Find {
    /// Whether more has to be read back for it.
    pub(super) fn seeks_back(&self) -> bool {
        self.back == Back::Seeks
    }

    /// Whoever goes elsewhere is not called back.
    pub(super) fn stop_seeking(&mut self) {
        self.back = Back::Rest;
    }

    /// What was found was void.
    pub(super) fn forget(&mut self) {
        self.hit = None;
        self.hits.clear();
        self.back = Back::Rest;
        self.found = Found::Fine;
    }
}

impl LogPage {
    /// Looks for what was typed; nothing typed looks for nothing any more.
    pub(crate) fn find(&mut self, text: String, rows: usize, height: impl Fn(&Entry) -> usize) {
        self.find.forget();
        self.find.text = text;
        if !self.find.text.is_empty() {
            self.find.hits = self.numbers().filter(|line| self.has(*line)).collect();
            // Whoever looks at the end wants what came last, others what comes next.
            let way = match self.place {
                Place::End => Way::Up,
                Place::At(_) => Way::Down,
            };
            self.find_next(way, rows, height);
        }
    }

    /// Goes to the next line in which it is.
    pub(crate) fn find_next(&mut self, way: Way, rows: usize, height: impl Fn(&Entry) -> usize) {
        if self.find.text.is_empty() {
            return;
        }
        let numbers = self.numbers();
        let hit = self.find.hit.filter(|hit| numbers.contains(hit));
        let found = match way {
            Way::Up => {
                let from = hit.unwrap_or(match self.place {
                    Place::End => numbers.end,
                    Place::At(spot) => spot.line,
                });
                let above = self.find.hits.partition_point(|line| *line < from);
                above.checked_sub(1).map(|at| self.find.hits[at])
            }
            Way::Down => {
                let from = hit.map_or_else(
                    || match self.place {
                        Place::End => numbers.end,
                        Place::At(spot) => spot.line,
                    },
                    |hit| hit + 1,
                );
                let below = self.find.hits.partition_point(|line| *line < from);
                self.find.hits.get(below).copied()
            }
        };
        self.find.back = Back::Rest;
        self.climb = Climb::Rests;
        self.find.found = Found::Fine;
        match found {
            Some(line) => self.show(line, rows, height),
            None if way == Way::Up && !self.whole => self.find.back = Back::Seeks,
            None => self.find.found = Found::Nothing(way),
        }
    }

    /// Goes on looking in what was read back.
    pub(crate) fn find_on(&mut self, rows: usize, height: impl Fn(&Entry) -> usize) {
        if self.find.seeks_back() {
            self.find_next(Way::Up, rows, height);
        }
    }

    fn show(&mut self, line: u64, rows: usize, height: impl Fn(&Entry) -> usize) {
        self.find.hit = Some(line);
        let top = self.top(rows, &height);
        let bottom = self.forth(top, rows, &height);
        if line < top.line || line >= bottom.line {
            let above = u64::try_from(rows / 3).unwrap_or(0);
            let first = line.saturating_sub(above).max(self.numbers().start);
            self.put(
                Spot {
                    line: first,
                    row: 0,
                },
                rows,
                height,
            );
        }
    }

    /// In how many lines it is of those that are kept; None: nothing is looked for.
    pub(crate) fn count(&self) -> Option<Count> {
        let hits = &self.find.hits;
        let at = self.find.hit.and_then(|hit| hits.binary_search(&hit).ok());
        let whole = self.whole && self.reach == Reach::ToTheEnd;
        (!self.find.text.is_empty()).then_some(Count {
            at: at.map(|at| at + 1),
            all: hits.len(),
            of: if whole { Of::WholeLog } else { Of::Part },
        })
    }

    /// A line came that is the first, or the last, of those that are kept.
    pub(super) fn look_into(&mut self, line: u64) {
        if self.find.text.is_empty() || !self.has(line) {
            return;
        }
        if line == self.first {
            self.find.hits.push_front(line);
        } else {
            self.find.hits.push_back(line);
        }
    }

    /// Lines went that were the first, or the last.
    pub(super) fn look_away(&mut self) {
        let kept = self.numbers();
        while self
            .find
            .hits
            .front()
            .is_some_and(|line| *line < kept.start)
        {
            self.find.hits.pop_front();
        }
        while self.find.hits.back().is_some_and(|line| *line >= kept.end) {
            self.find.hits.pop_back();
        }
    }

    fn has(&self, line: u64) -> bool {
        match self.get(line) {
            Some(Entry::Line(bytes)) => {
                let text = safe_output(parse_line(bytes).text);
                !matches_in(&text, &self.find.text).is_empty()
            }
            Some(Entry::Gap { .. } | Entry::Restart) | None => false,
        }
    }
}

/// Where a text is found in another, in any case unless it has capitals.
pub(crate) fn matches_in(text: &str, wanted: &str) -> Vec<std::ops::Range<usize>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    if wanted.chars().any(char::is_uppercase) {
        return text
            .match_indices(wanted)
            .map(|(at, found)| at..at + found.len())
            .collect();
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match starts_with(&text[at..], wanted) {
            Some(length) => {
                found.push(at..at + length);
                at += length;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    found
}

/// How long the beginning is that reads as `wanted` in small letters.
fn starts_with(text: &str, wanted: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    let mut wanted = wanted.chars().peekable();
    let mut end = 0;
    while wanted.peek().is_some() {
        let (at, letter) = letters.next()?;
        for small in letter.to_lowercase() {
            if wanted.next() != Some(small) {
                return None;
            }
        }
        end = at + letter.len_utf8();
    }
    Some(end)
}
