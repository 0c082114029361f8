//! How the batches of a task reach those who perform them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::broker_address::BrokerAddress;

/// How far planning runs ahead, unless asked otherwise.
pub const DEFAULT_DEPTH: u64 = 64;
/// The most batches of one task in flight at once: each has a lock of its own.
pub const MAX_PARALLEL: u64 = 1024;

/// The way in which the batches of a task are run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// One after the other, by the worker that holds the task.
    #[default]
    Direct,
    /// Through a queue of the task's own, by any number of workers.
    Queued(Queue),
}

/// A task's own queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Queue {
    /// Where it is.
    pub place: Place,
    /// Batches in flight at once, over all workers.
    pub parallel: u64,
    /// Batches planned ahead.
    pub depth: u64,
    /// Whether batches begin in the order of their numbers.
    pub ordered: bool,
}

/// Where a queue is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the store.
    #[default]
    Store,
    /// At a broker, by its address.
    Broker(BrokerAddress),
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            place: Place::Store,
            parallel: MAX_PARALLEL,
            depth: DEFAULT_DEPTH,
            ordered: false,
        }
    }
}

impl Way {
    /// The queue, if there is one.
    #[must_use]
    pub fn queue(&self) -> Option<&Queue> {
        match self {
            Self::Direct => None,
            Self::Queued(queue) => Some(queue),
        }
    }
}

impl Queue {
    /// How many batches may be in flight at once.
    #[must_use]
    pub fn width(&self) -> usize {
        usize::try_from(self.parallel.clamp(1, MAX_PARALLEL)).unwrap_or(usize::MAX)
    }
}

/// For people, without a password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store => f.write_str("store"),
            Self::Broker(address) => address.fmt(f),
        }
    }
}
