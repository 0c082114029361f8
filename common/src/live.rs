//! What batches in flight told of themselves: shown while they run, and no part of the durable progress.

use serde::{Deserialize, Serialize};

use crate::id::{BatchNumber, Epoch};
use crate::spec::Rest;
use crate::time::Timestamp;

/// What was told of the batches of a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Live {
    /// By batch; those that are over count no more.
    pub batches: Vec<LiveBatch>,
    /// What one of them said last.
    pub message: Option<String>,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What a batch told of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LiveBatch {
    /// Which attempt at which batch.
    pub flight: Flight,
    /// Items of it that are done.
    pub items_done: u64,
}

/// One attempt at a batch, told from any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flight {
    /// The batch.
    pub batch: BatchNumber,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Of a task that is run directly: the claim under which it runs.
    pub epoch: Epoch,
    /// Of a task with a queue: when it began.
    pub since: Option<Timestamp>,
}

impl Live {
    /// Takes what an attempt told; forgets those that are over. Gives whether anything changed.
    pub fn tell(
        &mut self,
        flights: &[Flight],
        flight: Flight,
        items_done: Option<u64>,
        message: Option<String>,
    ) -> bool {
        let before = self.clone();
        self.batches.retain(|batch| flights.contains(&batch.flight));
        match self.batches.iter_mut().find(|batch| batch.flight == flight) {
            Some(batch) => batch.items_done = items_done.unwrap_or(batch.items_done),
            None => self.batches.push(LiveBatch {
                flight,
                items_done: items_done.unwrap_or_default(),
            }),
        }
        if message.is_some() {
            self.message = message;
        }
        *self != before
    }

    /// Whether one of the attempts in flight told anything.
    #[must_use]
    pub fn tells_of(&self, flights: &[Flight]) -> bool {
        self.batches
            .iter()
            .any(|batch| flights.contains(&batch.flight))
    }

    /// Items that the attempts in flight have done so far.
    #[must_use]
    pub fn items_done(&self, flights: &[Flight]) -> u64 {
        let live = self.batches.iter();
        live.filter(|batch| flights.contains(&batch.flight))
            .map(|batch| batch.items_done)
            .fold(0, u64::saturating_add)
    }
}
