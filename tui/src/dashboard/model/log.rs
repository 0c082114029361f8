//! The page of a task's log: a part of it is kept, around what is on the screen.

mod find;
mod place;

use std::collections::VecDeque;

use longhaul_common::id::TaskNumber;
use longhaul_common::task_log::Seam;

use super::Line;
use crate::dashboard::reading::{LogNews, LogPart, Reading};
use find::Find;
pub(crate) use find::{Count, Found, Of, matches_in};
pub(crate) use place::Place;
use place::Spot;

/// So many bytes of lines are kept.
const MOST: usize = 4 * 1024 * 1024;

/// The number of the first line that was read: there is room for those before it.
const ORIGIN: u64 = 1 << 40;

/// A log as far as it is kept.
pub(crate) struct LogPage {
    pub(crate) task: TaskNumber,
    entries: VecDeque<Entry>,
    /// The number of the first one that is kept; numbers stay while others come and go.
    first: u64,
    /// Bytes that are kept.
    bytes: usize,
    /// Where the first line stands, in bytes since the log began, and where the next one will.
    start: u64,
    next: u64,
    pub(crate) place: Place,
    /// How many lines came since it no longer follows.
    pub(crate) missed: u64,
    /// Whether the kept part reaches to the log's end.
    reach: Reach,
    pub(crate) loaded: bool,
    /// Whether the kept part begins where the log does.
    pub(crate) whole: bool,
    reading: bool,
    pub(crate) trouble: Option<String>,
    pub(crate) look: Look,
    pub(crate) find: Find,
    /// Whether it is on its way to the log's beginning, which is still being read back.
    climb: Climb,
}

/// Whether a log is on its way to its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Climb {
    Rests,
    Climbs,
}

/// A line, or what is to be said between two.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A line of the log, without its end.
    Line(Box<[u8]>),
    /// What was dropped to keep the log short before it could be shown: so many bytes, and so much
    /// further on the next line stands.
    Gap { bytes: u64, jump: u64 },
    /// Another log begins here.
    Restart,
}

impl Entry {
    fn size(&self) -> usize {
        // A line takes more than its text.
        64 + match self {
            Self::Line(line) => line.len(),
            Self::Gap { .. } | Self::Restart => 0,
        }
    }
}

/// Whether the kept part reaches to the log's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    ToTheEnd,
    /// What came since was let go: the end has to be read anew.
    Short,
    /// It is asked for.
    Asked,
}

/// How lines are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) ends: Ends,
    pub(crate) head: Head,
    /// So many columns are out of sight on the left.
    pub(crate) shift: usize,
}

/// What becomes of the end of a line that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    Cut,
    Wrapped,
}

/// What stands before a line's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// Date, time, batch and stream.
    Full,
    /// Time, batch and stream.
    Short,
    /// The stream alone.
    Stream,
}

impl Head {
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Full => Self::Short,
            Self::Short => Self::Stream,
            Self::Stream => Self::Full,
        }
    }
}

impl LogPage {
    pub(crate) fn of(task: TaskNumber, head: Head) -> Self {
        Self {
            task,
            entries: VecDeque::new(),
            first: ORIGIN,
            bytes: 0,
            start: 0,
            next: 0,
            place: Place::End,
            missed: 0,
            reach: Reach::ToTheEnd,
            loaded: false,
            whole: false,
            reading: false,
            trouble: None,
            look: Look {
                ends: Ends::Cut,
                head,
                shift: 0,
            },
            find: Find::default(),
            climb: Climb::Rests,
        }
    }

    /// The lines that are kept, by their numbers.
    pub(crate) fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.first + self.entries.len() as u64
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Entry> {
        let at = number.checked_sub(self.first)?;
        self.entries.get(usize::try_from(at).ok()?)
    }

    /// Whether the end of the log has to be asked for anew.
    pub(crate) fn wants_end(&mut self) -> bool {
        let wants = self.reach == Reach::Short && self.place == Place::End;
        if wants {
            self.reach = Reach::Asked;
        }
        wants
    }

    /// What has to be read now: what stands before, once the screen comes near its beginning.
    pub(crate) fn next_reading(&mut self, rows: usize) -> Option<Reading> {
        let near = match self.place {
            Place::End => self.entries.len() < rows,
            Place::At(spot) => spot.line < self.first + rows as u64,
        };
        let wanted = near || self.find.seeks_back() || self.climb == Climb::Climbs;
        if !wanted || !self.loaded || self.whole || self.reading || self.trouble.is_some() {
            return None;
        }
        self.reading = true;
        Some(Reading::OlderLog {
            task: self.task,
            before: self.start,
        })
    }

    /// Takes in what was read, or came.
    pub(crate) fn take(&mut self, news: &LogNews) {
        if news.task != self.task {
            return;
        }
        match news.part {
            LogPart::End => self.take_end(news),
            LogPart::Appended(seam) => self.take_appended(news, seam),
            LogPart::Before(place) if place == self.start => self.take_before(&news.bytes),
            LogPart::Before(_) => self.reading = false,
        }
    }

    fn take_end(&mut self, news: &LogNews) {
        self.entries.clear();
        self.first = ORIGIN;
        self.bytes = 0;
        self.loaded = true;
        self.reading = false;
        self.trouble = None;
        self.reach = Reach::ToTheEnd;
        self.next = news.next;
        self.start = news.next.saturating_sub(news.bytes.len() as u64);
        self.whole = self.start == 0;
        self.missed = 0;
        self.place = Place::End;
        self.find.forget();
        self.push(&news.bytes);
    }

    fn take_appended(&mut self, news: &LogNews, seam: Seam) {
        let known = std::mem::replace(&mut self.next, news.next);
        let starts = news.next.saturating_sub(news.bytes.len() as u64);
        if self.place != Place::End {
            self.missed += lines(&news.bytes).count() as u64;
            let full = self.bytes + news.bytes.len() > MOST;
            if full || self.reach != Reach::ToTheEnd {
                // What is looked at stays, and what comes can be read again.
                self.reach = Reach::Short;
                return;
            }
        } else if self.reach != Reach::ToTheEnd {
            return;
        }
        match seam {
            Seam::Joined => {}
            Seam::Dropped { bytes } => {
                let jump = starts.saturating_sub(known);
                self.push_entry(Entry::Gap { bytes, jump });
            }
            Seam::Restarted => {
                self.take_end(news);
                self.restart();
                return;
            }
        }
        self.push(&news.bytes);
        while self.bytes > MOST && self.entries.len() > 1 {
            self.drop_first();
        }
    }

    fn take_before(&mut self, bytes: &[u8]) {
        self.reading = false;
        if bytes.is_empty() {
            self.whole = true;
            return;
        }
        self.start = self.start.saturating_sub(bytes.len() as u64);
        self.whole = self.start == 0;
        for line in lines(bytes).rev() {
            let entry = Entry::Line(line.into());
            self.bytes += entry.size();
            self.first -= 1;
            self.entries.push_front(entry);
            self.look_into(self.first);
        }
        // What was read back is looked at; the end can be read again.
        while self.bytes > MOST && self.entries.len() > 1 && self.place != Place::End {
            if let Some(last) = self.entries.pop_back() {
                self.bytes -= last.size();
            }
            self.reach = Reach::Short;
        }
        self.look_away();
    }

    /// Says that another log begins.
    fn restart(&mut self) {
        self.first -= 1;
        self.bytes += Entry::Restart.size();
        self.entries.push_front(Entry::Restart);
        // What stood before was another log's.
        self.whole = true;
    }

    fn push(&mut self, bytes: &[u8]) {
        for line in lines(bytes) {
            self.push_entry(Entry::Line(line.into()));
        }
    }

    fn push_entry(&mut self, entry: Entry) {
        self.bytes += entry.size();
        self.entries.push_back(entry);
        self.look_into(self.numbers().end - 1);
    }

    fn drop_first(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.bytes -= entry.size();
            self.first += 1;
            self.start += match entry {
                Entry::Line(line) => line.len() as u64 + 1,
                Entry::Gap { jump, .. } => jump,
                Entry::Restart => 0,
            };
            self.whole = false;
            self.look_away();
        }
    }

    pub(crate) fn fail(&mut self, why: String) {
        self.reading = false;
        self.trouble = Some(why);
    }

    /// The store is another one: what was read is void.
    pub(crate) fn begin_anew(&mut self) {
        let look = self.look;
        *self = Self::of(self.task, look.head);
        self.look = look;
    }

    /// The line that is typed in, while something is looked for.
    pub(crate) fn typing(&self) -> Option<&Line> {
        self.find.typing.as_ref()
    }
}

fn lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = (!bytes.is_empty()).then(|| whole.split(|byte| *byte == b'\n'));
    lines.into_iter().flatten()
}

#[cfg(test)]
mod tests;
