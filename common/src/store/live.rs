//! What batches in flight tell of themselves.

use super::Store;
use super::error::StoreError;
use super::record::TaskRow;
use super::schema::LIVES;
use super::tx::Reads;
use crate::id::{BatchNumber, TaskId, TaskNumber};
use crate::live::{Flight, Live};
use crate::state::StateWord;

/// Who tells, and what.
#[derive(Clone, Debug)]
pub struct Telling {
    /// The task's id, as the teller knows it.
    pub id: TaskId,
    /// The batch; None: the one in flight, if it is the only one.
    pub batch: Option<BatchNumber>,
    /// The attempt; None: the one in flight.
    pub attempt: Option<u32>,
    /// Items of the batch that are done.
    pub items_done: Option<u64>,
    /// What it is at.
    pub message: Option<String>,
}

/// Why nobody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// The batch, or this attempt at it, is not in flight.
    #[error("the batch is over")]
    Over,
    /// Several batches are in flight, and it was not said which is meant.
    #[error("several batches of the task are in flight")]
    Which,
}

impl Store {
    /// Tells how far a batch in flight is. Telling the same again writes nothing.
    ///
    /// # Errors
    /// [`StoreError::NoTask`], and the store's own.
    pub fn tell_live(
        &self,
        task: TaskNumber,
        telling: Telling,
    ) -> Result<Result<(), NotTold>, StoreError> {
        self.write(move |tx| {
            let row = tx.task(task)?;
            let flights = row.flights();
            let fits = |flight: &&Flight| {
                telling.batch.is_none_or(|batch| batch == flight.batch)
                    && telling
                        .attempt
                        .is_none_or(|attempt| attempt == flight.attempt)
            };
            let mut fitting = flights.iter().filter(fits);
            let flight = match (fitting.next(), fitting.next()) {
                (Some(flight), None) if row.spec.id == telling.id => *flight,
                (Some(_), Some(_)) => return Ok(Err(NotTold::Which)),
                _ => return Ok(Err(NotTold::Over)),
            };
            let mut live = row.live.unwrap_or_default();
            if live.tell(
                &flights,
                flight,
                telling.items_done,
                telling.message.clone(),
            ) {
                tx.put_quietly(&LIVES, task.0, &live)?;
            }
            Ok(Ok(()))
        })
    }
}

impl TaskRow {
    /// The attempts at batches that are in flight.
    #[must_use]
    pub fn flights(&self) -> Vec<Flight> {
        if let Some(backlog) = &self.backlog {
            let begun = backlog.begun.iter();
            return begun
                .map(|begun| Flight {
                    batch: begun.batch,
                    attempt: begun.attempt,
                    since: Some(begun.since),
                    ..Flight::default()
                })
                .collect();
        }
        match self.claim {
            Some(claim) if self.state.word == StateWord::Run && self.state.hook.is_none() => {
                vec![Flight {
                    batch: self.progress.batch,
                    attempt: self.progress.attempts + 1,
                    epoch: claim.epoch,
                    since: None,
                }]
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// Items of the batches in flight that are done, as these told.
    #[must_use]
    pub fn items_live(&self) -> u64 {
        let live = self.live.as_ref();
        live.map_or(0, |live| live.items_done(&self.flights()))
    }
}

/// What was told of a task.
pub(super) fn live(reads: &impl Reads, task: TaskNumber) -> Result<Option<Live>, StoreError> {
    reads.record(&LIVES, task.0)
}
