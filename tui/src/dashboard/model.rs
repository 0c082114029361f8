//! All that the dashboard knows, and nothing that it does.

mod browse;
mod completion;
mod detail;
mod dialogue;
mod events;
mod failures;
mod filter;
mod form;
mod history;
mod hosting;
mod kinds;
mod line;
mod log;
mod looked;
mod meters;
mod order;
mod page;
mod palette;
mod rates;
mod rows;
mod sort;
mod tally;
mod tasks;
mod toast;
mod undos;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use longhaul_common::filter::Present;
use longhaul_common::gate::StoreGates;
use longhaul_common::id::{RequestNumber, TaskNumber, WorkerNumber};
use longhaul_common::phase::Prospect;
use longhaul_common::time::Timestamp;

use super::keymap::KeyMap;
use super::message::{Health, WorkerNews};
use super::row::Row;
use super::theme::Theme;
use crate::output::clock::Clock;
pub(crate) use browse::Browse;
pub(crate) use completion::{Choice, Choices, Completed};
pub(crate) use detail::{Detail, Focus};
pub(crate) use dialogue::{Dialogue, Ended, Field, Frozen, OfRequest, Sight, Undoing, due, flight};
pub(crate) use events::{EventsPage, Older};
pub(crate) use failures::FailuresPage;
pub(crate) use filter::FilterLine;
pub(crate) use form::{Form, FormField, Of as OfField, Submitting};
pub(crate) use hosting::{Hosting, Own};
pub(crate) use kinds::Kinds;
pub(crate) use line::{Line, Typed};
pub(crate) use log::{Count, Ends, Entry, Found, Head, LogPage, Look, Of, Place, matches_in};
pub(crate) use looked::{Looked, Since};
pub(crate) use meters::{Measured, Metered, Meters};
pub(crate) use order::Motion;
pub(crate) use page::{Page, Pages};
pub(crate) use palette::{Palette, Typing};
pub(crate) use rates::Rates;
pub(crate) use sort::{Direction, Sort, SortBy};
pub(crate) use tally::{Tally, Wanted};
pub(crate) use tasks::{Tasks, Way};
pub(crate) use toast::{Toast, Toasts};
pub(crate) use undos::{Next, Undos};

/// The state of the screen.
pub(crate) struct Model {
    pub(crate) options: Options,
    pub(crate) keys: KeyMap,
    pub(crate) now: Timestamp,
    pub(crate) size: Size,
    pub(crate) tasks: Tasks,
    pub(crate) filter: FilterLine,
    pub(crate) palette: Palette,
    /// The tasks that what is asked next is about; none: the one under the cursor.
    pub(crate) marks: BTreeSet<TaskNumber>,
    pub(crate) dialogue: Option<Dialogue>,
    /// The request that is looked for, by its number.
    pub(crate) recalled: Option<Recalled>,
    /// What is filled in to submit a task.
    pub(crate) submitting: Option<Submitting>,
    pub(crate) kinds: Kinds,
    pub(crate) toasts: Toasts,
    pub(crate) undos: Undos,
    /// While the keys are explained, over everything: the line that comes first.
    pub(crate) help: Option<usize>,
    pub(crate) pages: Pages,
    /// The worker in this process.
    pub(crate) hosting: Hosting,
    pub(crate) own: Option<Own>,
    /// How fast the tasks went while this looked on.
    pub(crate) rates: Rates,
    /// When whoever looks did.
    pub(crate) looked: Looked,
    /// What is used of processors and memory by what is on the screen.
    pub(crate) meters: Meters,
    pub(crate) workers: Vec<WorkerNews>,
    /// What of the store keeps tasks from running.
    pub(crate) gates: StoreGates,
    pub(crate) health: Health,
    /// How soon the screen has to be drawn.
    pub(crate) urgency: Urgency,
}

/// What stays as it was at the start.
pub(crate) struct Options {
    /// The store's folder, as it is shown.
    pub(crate) store: String,
    pub(crate) theme: Theme,
    pub(crate) access: Access,
    /// Who looks, as events name them.
    pub(crate) operator: String,
    /// Of those who look.
    pub(crate) zone: TimeZone,
}

/// Whether tasks may be asked anything from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Control,
    /// Nothing else was wanted.
    ReadOnly,
    /// The store may not be written by this user.
    Barred,
}

impl Access {
    /// Whether this only looks.
    pub(crate) fn only_looks(self) -> bool {
        match self {
            Self::Control => false,
            Self::ReadOnly | Self::Barred => true,
        }
    }
}

/// The terminal's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) columns: u16,
    pub(crate) rows: u16,
}

/// A request that was meant by its number, while it is read what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recalled {
    pub(crate) number: RequestNumber,
    pub(crate) to: Recall,
    pub(crate) reason: Option<String>,
}

/// What is to become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recall {
    Undo,
    Resume,
}

/// How soon what changed has to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Nothing changed.
    #[default]
    Never,
    /// Progress: a few times a second is enough.
    Progress,
    /// A state: within a frame.
    State,
    /// A key: at once.
    Now,
}

impl Model {
    pub(crate) fn new(options: Options, now: Timestamp, size: Size) -> Self {
        Self {
            options,
            keys: KeyMap::default(),
            now,
            size,
            tasks: Tasks::default(),
            filter: FilterLine::default(),
            palette: Palette::default(),
            marks: BTreeSet::new(),
            dialogue: None,
            recalled: None,
            submitting: None,
            kinds: Kinds::default(),
            toasts: Toasts::default(),
            undos: Undos::default(),
            help: None,
            pages: Pages::default(),
            hosting: Hosting::Nothing,
            own: None,
            rates: Rates::default(),
            looked: Looked::default(),
            meters: Meters::default(),
            workers: Vec::new(),
            gates: StoreGates::default(),
            health: Health::default(),
            urgency: Urgency::Now,
        }
    }

    /// Something changed that has to be seen.
    pub(crate) fn touch(&mut self, urgency: Urgency) {
        self.urgency = self.urgency.max(urgency);
    }

    /// Whether something on the screen counts by itself, so that it has to be drawn each second.
    pub(crate) fn counts(&self) -> bool {
        let page = match self.pages.top() {
            Some(Page::Workers(_)) => self.workers.iter().any(|worker| worker.alive),
            Some(Page::Log(_) | Page::Events(_) | Page::Failures(_)) => false,
            // The detail tells for how long all has been as it is.
            None => self.pages.detail.is_some() || self.tasks.visible().any(Row::counts),
        };
        !self.toasts.is_empty() || page
    }

    /// The task that a page in the list's place is about: what is asked is asked of it.
    pub(crate) fn subject(&self) -> Option<TaskNumber> {
        self.pages.top()?.task()
    }

    /// The task that a page which is opened next is about.
    pub(crate) fn meant(&self) -> Option<TaskNumber> {
        match self.pages.top() {
            // What happened to one task is about that one, also while it is still being read.
            Some(Page::Events(events)) => events.task.or_else(|| events.selected()?.task),
            Some(page @ (Page::Log(_) | Page::Failures(_))) => page.task(),
            Some(Page::Workers(_)) => None,
            None => Some(self.tasks.selected()?.number),
        }
    }

    /// The workers that are there: those that stopped, or were found dead, are gone.
    pub(crate) fn present_workers(&self) -> impl Iterator<Item = &WorkerNews> {
        self.workers.iter().filter(|worker| !worker.row.is_gone())
    }

    /// Now and here.
    pub(crate) fn present(&self) -> Present {
        Present {
            now: self.now,
            zone: self.options.zone.clone(),
        }
    }

    /// The clock that times are told by.
    pub(crate) fn clock(&self) -> Clock {
        Clock::at(self.now, self.options.zone.clone())
    }

    /// How many tasks the worker in this process holds.
    pub(crate) fn held_here(&self) -> usize {
        let here = self.hosting.worker();
        let held = |row: &&Row| here.is_some() && row.worker == here;
        self.tasks.all().filter(held).count()
    }

    /// Whether a task waits for a worker and none lives that would take it.
    pub(crate) fn is_forsaken(&self, row: &Row) -> bool {
        row.needs_worker() && self.prospect(&row.wanted()) != Prospect::Worker
    }

    /// The workers that live and perform a kind.
    pub(crate) fn performers(&self, kind: &str) -> impl Iterator<Item = WorkerNumber> {
        let wanted = Wanted {
            kind: kind.into(),
            registered: true,
        };
        self.workers
            .iter()
            .filter(move |worker| worker.alive && wanted.accepted_by(&worker.row))
            .map(|worker| worker.row.number)
    }

    /// Who would take such tasks.
    pub(crate) fn prospect(&self, wanted: &Wanted) -> Prospect {
        let cordons = &self.gates.cordons;
        if cordons.around_all().is_some() {
            return Prospect::StoreCordoned;
        }
        let mut living = self.workers.iter().filter(|worker| worker.alive).peekable();
        if living.peek().is_none() {
            return Prospect::NoWorker;
        }
        let mut fit = living
            .filter(|worker| wanted.accepted_by(&worker.row))
            .peekable();
        if fit.peek().is_none() {
            return Prospect::NoWorkerOfKind;
        }
        let host = |worker: &WorkerNews| worker.row.actor.host.clone();
        if fit.any(|worker| cordons.around(worker.row.number, &host(worker)).is_none()) {
            Prospect::Worker
        } else {
            Prospect::Cordoned
        }
    }

    /// The worker that holds a task, if it lives and can't act.
    pub(crate) fn halted(&self, worker: Option<WorkerNumber>) -> Option<&WorkerNews> {
        let number = worker?;
        let mut halted = self.present_workers().filter(|worker| worker.is_halted());
        halted.find(|worker| worker.row.number == number)
    }

    /// Whether somebody has to look at a task: an error suspended it, its worker died or can't act,
    /// a batch fails, or nobody is there to run it.
    pub(crate) fn needs_attention(&self, row: &Row) -> bool {
        row.is_troubled() || self.is_forsaken(row) || self.halted(row.worker).is_some()
    }
}
