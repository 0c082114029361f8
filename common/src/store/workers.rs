//! Workers: who introduced themselves to the store. Who lives, the kernel tells, not this table.

use super::Store;
use super::error::{StoreError, passing_over};
use super::record::{Accepts, WorkerRow};
use super::schema::{COUNTER_WORKER, WORKERS};
use super::tx::{Reads, Tx, decode};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::WorkerNumber;
use crate::spec::Rest;

/// How many workers that are gone are remembered.
const REMEMBERED: usize = 50;

impl Store {
    /// Gives a worker number, never used before, so that its holder can take the lock that says it
    /// lives before anybody hears of it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn next_worker(&self) -> Result<WorkerNumber, StoreError> {
        self.write(|tx| {
            let number = WorkerNumber(tx.count(COUNTER_WORKER)?);
            tx.touch();
            Ok(number)
        })
    }

    /// Introduces a worker that holds its lock; `dead` are those whose locks it found free.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn worker_started(
        &self,
        number: WorkerNumber,
        actor: Actor,
        concurrency: u64,
        accepts: Accepts,
        dead: Vec<WorkerNumber>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            let row = WorkerRow {
                number,
                actor: actor.clone(),
                concurrency,
                accepts: accepts.clone(),
                version: env!("CARGO_PKG_VERSION").into(),
                started_at: tx.now,
                stopped_at: None,
                found_dead_at: None,
                rest: Rest::new(),
            };
            tx.put(&WORKERS, number.0, &row)?;
            for dead in &dead {
                if let Some(mut row) = passing_over(tx.record(&WORKERS, dead.0))?.flatten() {
                    row.found_dead_at.get_or_insert(tx.now);
                    tx.put(&WORKERS, dead.0, &row)?;
                }
            }
            forget_old(tx)?;
            told(tx, number, What::WorkerStarted, Some(actor.clone()))
        })
    }

    /// Records that a worker stopped in good order.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn worker_stopped(&self, number: WorkerNumber) -> Result<(), StoreError> {
        self.write(move |tx| {
            if let Some(mut row) = passing_over(tx.record(&WORKERS, number.0))?.flatten() {
                row.stopped_at = Some(tx.now);
                tx.put(&WORKERS, number.0, &row)?;
            }
            told(tx, number, What::WorkerStopped, None)
        })
    }
}

fn told(
    tx: &Tx<'_>,
    worker: WorkerNumber,
    what: What,
    actor: Option<Actor>,
) -> Result<(), StoreError> {
    tx.append(Event {
        worker: Some(worker),
        what,
        actor,
        ..Event::default()
    })?;
    Ok(())
}

/// Keeps the table short: of those that are gone, the oldest go.
fn forget_old(tx: &Tx<'_>) -> Result<(), StoreError> {
    let mut table = tx.table(WORKERS.table)?;
    let mut stopped = Vec::new();
    for row in table.iter()? {
        let (number, bytes) = row?;
        let number = number.value()?;
        let row = decode::<WorkerRow>(tx.dir(), (WORKERS.row)(number), bytes.value()?);
        if passing_over(row)?.is_some_and(|row| row.is_gone()) {
            stopped.push(number);
        }
    }
    let surplus = stopped.len().saturating_sub(REMEMBERED);
    for number in &stopped[..surplus] {
        table.remove(number)?;
    }
    Ok(())
}
