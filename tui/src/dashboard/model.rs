//! All that the dashboard knows, and nothing that it does.

mod line;
mod tasks;

use longhaul_common::time::Timestamp;

use super::keymap::KeyMap;
use super::message::{Health, WorkerNews};
use super::theme::Theme;
pub(crate) use line::{Line, Typed};
pub(crate) use tasks::Tasks;

/// The state of the screen.
pub(crate) struct Model {
    pub(crate) options: Options,
    pub(crate) keys: KeyMap,
    pub(crate) now: Timestamp,
    pub(crate) size: Size,
    pub(crate) tasks: Tasks,
    pub(crate) workers: Vec<WorkerNews>,
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
}

/// Whether tasks may be asked anything from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Control,
    ReadOnly,
}

/// The terminal's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) columns: u16,
    pub(crate) rows: u16,
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
            workers: Vec::new(),
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
        self.tasks.visible().any(super::row::Row::runs)
    }
}
