//! How much of a processor and of the memory processes use: what two looks at them differ by.
//!
//! Processes come and go between two looks. What a child used goes over to its parent once that has
//! waited for it, so a batch is reckoned as a whole; what nobody waited for is lost.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

use crate::batch_lock::BatchRecord;
use crate::process::{ProcessId, Spent, spent_by, spent_by_all};

/// A batch that began since the last look must be so old: ticks are 10 ms long.
const SHORTEST: Duration = Duration::from_millis(200);

/// All processes at an instant, or some.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Since the machine was started.
    at: Duration,
    ticks_per_second: u64,
    scope: Scope,
    processes: HashMap<ProcessId, Spent>,
}

/// Which processes were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    All,
    Some,
}

/// What is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Used {
    /// Of one core: 1.5 are one and a half. None: there was no earlier look, or it began just now.
    pub cores: Option<f64>,
    /// Bytes of memory. What processes share counts for each of them.
    pub memory: u64,
    /// How many processes that is.
    pub processes: usize,
}

impl Used {
    /// What is used by this and another together. The share of one that was not measured is left out.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let cores = self.cores.into_iter().chain(other.cores);
        Self {
            cores: cores.reduce(|one, other| one + other),
            memory: self.memory.saturating_add(other.memory),
            processes: self.processes + other.processes,
        }
    }
}

impl Sample {
    /// Looks at all processes.
    ///
    /// # Errors
    /// When `/proc` can't be read.
    pub fn of_all() -> io::Result<Self> {
        let at = since_boot();
        Ok(Self::new(
            at,
            clock_ticks_per_second(),
            Scope::All,
            spent_by_all()?,
        ))
    }

    /// Looks at these alone.
    ///
    /// # Errors
    /// When `/proc` can't be read.
    pub fn of(processes: impl IntoIterator<Item = ProcessId>) -> io::Result<Self> {
        let at = since_boot();
        let mut seen = Vec::new();
        for pid in processes {
            seen.extend(spent_by(pid)?);
        }
        Ok(Self::new(at, clock_ticks_per_second(), Scope::Some, seen))
    }

    fn new(at: Duration, ticks_per_second: u64, scope: Scope, processes: Vec<Spent>) -> Self {
        Self {
            at,
            ticks_per_second,
            scope,
            processes: processes.into_iter().map(|seen| (seen.pid, seen)).collect(),
        }
    }

    /// What a process uses, without its children; None if it isn't there.
    #[must_use]
    pub fn process(&self, before: Option<&Self>, pid: ProcessId) -> Option<Used> {
        let now = self.processes.get(&pid)?;
        let was = before.and_then(|before| Some((before.at, before.same(now)?.own)));
        Some(Used {
            cores: was.and_then(|(at, own)| self.cores(now.own.saturating_sub(own), at)),
            memory: now.resident,
            processes: 1,
        })
    }

    /// What the process group of a batch uses; None if none of it is there.
    #[must_use]
    pub fn batch(&self, before: Option<&Self>, batch: &BatchRecord) -> Option<Used> {
        let members: Vec<&Spent> = self.members(batch).collect();
        if members.is_empty() {
            return None;
        }
        let ticks = members
            .iter()
            .map(|seen| seen.own + seen.waited)
            .sum::<u64>();
        let began = self.time_of(batch.start_time);
        // One that left it out says nothing of what it had used by then.
        let before = before.filter(|before| before.scope == Scope::All);
        let (known, from) = match before {
            Some(before) if before.at > began => (before.still_counted_in(self, batch), before.at),
            Some(_) if self.at.saturating_sub(began) >= SHORTEST => (0, began),
            Some(_) | None => (ticks, self.at),
        };
        Some(Used {
            cores: self.cores(ticks.saturating_sub(known), from),
            memory: members.iter().map(|seen| seen.resident).sum(),
            processes: members.len(),
        })
    }

    /// The processes of a batch. Its number is given away only after the last of its group has ended.
    fn members(&self, batch: &BatchRecord) -> impl Iterator<Item = &Spent> {
        let leader = self.processes.get(&batch.pid);
        let is_it = leader.is_none_or(|leader| leader.start_time == batch.start_time);
        let (group, session) = (batch.pid, batch.session);
        self.processes
            .values()
            .filter(move |seen| is_it && seen.group == group && seen.session == session)
    }

    /// The ticks of a batch that were there already at this look, and are found again in a later one:
    /// with the same process, or with the nearest ancestor of it that is left.
    fn still_counted_in(&self, later: &Self, batch: &BatchRecord) -> u64 {
        let is_left = |seen: &&Spent| {
            let mut at = **seen;
            // No longer than there are processes, whatever the numbers say.
            for _ in 0..=self.processes.len() {
                if later.same(&at).is_some() {
                    return true;
                }
                match self.processes.get(&at.parent) {
                    Some(parent) if parent.group == batch.pid => at = *parent,
                    _ => return false,
                }
            }
            false
        };
        let counted = self.members(batch).filter(is_left);
        counted.map(|seen| seen.own + seen.waited).sum()
    }

    /// The same process here.
    fn same(&self, seen: &Spent) -> Option<&Spent> {
        let found = self.processes.get(&seen.pid)?;
        (found.start_time == seen.start_time).then_some(found)
    }

    fn time_of(&self, ticks: u64) -> Duration {
        Duration::from_millis(ticks.saturating_mul(1000) / self.ticks_per_second.max(1))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "nobody uses so much between two looks"
    )]
    fn cores(&self, ticks: u64, since: Duration) -> Option<f64> {
        let seconds = self.at.saturating_sub(since).as_secs_f64();
        (seconds > 0.0).then(|| ticks as f64 / self.ticks_per_second.max(1) as f64 / seconds)
    }
}

/// The clock that the kernel marks the start of processes by.
fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    Duration::try_from(now).unwrap_or_default()
}

#[cfg(test)]
mod tests;
