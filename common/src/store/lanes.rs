//! What waits to be claimed, in lanes: a worker reads the lanes of what it accepts, so that what it
//! costs does not grow with what waits for others.
//!
//! A registered task waits in the lane of its kind. A command waits twice: in the lane of its kind, and
//! in the one of all commands.

use std::collections::{BTreeMap, BTreeSet};

use redb::ReadableTable;

use super::error::{StoreError, passing_over};
use super::record::{Accepts, TaskRow, Waiting};
use super::row_name::RowName;
use super::schedules::schedule;
use super::schema::{CLAIMABLE, SPECS, rank};
use super::slots;
use super::table::{Rows, Table};
use super::tx::{Reads, Tx, decode, encode};
use crate::backoff;
use crate::id::TaskNumber;
use crate::spec::{TaskSpec, Way, Work};
use crate::time::Timestamp;

/// Tasks that wait to be claimed.
#[derive(Clone, Debug, Default)]
pub struct Due {
    /// Those that may be claimed now, first first.
    pub now: Vec<TaskNumber>,
    /// When the next one becomes due.
    pub next: Option<Timestamp>,
}

type Key = (&'static str, i64, u64);
type Bytes = &'static [u8];

const COMMANDS: &str = "";

fn of_command(kind: &str) -> String {
    format!("command:{kind}")
}

fn of_registered(kind: &str) -> String {
    format!("registered:{kind}")
}

/// The lane beside it for tasks with a queue of their own: a version that knows of none must not take
/// them for others.
fn queued(lane: &str) -> String {
    format!("queued:{lane}")
}

/// Where a task waits.
pub(super) fn lanes(spec: &TaskSpec) -> Vec<String> {
    let lanes = match spec.work {
        Work::Registered(_) => vec![of_registered(&spec.kind)],
        Work::Command(_) => vec![COMMANDS.to_owned(), of_command(&spec.kind)],
    };
    match spec.way {
        Way::Direct => lanes,
        Way::Queued(_) => lanes.iter().map(|lane| queued(lane)).collect(),
    }
}

/// The lane beside it for tasks of a group with a limit: while that is full, nobody looks at it.
fn of_group(group: &str, lane: &str) -> String {
    format!("group\0{group}\0{lane}")
}

/// Where a task waits that is to run, if its group has a limit.
fn group_lanes(spec: &TaskSpec) -> Vec<String> {
    if spec.group.is_empty() {
        return Vec::new();
    }
    let lanes = lanes(spec);
    lanes
        .iter()
        .map(|lane| of_group(&spec.group, lane))
        .collect()
}

/// Where what a worker accepts waits; no task waits in two of them.
pub(super) fn accepted(accepts: &Accepts) -> Vec<String> {
    let registered = |kind: &&String| accepts.kinds.is_empty() || accepts.kinds.contains(*kind);
    let mut lanes: Vec<String> = accepts
        .registered
        .iter()
        .filter(registered)
        .map(|kind| of_registered(kind))
        .collect();
    if accepts.kinds.is_empty() {
        lanes.push(COMMANDS.to_owned());
    } else {
        lanes.extend(accepts.kinds.iter().map(|kind| of_command(kind)));
    }
    let beside: Vec<String> = lanes.iter().map(|lane| queued(lane)).collect();
    lanes.extend(beside);
    lanes
}

/// Lets workers claim a task.
fn make_claimable(
    tx: &Tx<'_>,
    spec: &TaskSpec,
    not_before: Option<Timestamp>,
    limited: bool,
) -> Result<(), StoreError> {
    let waiting = Waiting {
        not_before,
        ..Waiting::default()
    };
    let bytes = encode(&waiting);
    let (here, elsewhere) = match limited {
        false => (lanes(spec), group_lanes(spec)),
        true => (group_lanes(spec), lanes(spec)),
    };
    let mut table = tx.table(CLAIMABLE)?;
    for lane in here {
        let key = (lane.as_str(), rank(spec.priority), spec.number.0);
        table.insert(key, bytes.as_slice())?;
    }
    if !spec.group.is_empty() {
        for lane in elsewhere {
            table.remove((lane.as_str(), rank(spec.priority), spec.number.0))?;
        }
    }
    Ok(())
}

/// Lets workers claim a task to run it, unless a gate holds it: then it is out of their sight, and looked at again
/// once the gate opens where that is known.
pub(super) fn offer(tx: &Tx<'_>, row: &TaskRow) -> Result<(), StoreError> {
    let not_before = row.progress.next_attempt_at;
    let limited = row.is_to_run() && slots::room(tx, &row.spec)?.is_some();
    match row.gate(tx.now) {
        None => {
            schedule(tx, row.spec.number, None)?;
            make_claimable(tx, &row.spec, not_before, limited)
        }
        Some(closed) => {
            make_unclaimable(tx, &row.spec)?;
            schedule(tx, row.spec.number, closed.until())
        }
    }
}

/// Takes a task out of the workers' sight.
pub(super) fn make_unclaimable(tx: &Tx<'_>, spec: &TaskSpec) -> Result<(), StoreError> {
    let mut table = tx.table(CLAIMABLE)?;
    for lane in lanes(spec).into_iter().chain(group_lanes(spec)) {
        table.remove((lane.as_str(), rank(spec.priority), spec.number.0))?;
    }
    Ok(())
}

/// Gives a task that waits the place of its new priority.
pub(super) fn rerank(tx: &Tx<'_>, before: &TaskSpec, after: &TaskSpec) -> Result<(), StoreError> {
    let task = after.number.0;
    let mut table = tx.table(CLAIMABLE)?;
    for lane in lanes(after).into_iter().chain(group_lanes(after)) {
        let old = (lane.as_str(), rank(before.priority), task);
        let waiting = table
            .get(old)?
            .map(|waiting| Ok::<_, StoreError>(waiting.value()?.to_vec()))
            .transpose()?;
        let Some(waiting) = waiting else {
            continue;
        };
        table.remove(old)?;
        table.insert(
            (lane.as_str(), rank(after.priority), task),
            waiting.as_slice(),
        )?;
    }
    Ok(())
}

/// What of the waiting tasks a worker accepts, at most `most` that are due, without those in `but`; of groups
/// with a limit those that have room. What can't be read is passed over.
pub(super) fn due<T: ReadableTable<Key, Bytes>>(
    reads: &impl Reads,
    table: &Table<'_, T, Key, Bytes>,
    (accepts, groups): (&Accepts, &[String]),
    most: usize,
    but: &BTreeSet<TaskNumber>,
    now: Timestamp,
) -> Result<Due, StoreError> {
    let mut queue = Queue {
        reads,
        heads: BTreeMap::new(),
    };
    match accepts.only {
        Some(only) => {
            let spec = passing_over(reads.record(&SPECS, only.0))?.flatten();
            let spec = spec.filter(|spec| accepts.kind(&spec.kind, spec.work.is_registered()));
            let places = |spec: &TaskSpec| {
                let has_room = groups.contains(&spec.group);
                let of_group = group_lanes(spec).into_iter().filter(|_| has_room);
                lanes(spec)
                    .into_iter()
                    .take(1)
                    .chain(of_group.take(1))
                    .collect::<Vec<_>>()
            };
            for lane in spec.iter().flat_map(places) {
                let rank = spec.as_ref().map_or(0, |spec| rank(spec.priority));
                let place = (lane.as_str(), rank, only.0);
                queue.join(table.range(place..=place)?)?;
            }
        }
        None => {
            let lanes = accepted(accepts);
            let of_groups = groups
                .iter()
                .flat_map(|group| lanes.iter().map(|lane| of_group(group, lane)))
                .collect::<Vec<_>>();
            for lane in lanes.iter().chain(&of_groups) {
                let lane = lane.as_str();
                queue.join(table.range((lane, i64::MIN, 0)..=(lane, i64::MAX, u64::MAX))?)?;
            }
        }
    }
    let mut found = Due::default();
    while found.now.len() < most
        && let Some((task, waiting)) = queue.next()?
    {
        let Some(waiting) = waiting.filter(|_| !but.contains(&task)) else {
            continue;
        };
        match waiting.not_before.filter(|at| backoff::waits(*at, now)) {
            None => found.now.push(task),
            Some(at) => found.next = Some(found.next.map_or(at, |next| next.min(at))),
        }
    }
    Ok(found)
}

/// The first row of a lane, if it can be read, and the rows behind it.
type Head<'a> = (Option<Waiting>, Rows<'a, Key, Bytes>);

/// The lanes of a worker, merged into one queue.
struct Queue<'a, R> {
    reads: &'a R,
    /// The first of each lane, by its place, and what is behind it.
    heads: BTreeMap<(i64, u64), Head<'a>>,
}

impl<'a, R: Reads> Queue<'a, R> {
    /// Puts the first of a lane in its place.
    fn join(&mut self, mut lane: Rows<'a, Key, Bytes>) -> Result<(), StoreError> {
        let Some(row) = lane.next() else {
            return Ok(());
        };
        let (key, bytes) = row?;
        let (_, rank, task) = key.value()?;
        let name = RowName::Waiting(TaskNumber(task));
        let waiting = passing_over(decode(self.reads.dir(), name, bytes.value()?))?;
        self.heads.insert((rank, task), (waiting, lane));
        Ok(())
    }

    fn next(&mut self) -> Result<Option<(TaskNumber, Option<Waiting>)>, StoreError> {
        let Some(((_, task), (waiting, lane))) = self.heads.pop_first() else {
            return Ok(None);
        };
        self.join(lane)?;
        Ok(Some((TaskNumber(task), waiting)))
    }
}

#[cfg(test)]
mod tests;
