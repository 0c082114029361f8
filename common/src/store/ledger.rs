//! Where each item of a task stands, as far as the store knows: what failed, what is planned, and how far
//! planning is.

use super::Store;
use super::batch_rows;
use super::error::StoreError;
use super::failed::failures;
use super::queue::Planned;
use super::record::{Failure, TaskRow};
use super::row_name::RowName;
use super::schema::PLANNED;
use super::tx::Reads;
use crate::id::{BatchNumber, TaskNumber};

/// All that tells which items of a task are done, left or failed; read together.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The task. What comes before the cursor of its progress is done, but for these.
    pub row: TaskRow,
    /// What was passed over.
    pub failures: Vec<Failure>,
    /// What was, and waits to be tried again.
    pub again: Vec<Failure>,
    /// What is planned and not done, by number.
    pub planned: Vec<(BatchNumber, Planned)>,
}

impl Store {
    /// Where each item of a task stands.
    ///
    /// # Errors
    /// [`StoreError::NoTask`] and the store's own.
    pub fn ledger(&self, task: TaskNumber) -> Result<Ledger, StoreError> {
        self.read(move |view| {
            let all = failures(view, task, usize::MAX)?;
            let (again, failures) = all.into_iter().partition(Failure::waits);
            Ok(Ledger {
                row: view.task(task)?,
                failures,
                again,
                planned: batch_rows::first(view, PLANNED, RowName::Planned, task, usize::MAX)?,
            })
        })
    }
}
