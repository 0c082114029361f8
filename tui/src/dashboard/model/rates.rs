//! How fast tasks went lately, as far as somebody looked on.

use std::collections::{HashMap, VecDeque};

use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use longhaul_common::time::Timestamp;

use crate::dashboard::row::Row;

/// So many tasks are remembered; those that come later are not.
const TASKS: usize = 500;

/// So many columns of a course are kept.
const KEPT: usize = 60;

/// How long a column stands for.
const STEP: i64 = 2000;

/// The courses of the tasks that run.
#[derive(Default)]
pub(crate) struct Rates {
    courses: HashMap<TaskNumber, Course>,
}

struct Course {
    /// The column that is the last.
    last: i64,
    rates: VecDeque<f32>,
}

impl Rates {
    /// Takes a row in, as it was read.
    pub(crate) fn take(&mut self, row: &Row) {
        if row.current != StateWord::Run {
            // What it did before it stopped says nothing about what it does then.
            self.courses.remove(&row.number);
            return;
        }
        let Some(rate) = row.rate.filter(|_| row.runs()) else {
            return;
        };
        let column = row.read_at.as_millis().div_euclid(STEP);
        if let Some(course) = self.courses.get_mut(&row.number) {
            course.take(column, rate);
        } else if self.courses.len() < TASKS {
            let course = Course {
                last: column,
                rates: VecDeque::from([rate]),
            };
            self.courses.insert(row.number, course);
        }
    }

    pub(crate) fn forget(&mut self, task: TaskNumber) {
        self.courses.remove(&task);
    }

    pub(crate) fn clear(&mut self) {
        self.courses.clear();
    }

    /// The rates of a task up to now, oldest first.
    pub(crate) fn of(&self, task: TaskNumber, now: Timestamp) -> Vec<f64> {
        let Some(course) = self.courses.get(&task) else {
            return Vec::new();
        };
        let mut rates: Vec<f64> = course.rates.iter().copied().map(f64::from).collect();
        let behind = now.as_millis().div_euclid(STEP) - course.last;
        let behind = usize::try_from(behind).unwrap_or(0).min(KEPT);
        let last = rates.last().copied().unwrap_or(0.0);
        rates.extend(std::iter::repeat_n(last, behind));
        rates.drain(..rates.len().saturating_sub(KEPT));
        rates
    }
}

impl Course {
    /// A column in which nothing was read goes on as the one before: no news is no change.
    fn take(&mut self, column: i64, rate: f32) {
        let before = self.rates.back().copied().unwrap_or(rate);
        let missing = usize::try_from(column - self.last).unwrap_or(0);
        for _ in 1..missing.min(KEPT) {
            self.push(before);
        }
        match (missing, self.rates.back_mut()) {
            (0, Some(last)) => *last = rate,
            _ => self.push(rate),
        }
        self.last = self.last.max(column);
    }

    fn push(&mut self, rate: f32) {
        if self.rates.len() >= KEPT {
            self.rates.pop_front();
        }
        self.rates.push_back(rate);
    }
}

#[cfg(test)]
mod tests;
