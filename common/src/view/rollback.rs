//! The rollback of a task, as everybody is told of it.

use serde::Serialize;

use crate::progress::as_f64;
use crate::state::{Desired, Hook, RollbackStage};
use crate::store::TaskRow;
use crate::time::Timestamp;

/// How what a task did is undone, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RollbackView {
    /// The command; None: it is done in Rust.
    pub command: Option<String>,
    /// Whether it has begun, and how it stands.
    pub stage: RollbackStage,
    /// Items undone.
    pub items_done: u64,
    /// Items that are to be undone in all.
    pub items_total: u64,
    /// Batches undone.
    pub batches_done: u64,
    /// Batches that are to be undone in all.
    pub batches_total: u64,
    /// When it began.
    pub began_at: Option<Timestamp>,
    /// Whether it has to be over before the task ends, should it be terminated.
    #[serde(skip)]
    pub undoes: bool,
}

/// Of a task that undoes what it did: the share of all its items that is not undone yet.
pub(super) fn left(row: &TaskRow) -> Option<f64> {
    let undone = row.progress.rollback.as_ref()?;
    let total = row.items_total().filter(|total| *total > 0)?;
    let left = undone.items_total.saturating_sub(undone.items_done);
    Some((as_f64(left) / as_f64(total)).clamp(0.0, 1.0))
}

impl RollbackView {
    /// Of a task that brings one, or of which one was asked for.
    pub(super) fn of(row: &TaskRow) -> Option<Self> {
        let began = row.state.rollback != RollbackStage::None;
        let asked = row.wish.rollback.is_some();
        if !began && !asked && !row.spec.rolls_back() {
            return None;
        }
        let progress = &row.progress;
        let undone = progress.rollback.clone().unwrap_or_default();
        let (items_total, batches_total) = match began {
            true => (undone.items_total, undone.batches_total),
            false => (progress.items_done, progress.batches_done),
        };
        Some(Self {
            command: row.rollback_line().map(str::to_owned),
            stage: row.state.rollback,
            items_done: undone.items_done,
            items_total,
            batches_done: undone.batches_done,
            batches_total,
            began_at: began.then_some(undone.began_at),
            undoes: row.wish.desired == Desired::Terminate
                && row.state.owed.rollback
                && !row.passes_over(Hook::Rollback),
        })
    }

    /// Items that are still to be undone.
    #[must_use]
    pub fn items_left(&self) -> u64 {
        self.items_total.saturating_sub(self.items_done)
    }
}
