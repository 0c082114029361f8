//! What workers that are drained still have.

use std::collections::BTreeSet;
use std::time::Duration;

use longhaul_common::control::Control;
use longhaul_common::cordon::Reach;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::store::WorkerRow;
use longhaul_common::time::Timestamp;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::human;

/// A task that a worker has, or of which it performs batches.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flight {
    task: TaskNumber,
    name: Option<String>,
    /// Since when a batch of it is in flight.
    since: Option<Timestamp>,
    /// How long a batch of it takes.
    batch: Option<Duration>,
}

/// The workers in reach that live.
pub(super) fn living(control: &Control, reach: &Reach) -> Result<Vec<WorkerRow>, Failure> {
    let mut workers = control.store().workers()?;
    workers.retain(|row| {
        let lives = !row.is_gone() && control.lives(row.number);
        lives && reach.takes_in(row.number, &row.actor.host)
    });
    Ok(workers)
}

/// What the living workers in reach have.
pub(super) fn with_workers(control: &Control, reach: &Reach) -> Result<Vec<Flight>, Failure> {
    let workers: BTreeSet<WorkerNumber> = living(control, reach)?
        .into_iter()
        .map(|row| row.number)
        .collect();
    let store = control.store();
    let claims = store.claims()?.into_iter();
    let held = claims.filter(|(_, claim)| workers.contains(&claim.worker));
    let begun = store.in_flight()?.into_iter();
    let performed = begun.filter(|(_, begun)| workers.contains(&begun.seat.worker));
    let tasks: BTreeSet<TaskNumber> = held
        .map(|(task, _)| task)
        .chain(performed.map(|(task, _)| task))
        .collect();
    // One that is gone by now is not left.
    let found = store.present(tasks.into_iter().collect())?;
    let (views, _) = control.views_of(&found);
    Ok(views
        .into_iter()
        .map(|view| {
            let flight = view.queue.iter().flat_map(|queue| &queue.flight);
            let here = flight.filter(|flight| workers.contains(&flight.worker.id));
            let first = here.map(|flight| flight.since).min();
            let direct = view.batch_since.filter(|_| view.queue.is_none());
            Flight {
                task: view.number,
                name: view.name,
                since: first.or(direct),
                batch: view.batch_seconds.map(Duration::from_secs_f64),
            }
        })
        .collect())
}

/// The batch that is in flight for the longest, in words; not safe for a terminal.
pub(super) fn longest(left: &[Flight]) -> Option<String> {
    let flying = left.iter().filter(|flight| flight.since.is_some());
    let longest = flying.min_by_key(|flight| flight.since)?;
    let since = Timestamp::now().since(longest.since?);
    let name = longest.name.as_ref().map(|name| format!(" ({name})"));
    let takes = longest
        .batch
        .map(|batch| format!("; its batches take about {}", human::duration(batch)));
    Some(format!(
        "the longest batch in flight is of task {}{}, for {}{}",
        longest.task,
        name.unwrap_or_default(),
        human::duration(since),
        takes.unwrap_or_default()
    ))
}

impl Flight {
    pub(super) fn document(&self) -> Value {
        json!({
            "number": self.task,
            "name": self.name,
            "batch_since": self.since,
            "batch_seconds": self.batch.map(|batch| batch.as_secs_f64()),
        })
    }
}
