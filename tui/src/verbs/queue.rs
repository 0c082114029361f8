//! `longhaul queue`: what waits in a task's own queue, and who performs what.

use longhaul_common::alive::{Condition, Holder};
use longhaul_common::backlog::Tried;
use longhaul_common::id::{BatchNumber, TaskId, TaskNumber};
use longhaul_common::phase::Phase;
use longhaul_common::progress::as_f64;
use longhaul_common::safe_text::safe;
use longhaul_common::state::{Desired, StateWord};
use longhaul_common::store::StoreError;
use longhaul_common::time::Timestamp;
use longhaul_common::view::{FlightView, QueueView, TaskView};
use serde::Serialize;
use serde_json::Value;

use crate::cli::QueueArgs;
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::output::{self, terminal};
use crate::session::{Session, resolve};
use crate::sheet::{Beside, Known, halted, oldest_waiting, queue_sheet, stuck_holders};

pub(crate) fn run(session: &Session, args: &QueueArgs) -> Result<Outcome, Failure> {
    let control = session.look()?;
    let tasks = resolve(&control, std::slice::from_ref(&args.task))?;
    let found = control.store().tasks(tasks.clone())?;
    let (views, _) = control.views_of(&found);
    let (Some(row), Some(view)) = (found.rows.into_iter().next(), views.into_iter().next()) else {
        return Err(StoreError::NoTask(tasks[0]).into());
    };
    let holders = stuck_holders(&control, std::slice::from_ref(&view));
    if session.json() {
        match &view.queue {
            None => output::json_document(&Value::Null)?,
            Some(queue) => {
                let oldest = oldest_waiting(&control, &row)?;
                output::json_document(&Document::of(&view, queue, oldest, &holders))?;
            }
        }
        return Ok(Outcome::Done);
    }
    let known = Known::of(&control, row, view)?;
    let beside = Beside {
        halted: halted(&holders),
        ..Beside::default()
    };
    match queue_sheet(&known, &beside, &Clock::local()) {
        Some(sheet) => output::text(&sheet.print(terminal::width(), session.paint()))?,
        None => output::line(&safe(&direct(&known.view)))?,
    }
    Ok(Outcome::Done)
}

fn direct(view: &TaskView) -> String {
    let name = view.name.as_ref().map(|name| format!(" ({name})"));
    let number = view.number;
    format!(
        "task {number}{} has no queue of its own: its batches run one after the other",
        name.unwrap_or_default()
    )
}

/// A task's queue: what the task says of it, and what takes a closer look.
#[derive(Serialize)]
struct Document<'a> {
    id: TaskId,
    number: TaskNumber,
    name: Option<&'a str>,
    desired_state: Desired,
    current_state: StateWord,
    phase: Phase,
    waiting_for: Option<&'a str>,
    #[serde(flatten)]
    queue: &'a QueueView,
    /// Of those that wait, since it was planned.
    oldest_seconds: Option<f64>,
    batches_done: u64,
    batches_failed: u64,
    batches_per_second: Option<f64>,
    items_per_second: Option<f64>,
    /// Those in flight.
    batches: Vec<Flight<'a>>,
    /// Those that were tried and wait.
    retries: Vec<Retry>,
}

#[derive(Serialize)]
struct Flight<'a> {
    #[serde(flatten)]
    flight: &'a FlightView,
    /// None: its worker died.
    condition: Option<&'static str>,
}

#[derive(Serialize)]
struct Retry {
    batch: BatchNumber,
    attempts: u32,
    next_attempt_at: Option<Timestamp>,
}

impl<'a> Document<'a> {
    fn of(
        view: &'a TaskView,
        queue: &'a QueueView,
        oldest: Option<Timestamp>,
        holders: &[Holder],
    ) -> Self {
        let now = Timestamp::now();
        let retry = |tried: &Tried| Retry {
            batch: tried.batch,
            attempts: tried.attempts,
            next_attempt_at: tried.not_before,
        };
        let flight = |flight: &'a FlightView| Flight {
            flight,
            condition: flight.worker.alive.then(|| condition(holders, flight)),
        };
        Self {
            id: view.id,
            number: view.number,
            name: view.name.as_deref(),
            desired_state: view.desired_state,
            current_state: view.current_state,
            phase: view.phase,
            waiting_for: view.waiting_for.as_deref(),
            queue,
            oldest_seconds: oldest.map(|at| now.since(at).as_secs_f64()),
            batches_done: view.batches_done,
            batches_failed: view.batches_failed,
            batches_per_second: batch_rate(view),
            items_per_second: view.rate,
            batches: queue.flight.iter().map(flight).collect(),
            retries: queue.tried.iter().map(retry).collect(),
        }
    }
}

/// Batches per second, going by what one had of items so far.
fn batch_rate(view: &TaskView) -> Option<f64> {
    let rate = view.rate.filter(|_| view.items_done > 0)?;
    Some(rate * as_f64(view.batches_done) / as_f64(view.items_done))
}

fn condition(holders: &[Holder], flight: &FlightView) -> &'static str {
    let mut holders = holders.iter();
    let holder = holders.find(|holder| holder.worker == flight.worker.id);
    match holder.map_or(Condition::Running, |holder| holder.condition) {
        Condition::Running => "running",
        Condition::Stopped => "stopped",
        Condition::Uninterruptible => "uninterruptible",
    }
}
