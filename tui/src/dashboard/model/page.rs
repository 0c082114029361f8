//! The pages that stand in the list's place.

use longhaul_common::event::Event;
use longhaul_common::id::TaskNumber;

use super::{Browse, Detail, EventsPage, FailuresPage, LogPage};

/// The pages that are open, and the pane beside the list.
#[derive(Default)]
pub(crate) struct Pages {
    /// The last one is seen.
    open: Vec<Page>,
    pub(crate) detail: Option<Detail>,
    /// The task whose log is followed, as the rim was told.
    pub(crate) followed: Option<TaskNumber>,
    /// The task whose log is listened to, as the rim was told.
    pub(crate) listened: Option<TaskNumber>,
}

/// A page.
pub(crate) enum Page {
    Log(Box<LogPage>),
    Events(Box<EventsPage>),
    Workers(Browse),
    Failures(Box<FailuresPage>),
}

impl Page {
    /// The task that it is about.
    pub(crate) fn task(&self) -> Option<TaskNumber> {
        match self {
            Self::Log(log) => Some(log.task),
            Self::Failures(failures) => Some(failures.task),
            Self::Events(events) => events.task,
            Self::Workers(_) => None,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Pages {
    /// The page that is seen; None: the list.
    pub(crate) fn top(&self) -> Option<&Page> {
        self.open.last()
    }

    pub(crate) fn top_mut(&mut self) -> Option<&mut Page> {
        self.open.last_mut()
    }

    /// Opens a page over the others; the one that is seen goes if it is the same.
    pub(crate) fn toggle(&mut self, page: Page) {
        let same = |top: &Page| top.is_like(&page) && top.task() == page.task();
        if self.top().is_some_and(same) {
            self.open.pop();
        } else {
            self.show(page);
        }
    }

    /// Opens a page over the others, in the place of one of its kind.
    pub(crate) fn show(&mut self, page: Page) {
        self.open.retain(|open| !open.is_like(&page));
        self.open.push(page);
    }

    /// Closes the page that is seen.
    pub(crate) fn close(&mut self) -> bool {
        self.open.pop().is_some()
    }

    /// Closes all pages.
    pub(crate) fn close_all(&mut self) {
        self.open.clear();
    }

    /// The page of the log, if it is open.
    pub(crate) fn log(&mut self) -> Option<&mut LogPage> {
        self.open.iter_mut().find_map(|page| match page {
            Page::Log(log) => Some(&mut **log),
            Page::Events(_) | Page::Workers(_) | Page::Failures(_) => None,
        })
    }

    /// The page of events, if it is open.
    pub(crate) fn events(&mut self) -> Option<&mut EventsPage> {
        self.open.iter_mut().find_map(|page| match page {
            Page::Events(events) => Some(&mut **events),
            Page::Log(_) | Page::Workers(_) | Page::Failures(_) => None,
        })
    }

    /// The page of failures, if it is open.
    pub(crate) fn failures(&mut self) -> Option<&mut FailuresPage> {
        self.open.iter_mut().find_map(|page| match page {
            Page::Failures(failures) => Some(&mut **failures),
            Page::Log(_) | Page::Workers(_) | Page::Events(_) => None,
        })
    }

    /// What happened goes to who shows it.
    pub(crate) fn hear(&mut self, happened: &[Event]) {
        if let Some(events) = self.events() {
            events.hear(happened);
        }
    }

    /// The store is another one: what was read of the one before is void.
    pub(crate) fn begin_anew(&mut self) {
        self.followed = None;
        self.listened = None;
        if let Some(detail) = &mut self.detail {
            detail.begin_anew();
        }
        for page in &mut self.open {
            match page {
                Page::Log(log) => log.begin_anew(),
                Page::Events(events) => events.begin_anew(),
                Page::Failures(failures) => failures.begin_anew(),
                Page::Workers(_) => {}
            }
        }
    }

    /// What could not be read before can be tried again.
    pub(crate) fn try_again(&mut self) {
        if let Some(detail) = &mut self.detail
            && detail.trouble.is_some()
        {
            detail.begin_anew();
        }
        for page in &mut self.open {
            match page {
                Page::Log(log) => log.trouble = None,
                Page::Events(events) => events.trouble = None,
                Page::Failures(failures) if failures.trouble.is_some() => failures.begin_anew(),
                Page::Failures(_) | Page::Workers(_) => {}
            }
        }
    }
}
