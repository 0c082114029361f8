//! `longhaul show`: all there is to know of tasks.

use longhaul_common::alive::{Condition, Holder};
use longhaul_common::control::Control;
use longhaul_common::event::Event;
use longhaul_common::id::TaskNumber;
use longhaul_common::store::{Failure as FailedBatch, TaskRow};
use longhaul_common::task_log::{Chunk, LogReader};
use longhaul_common::view::TaskView;

use crate::cli::ShowArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::output::clock::Clock;
use crate::session::{Session, resolve};

mod sheet;
mod story;
mod task;

/// The last lines of the log that are shown.
const LOG_LINES: usize = 5;
/// The failed batches that are shown.
const FAILURES: usize = 5;
/// The last events the story is made of.
const EVENTS: usize = 200;

pub(crate) fn run(session: &Session, args: &ShowArgs) -> Result<Outcome, Failure> {
    let control = session.control()?;
    let tasks = resolve(&control, &args.tasks)?;
    let found = control.store().tasks(tasks)?;
    let (views, _) = control.views_of(&found);
    if session.json() {
        match views.as_slice() {
            [view] => output::json_document(view)?,
            views => output::json_document(&views)?,
        }
        return Ok(Outcome::Done);
    }
    let holders = stuck_holders(&control, &views);
    let clock = Clock::local();
    for (at, (row, view)) in found.rows.iter().zip(&views).enumerate() {
        if at > 0 {
            output::line("")?;
        }
        let known = Known::of(&control, row, view, &holders)?;
        output::text(&task::sheet(&known, &clock, session.paint()))?;
    }
    Ok(Outcome::Done)
}

/// All that is known of a task.
struct Known<'a> {
    row: &'a TaskRow,
    view: &'a TaskView,
    /// What its worker is up to, if not what workers should be.
    stuck: Option<Condition>,
    failures: Vec<FailedBatch>,
    events: Vec<Event>,
    log: Chunk,
}

impl<'a> Known<'a> {
    fn of(
        control: &Control,
        row: &'a TaskRow,
        view: &'a TaskView,
        holders: &[Holder],
    ) -> Result<Self, Failure> {
        let number: TaskNumber = view.number;
        let store = control.store();
        let stuck = view.worker.as_ref().and_then(|worker| {
            let holder = holders.iter().find(|holder| holder.worker == worker.id)?;
            Some(holder.condition)
        });
        let failures = match view.batches_failed {
            0 => Vec::new(),
            _ => store.first_failures(number, FAILURES)?,
        };
        Ok(Self {
            row,
            view,
            stuck,
            failures,
            events: store.last_events(Some(number), EVENTS)?.events,
            log: LogReader::new(store.dir(), number).tail(LOG_LINES)?,
        })
    }
}

/// The workers of these tasks that live and can't act. Where it can't be told, nothing is said.
fn stuck_holders(control: &Control, views: &[TaskView]) -> Vec<Holder> {
    let held = |view: &TaskView| view.worker.as_ref().is_some_and(|worker| worker.alive);
    if !views.iter().any(held) {
        return Vec::new();
    }
    let mut holders = control.alive().holders().unwrap_or_default();
    holders.retain(|holder| holder.condition != Condition::Running);
    holders
}
