//! The page of events: of one task or of all, the newest last.

use std::collections::VecDeque;

use longhaul_common::event::Event;
use longhaul_common::id::{EventNumber, TaskNumber};

use super::Browse;
use crate::dashboard::reading::{EventsNews, Reading};

/// So many are kept; who wants more asks the command line.
const MOST: usize = 10_000;

/// Events that were read back so far, and those that came since.
#[derive(Default)]
pub(crate) struct EventsPage {
    pub(crate) task: Option<TaskNumber>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) browse: Browse,
    /// How many came since the cursor left the end; None while it is there.
    pub(crate) missed: Option<usize>,
    pub(crate) trouble: Option<String>,
    /// Whether the end was read.
    pub(crate) loaded: bool,
    /// Whether there are older ones than those that are kept.
    pub(crate) older: Older,
    reading: Option<Reading>,
}

/// What stands before the first event that is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Older {
    /// More can be read.
    #[default]
    Perhaps,
    /// It is the first.
    None,
    /// More than is kept.
    TooMany,
}

impl EventsPage {
    pub(crate) fn of(task: Option<TaskNumber>) -> Self {
        Self {
            task,
            ..Self::default()
        }
    }

    /// What has to be read now.
    pub(crate) fn next_reading(&mut self) -> Option<Reading> {
        if self.reading.is_some() || self.trouble.is_some() {
            return None;
        }
        let at_top = self.browse.first() == 0 && self.missed.is_some();
        let before = match (self.loaded, self.older) {
            (false, _) => None,
            (true, Older::Perhaps) if at_top || self.events.len() < self.browse.lines() => {
                Some(self.events.front()?.number)
            }
            (true, _) => return None,
        };
        self.reading = Some(Reading::Events {
            task: self.task,
            before,
        });
        self.reading
    }

    /// Takes in what was read.
    pub(crate) fn take(&mut self, news: EventsNews) {
        let EventsNews {
            task,
            before,
            events,
        } = news;
        if self.reading != Some(Reading::Events { task, before }) {
            return;
        }
        self.reading = None;
        match before {
            None => self.take_end(events),
            Some(before) if self.front() == Some(before) => self.take_older(events),
            Some(_) => {}
        }
    }

    fn take_end(&mut self, events: Vec<Event>) {
        self.loaded = true;
        self.older = if events.is_empty() {
            Older::None
        } else {
            Older::Perhaps
        };
        // Some may have come while the end was being read.
        let last = events.last().map(|event| event.number);
        let since = std::mem::take(&mut self.events)
            .into_iter()
            .filter(|event| last.is_none_or(|last| event.number > last));
        self.events = events.into_iter().chain(since).collect();
        self.follow();
    }

    fn take_older(&mut self, events: Vec<Event>) {
        if events.is_empty() {
            self.older = Older::None;
            return;
        }
        self.browse.shift_down(events.len());
        for event in events.into_iter().rev() {
            self.events.push_front(event);
        }
        if self.events.len() >= MOST {
            self.older = Older::TooMany;
        }
    }

    /// Takes in what happened.
    pub(crate) fn hear(&mut self, happened: &[Event]) {
        let last = self.events.back().map(|event| event.number);
        let wanted = |event: &&Event| {
            self.task.is_none_or(|task| event.task == Some(task))
                && last.is_none_or(|last| event.number > last)
        };
        let new: Vec<Event> = happened.iter().filter(wanted).cloned().collect();
        if let Some(missed) = &mut self.missed {
            *missed += new.len();
        }
        self.events.extend(new);
        let surplus = self.events.len().saturating_sub(MOST);
        if surplus > 0 {
            self.events.drain(..surplus);
            self.browse.shift_up(surplus);
            self.older = Older::TooMany;
        }
        if self.missed.is_none() {
            self.follow();
        }
    }

    pub(crate) fn fail(&mut self, reading: Reading, why: String) {
        if self.reading == Some(reading) {
            self.reading = None;
            self.trouble = Some(why);
        }
    }

    /// The store is another one: what was read is void.
    pub(crate) fn begin_anew(&mut self) {
        let browse = self.browse;
        *self = Self::of(self.task);
        self.browse = browse;
    }

    /// The event under the cursor.
    pub(crate) fn selected(&self) -> Option<&Event> {
        self.events.get(self.browse.cursor())
    }

    fn front(&self) -> Option<EventNumber> {
        self.events.front().map(|event| event.number)
    }

    /// Goes to the end, and stays there as more come.
    pub(crate) fn follow(&mut self) {
        self.missed = None;
        self.browse.go_to(usize::MAX, self.events.len());
    }

    /// Moves the cursor; away from the end it stays on its event.
    pub(crate) fn step(&mut self, by: isize) {
        self.browse.step(by, self.events.len());
        self.settle();
    }

    pub(crate) fn go_to_first(&mut self) {
        self.browse.go_to(0, self.events.len());
        self.settle();
    }

    fn settle(&mut self) {
        if self.browse.cursor() + 1 >= self.events.len() {
            self.missed = None;
        } else {
            self.missed = Some(self.missed.unwrap_or(0));
        }
    }

    /// The screen has so many lines for it.
    pub(crate) fn fit(&mut self, lines: usize) {
        self.browse.fit(lines, self.events.len());
        if self.missed.is_none() {
            self.follow();
        }
    }
}

#[cfg(test)]
mod tests;
