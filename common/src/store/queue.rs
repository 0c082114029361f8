//! Queued tasks: any number of workers perform batches of one task, each under a transaction that
//! begins it and one that ends it. The worker that holds the task coordinates: it alone plans, puts
//! back what the dead had begun, and moves the state.

mod coordinate;
mod halve;
mod perform;

use std::time::Duration;

use halve::halve;
use redb::ReadableTable;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use coordinate::{BrokerNews, Cuts, Spent, Watched};
pub use perform::{Begin, Ended, Failing, Met, Next, Performed, Performer, Report, Turn};

use super::error::{StoreError, passing_over};
use super::failed::put_failure;
use super::fed::drop_rest;
use super::lanes::{accepted, lanes};
use super::record::{Accepts, Failure, TaskRow, Wish};
use super::row_name::RowName;
use super::schema::{BACKLOGS, PLANNED, SERVED, SPECS, WISHES, rank};
use super::tx::{Reads, Tx, View, decode};
use crate::backlog::{Backlog, Begun, Limits};
use crate::backoff;
use crate::id::{BatchNumber, TaskNumber};
use crate::spec::{MAX_BACKOFF, Rest, TaskSpec};
use crate::state::Desired;
use crate::time::Timestamp;

/// A batch that is planned: how it is cut never changes, so that its key always means the same items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Planned {
    /// Where it starts.
    pub cursor: ByteBuf,
    /// Where the one after starts.
    pub next: ByteBuf,
    /// Its items.
    pub items: u64,
    /// The size it was cut with.
    pub size: u64,
    /// When it was planned.
    pub at: Timestamp,
    /// Whether it is a part of one that was halved: it has one attempt.
    pub half: bool,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A queued task of which more batches could begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// The task.
    pub task: TaskNumber,
    /// How many more could begin now.
    pub room: usize,
    /// How many are in flight.
    pub in_flight: usize,
}

fn limits(spec: &TaskSpec) -> Limits {
    let none = Limits {
        width: 0,
        ordered: false,
        rate: None,
    };
    let queue = spec.way.queue();
    queue.map_or(none, |queue| Limits::of(queue, spec.rate))
}

fn backlog(reads: &impl Reads, task: TaskNumber) -> Result<Backlog, StoreError> {
    Ok(reads.record(&BACKLOGS, task.0)?.unwrap_or_default())
}

/// Lets workers begin batches of a task.
fn serve(tx: &Tx<'_>, spec: &TaskSpec) -> Result<(), StoreError> {
    let mut table = tx.table(SERVED)?;
    for lane in lanes(spec) {
        table.insert((lane.as_str(), rank(spec.priority), spec.number.0), ())?;
    }
    Ok(())
}

/// Keeps workers from beginning any.
fn unserve(tx: &Tx<'_>, spec: &TaskSpec) -> Result<(), StoreError> {
    let mut table = tx.table(SERVED)?;
    for lane in lanes(spec) {
        table.remove((lane.as_str(), rank(spec.priority), spec.number.0))?;
    }
    Ok(())
}

/// Gives a task whose batches may begin the place of its new priority.
pub(super) fn rerank(tx: &Tx<'_>, before: &TaskSpec, after: &TaskSpec) -> Result<(), StoreError> {
    if backlog(tx, after.number)?.serving {
        unserve(tx, before)?;
        serve(tx, after)?;
    }
    Ok(())
}

/// Closes the queue of a task that is claimed anew: its batches begin again once it is prepared.
pub(super) fn close(tx: &Tx<'_>, row: &mut TaskRow) -> Result<(), StoreError> {
    if let Some(backlog) = &mut row.backlog
        && backlog.serving
    {
        backlog.serving = false;
        tx.put(&BACKLOGS, row.spec.number.0, backlog)?;
        unserve(tx, &row.spec)?;
    }
    Ok(())
}

/// Opens the queue of a task that is prepared.
pub(super) fn open(tx: &Tx<'_>, row: &mut TaskRow) -> Result<(), StoreError> {
    if let Some(backlog) = &mut row.backlog {
        backlog.serving = true;
        backlog.pace = backlog
            .pace
            .and_then(|pace| pace.rested(row.spec.rate, tx.now));
        tx.put(&BACKLOGS, row.spec.number.0, backlog)?;
        serve(tx, &row.spec)?;
    }
    Ok(())
}

/// Lets the batches of a task that is resumed begin as if they had not been tried.
pub(super) fn forgive(tx: &Tx<'_>, row: &mut TaskRow) -> Result<(), StoreError> {
    if let Some(backlog) = &mut row.backlog {
        backlog.forgive();
        tx.put(&BACKLOGS, row.spec.number.0, backlog)?;
    }
    Ok(())
}

/// Lets batches that wait for another attempt begin by their task's new, shorter backoff.
pub(super) fn hasten(tx: &Tx<'_>, row: &mut TaskRow) -> Result<(), StoreError> {
    if let Some(backlog) = &mut row.backlog {
        let base = Duration::from_millis(row.spec.backoff_ms);
        for tried in &mut backlog.tried {
            let soon = tx
                .now
                .after(backoff::delay(tried.attempts, base, MAX_BACKOFF, 0.5));
            tried.not_before = tried.not_before.map(|at| at.min(soon));
        }
        tx.put(&BACKLOGS, row.spec.number.0, backlog)?;
    }
    Ok(())
}

/// Forgets what a task that has ended needs no more. The rows of what it had planned stay: they say which
/// of its items are left.
pub(super) fn forget(tx: &Tx<'_>, row: &mut TaskRow) -> Result<(), StoreError> {
    drop_rest(tx, row)?;
    let Some(backlog) = &mut row.backlog else {
        return Ok(());
    };
    let task = row.spec.number.0;
    unserve(tx, &row.spec)?;
    let kept = Backlog {
        redelivered: backlog.redelivered,
        sent_again: backlog.sent_again,
        foreign: backlog.foreign,
        all_planned: backlog.all_planned,
        ..Backlog::default()
    };
    *backlog = kept;
    tx.put(&BACKLOGS, task, backlog)
}

/// The queued tasks of which a worker could begin batches, first first.
pub(super) fn served(
    view: &View<'_>,
    accepts: &Accepts,
    running: &[TaskNumber],
    now: Timestamp,
) -> Result<(Vec<Served>, Option<Timestamp>), StoreError> {
    let (mut found, mut next) = (Vec::new(), None::<Timestamp>);
    let Some(table) = view.table(SERVED)? else {
        return Ok((Vec::new(), None));
    };
    for lane in accepted(accepts) {
        let lane = lane.as_str();
        for row in table.range((lane, i64::MIN, 0)..=(lane, i64::MAX, u64::MAX))? {
            let (_, rank, task) = row?.0.value()?;
            let task = TaskNumber(task);
            // One that was handed over is served whatever is taken by itself.
            if accepts.only.is_some_and(|only| only != task) && !running.contains(&task) {
                continue;
            }
            let read = (|| {
                let wish: Wish = view.task_record(&WISHES, task)?;
                Ok((wish, view.task_record(&SPECS, task)?, backlog(view, task)?))
            })();
            let Some((wish, spec, backlog)) = passing_over(read)? else {
                continue;
            };
            // It is closed once its coordinator comes to it. A seat that was opened until then would be left
            // at once, and opened anew.
            if wish.desired != Desired::Run || backlog.gave_up.is_some() {
                continue;
            }
            let limits = limits(&spec);
            let room = backlog.room(limits, now);
            let due = backlog.look_again_at(limits, now);
            next = next.into_iter().chain(due).min();
            if room > 0 {
                let in_flight = backlog.begun.len();
                let served = Served {
                    task,
                    room,
                    in_flight,
                };
                found.push(((rank, task), served));
            }
        }
    }
    found.sort_by_key(|(place, _)| *place);
    Ok((found.into_iter().map(|(_, served)| served).collect(), next))
}

fn planned<T: ReadableTable<(u64, u64), &'static [u8]>>(
    reads: &impl Reads,
    table: &super::table::Table<'_, T, (u64, u64), &'static [u8]>,
    task: TaskNumber,
    batch: BatchNumber,
) -> Result<Option<Planned>, StoreError> {
    let Some(bytes) = table.get((task.0, batch.0))? else {
        return Ok(None);
    };
    decode(reads.dir(), RowName::Planned(task, batch), bytes.value()?).map(Some)
}

/// How a batch is cut that is planned.
pub(super) fn planned_in(
    view: &View<'_>,
    task: TaskNumber,
    batch: BatchNumber,
) -> Result<Option<Planned>, StoreError> {
    match view.table(PLANNED)? {
        Some(table) => planned(view, &table, task, batch),
        None => Ok(None),
    }
}

/// Takes a batch out of what is planned.
pub(super) fn take_planned(
    tx: &Tx<'_>,
    task: TaskNumber,
    batch: BatchNumber,
) -> Result<Planned, StoreError> {
    let mut table = tx.table(PLANNED)?;
    let found = planned(tx, &table, task, batch)?;
    table.remove((task.0, batch.0))?;
    Ok(found.unwrap_or_default())
}

/// Takes a batch out of what is planned, and writes it to the failures. Gives how many items it has.
fn pass_over(
    tx: &Tx<'_>,
    task: TaskNumber,
    begun: &Begun,
    error: String,
) -> Result<u64, StoreError> {
    let planned = take_planned(tx, task, begun.batch)?;
    let items = planned.items;
    let tried = (begun.batch, begun.attempt);
    put_failure(tx, task, &failure_of(planned, tried, error, tx.now))?;
    Ok(items)
}

/// A planned batch as one that failed for good.
pub(super) fn failure_of(
    planned: Planned,
    (batch, attempts): (BatchNumber, u32),
    error: String,
    now: Timestamp,
) -> Failure {
    Failure {
        batch,
        cursor: planned.cursor,
        next: planned.next,
        items: planned.items,
        attempts,
        error,
        at: now,
        ..Failure::default()
    }
}
