//! How far a store was read, and what of it moves without an event.

use std::collections::BTreeMap;
use std::time::Instant;

use longhaul_common::alive::{Condition, Liveness};
use longhaul_common::backlog::Backlog;
use longhaul_common::control::Control;
use longhaul_common::gate::StoreGates;
use longhaul_common::id::{EventNumber, TaskNumber, WorkerNumber};
use longhaul_common::progress::Progress;
use longhaul_common::store::{StoreError, TaskRow, Tasks, WorkerRow};
use longhaul_common::time::Timestamp;

use super::super::desk::Glimpse;
use super::conditions::Conditions;
use crate::dashboard::message::WorkerNews;
use crate::dashboard::row::Row;
use crate::dashboard::texts::Texts;

/// How far the store was read.
pub(super) struct Place {
    pub(super) control: Control,
    /// The database as it was before the last look, if a later glimpse tells of every change.
    pub(super) glimpse: Option<Glimpse>,
    /// The last event that was read.
    pub(super) seen: EventNumber,
    /// The tasks whose progress may move, and what was last told of it.
    pub(super) running: BTreeMap<TaskNumber, Told>,
    /// When their progress was read.
    pub(super) progress_at: Instant,
    /// Whether it may have moved since.
    pub(super) behind: bool,
    pub(super) workers: Vec<WorkerNews>,
    pub(super) gates: StoreGates,
    conditions: Conditions,
    texts: Texts,
    /// Why a task is missing on the screen: a row of it that can't be read.
    pub(super) unreadable: Option<StoreError>,
}

/// What of a task moves without an event.
#[derive(PartialEq)]
pub(super) struct Told {
    progress: Progress,
    backlog: Option<Backlog>,
    /// Whether the workers live that hold it and perform its batches.
    lives: Vec<Liveness>,
}

impl Place {
    /// Of a store of which nothing was read but its last event.
    pub(super) fn new(control: Control, seen: EventNumber) -> Self {
        Self {
            control,
            glimpse: None,
            seen,
            running: BTreeMap::new(),
            progress_at: Instant::now(),
            behind: false,
            workers: Vec::new(),
            gates: StoreGates::default(),
            conditions: Conditions::default(),
            texts: Texts::default(),
            unreadable: None,
        }
    }

    pub(super) fn worker(&mut self, row: &WorkerRow) -> WorkerNews {
        let alive = !row.is_gone() && self.control.lives(row.number);
        let condition = if alive {
            self.conditions.of(&self.control, row)
        } else {
            Condition::Running
        };
        WorkerNews {
            row: row.clone(),
            alive,
            condition,
        }
    }

    /// Whether a task has something to tell that no event tells of.
    pub(super) fn moved(&self, row: &TaskRow) -> bool {
        self.running.get(&row.spec.number) != self.told(row).as_ref()
    }

    /// What is told of a task that moves without an event, if somebody holds or performs it.
    fn told(&self, row: &TaskRow) -> Option<Told> {
        let begun = row.backlog.iter().flat_map(|backlog| &backlog.begun);
        let performers = begun.map(|begun| begun.seat.worker);
        let holder = row.claim.map(|claim| claim.worker);
        let workers: Vec<_> = holder.into_iter().chain(performers).collect();
        if workers.is_empty() {
            return None;
        }
        let liveness = |worker: WorkerNumber| {
            if self.control.lives(worker) {
                Liveness::Alive
            } else {
                Liveness::Dead
            }
        };
        Some(Told {
            progress: row.progress.clone(),
            backlog: row.backlog.clone(),
            lives: workers.into_iter().map(liveness).collect(),
        })
    }

    pub(super) fn rows(&mut self, tasks: &Tasks) -> Vec<Row> {
        let now = Timestamp::now();
        let (views, _) = self.control.views_of(tasks);
        if self.unreadable.is_none() {
            self.unreadable = tasks.unreadable.first().cloned();
        }
        for row in &tasks.rows {
            let number = row.spec.number;
            match self.told(row) {
                Some(told) => {
                    self.running.insert(number, told);
                }
                None => {
                    self.running.remove(&number);
                }
            }
        }
        let texts = &mut self.texts;
        let rows = views.into_iter();
        rows.map(|view| Row::of(view, now, texts)).collect()
    }
}
