//! What a backlog is made of.

use serde::{Deserialize, Serialize};

use crate::backoff;
use crate::id::{BatchNumber, WorkerNumber};
use crate::time::Timestamp;

/// Batches with neighbouring numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span(pub u64, pub u64);

/// A batch that was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tried {
    /// The batch.
    pub batch: BatchNumber,
    /// How often it began in vain.
    pub attempts: u32,
    /// When it may begin again; None: at once.
    pub not_before: Option<Timestamp>,
}

/// A part of a batch that was halved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Half {
    /// Its number.
    pub batch: BatchNumber,
    /// The batch that was planned, before anything was halved.
    pub of: BatchNumber,
}

/// A batch that keeps its task from going on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Blocked {
    /// The batch.
    pub batch: BatchNumber,
    /// Attempts at it.
    pub attempts: u32,
    /// The last error.
    pub error: String,
    /// When it was given up.
    pub at: Timestamp,
}

/// A batch in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Begun {
    /// The batch.
    pub batch: BatchNumber,
    /// Whose lock it runs under: 1 and up.
    pub slot: u16,
    /// Who performs it.
    pub seat: Seat,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// Since when.
    pub since: Timestamp,
}

/// A place at a worker where batches are performed, one at a time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(default)]
pub struct Seat {
    /// The worker.
    pub worker: WorkerNumber,
    /// Counted per worker, never reused.
    pub number: u64,
}

/// Why a broker can't be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unreachable {
    /// Since when.
    pub since: Timestamp,
    /// What it or the network says.
    pub why: String,
}

impl Span {
    pub(super) fn len(self) -> u64 {
        self.1 - self.0 + 1
    }
}

impl Tried {
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|at| !backoff::waits(at, now))
    }
}
