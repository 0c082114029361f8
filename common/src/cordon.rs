//! Cordons: workers that claim nothing new. A drain is one that also has them give back what they have, at the
//! next batch boundary. Neither is a request: what is wanted of the tasks stays as it is. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::id::WorkerNumber;
use crate::spec::Rest;
use crate::time::Timestamp;

/// Whom a cordon is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Every worker of the store.
    #[default]
    Store,
    /// The workers of a host, those that start later too.
    Host(String),
    /// One worker. Its number is never given to another.
    Worker(WorkerNumber),
}

impl Reach {
    /// Whether it is about this worker.
    #[must_use]
    pub fn takes_in(&self, worker: WorkerNumber, host: &str) -> bool {
        match self {
            Self::Store => true,
            Self::Host(name) => name == host,
            Self::Worker(number) => *number == worker,
        }
    }

    /// The name it is stored by.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Store => "store".to_owned(),
            Self::Host(name) => format!("host:{name}"),
            Self::Worker(number) => format!("worker:{number}"),
        }
    }

    /// The options that name it on the command line, with a space before them.
    #[must_use]
    pub fn options(&self) -> String {
        match self {
            Self::Store => String::new(),
            Self::Host(name) => format!(" --host {name}"),
            Self::Worker(number) => format!(" --worker {number}"),
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store => f.write_str("the store"),
            Self::Host(name) => write!(f, "host {name}"),
            Self::Worker(number) => write!(f, "worker {number}"),
        }
    }
}

/// What cordoned workers do with what they have.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// They go on with it.
    #[default]
    Cordoned,
    /// They give it back at the next batch boundary.
    Drained,
}

impl Hold {
    /// The word for people and programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cordoned => "cordoned",
            Self::Drained => "drained",
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A cordon.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cordon {
    /// Whom it is about.
    pub reach: Reach,
    /// What they do with what they have.
    pub hold: Hold,
    /// Who made it.
    pub by: Actor,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl fmt::Display for Cordon {
    /// `the store is drained by kim (the disk is changed)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {} by {}", self.reach, self.hold, self.by)?;
        match &self.reason {
            Some(reason) => write!(f, " ({reason})"),
            None => Ok(()),
        }
    }
}

/// All cordons of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cordons(pub Vec<Cordon>);

impl Cordons {
    /// The cordon that a worker is in; of several, one that drains.
    #[must_use]
    pub fn around(&self, worker: WorkerNumber, host: &str) -> Option<&Cordon> {
        let all = self.0.iter();
        let around = all.filter(|cordon| cordon.reach.takes_in(worker, host));
        around.max_by_key(|cordon| cordon.hold)
    }

    /// The cordon around every worker of the store.
    #[must_use]
    pub fn around_all(&self) -> Option<&Cordon> {
        self.0.iter().find(|cordon| cordon.reach == Reach::Store)
    }
}

#[cfg(test)]
mod tests;
