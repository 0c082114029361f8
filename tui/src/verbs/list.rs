//! `longhaul list`: the tasks, the newest last, next to the prompt.

use longhaul_common::alive::{Condition, Holder};
use longhaul_common::control::Control;
use longhaul_common::id::WorkerNumber;
use longhaul_common::phase::Phase;
use longhaul_common::safe_text::safe;
use longhaul_common::spec::COMMAND_KIND;
use longhaul_common::state::StateWord;
use longhaul_common::store::{Reach, State, Tasks};
use longhaul_common::view::TaskView;
use longhaul_worker::report::in_one_line;
use serde::Serialize;

use crate::choosing::NONE;
use crate::cli::ListArgs;
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::output::paint::Tone;
use crate::output::state::{remark, state, tone};
use crate::output::table::{Cell, Column, Table};
use crate::output::{self, human, terminal};
use crate::session::Session;
use crate::sheet::stuck_holders;

pub(crate) fn run(session: &Session, args: &ListArgs) -> Result<Outcome, Failure> {
    let control = session.look()?;
    let (tasks, wanted) = wanted(&control, args)?;
    let (mut views, alive) = control.views_of(&tasks);
    for error in &tasks.unreadable {
        output::note(&format!("{}; see longhaul doctor", in_one_line(error)));
    }
    views.reverse();
    if session.json() {
        output::json_document(&Listed {
            tasks: views,
            total: tasks.total,
            matching: match wanted {
                Wanted::Picked(picked) => Some(picked),
                Wanted::All | Wanted::NotEnded => None,
            },
            workers_alive: alive,
        })?;
        return Ok(Outcome::Done);
    }
    if !views.is_empty() {
        let stuck = stuck_holders(&control, &views);
        let table = table(&views, &stuck, &Clock::local());
        output::text(&table.render(terminal::width(), session.paint()))?;
    }
    let readable = tasks.total - tasks.unreadable.len() as u64;
    if let Some(left_out) = left_out(views.len(), readable, args.limit, wanted) {
        output::note(&left_out);
    }
    if views.is_empty()
        && let Some(others) = super::stores::others(session)
    {
        output::note(&others);
    }
    for cordon in &tasks.gates.cordons.0 {
        output::note(&safe(&format!(
            "{cordon}; that ends with: longhaul uncordon{}",
            cordon.reach.options()
        )));
    }
    if let Some(brake) = &tasks.gates.brake {
        output::note(&safe(&format!(
            "{brake}; that ends with: longhaul throttle off"
        )));
    }
    if alive == 0 && views.iter().any(needs_worker) {
        output::note(&format!(
            "no worker is alive; start one with: {}",
            worker_command(&control)
        ));
    }
    Ok(Outcome::Done)
}

fn wanted(control: &Control, args: &ListArgs) -> Result<(Tasks, Wanted), Failure> {
    let store = control.store();
    if !args.filter.is_given() {
        let wanted = if args.all {
            Wanted::All
        } else {
            Wanted::NotEnded
        };
        let takes =
            move |state: &State| wanted == Wanted::All || state.word != StateWord::Terminate;
        return Ok((store.list(args.limit, takes)?, wanted));
    }
    let filter = args.filter.read()?;
    let ended = args.all || filter.names_ended() || filter.names_failed();
    let reach = if ended { Reach::All } else { Reach::Living };
    let found = store.matching(control.picked(filter, reach), args.limit)?;
    Ok((found.tasks, Wanted::Picked(found.matching)))
}

#[derive(Serialize)]
struct Listed {
    tasks: Vec<TaskView>,
    /// Of the whole store.
    total: u64,
    /// Those that a filter picks, listed or not; None: all are meant.
    matching: Option<u64>,
    workers_alive: usize,
}

/// The command that starts a worker for this store.
fn worker_command(control: &Control) -> String {
    let store = control.store().dir().to_string_lossy();
    format!("longhaul worker --store {}", shell_words::quote(&store))
}

/// The tasks that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    All,
    NotEnded,
    /// Those that a filter picks: so many.
    Picked(u64),
}

/// What is not on the list, and how to see it.
fn left_out(listed: usize, total: u64, limit: usize, wanted: Wanted) -> Option<String> {
    let (all, none) = match wanted {
        Wanted::All | Wanted::NotEnded => (total, false),
        Wanted::Picked(picked) => (picked, picked == 0),
    };
    let missing = all.saturating_sub(listed as u64);
    if total == 0 {
        return Some("there are no tasks yet; queue one with: longhaul submit -- COMMAND".into());
    }
    if none {
        let all = human::counted(total, "task", "tasks");
        return Some(format!(
            "{NONE}, of {all}; those that ended are meant with --all, or if the filter names them"
        ));
    }
    if missing == 0 {
        return None;
    }
    let one = missing == 1;
    let missing = human::counted(missing, "task", "tasks");
    let are = if one { "is" } else { "are" };
    Some(match (listed >= limit, wanted) {
        (true, Wanted::NotEnded) => {
            format!("{missing} {are} not listed; --limit N and --all list more")
        }
        (true, Wanted::All) | (_, Wanted::Picked(_)) => {
            format!("{missing} {are} not listed; --limit N lists more")
        }
        (false, Wanted::NotEnded | Wanted::All) => {
            format!("{missing} that ended {are} not listed; --all lists them")
        }
    })
}

fn needs_worker(view: &TaskView) -> bool {
    match view.phase {
        Phase::Queued
        | Phase::BackingOff
        | Phase::Orphaned
        | Phase::Suspending
        | Phase::Terminating => true,
        Phase::RollingBack => view.worker.is_none(),
        Phase::Starting
        | Phase::Running
        | Phase::Throttled
        | Phase::Scheduled
        | Phase::Blocked
        | Phase::Suspended
        | Phase::RollbackFailed
        | Phase::CleaningUp
        | Phase::Ended => false,
    }
}

const COLUMNS: [Column; 13] = [
    Column::right("NR", 100),
    Column::left("NAME", 95).cut_to(10),
    Column::left("KIND", 10).cut_to(8),
    Column::left("STATE", 99),
    Column::right("DONE", 90),
    Column::right("ITEMS", 60),
    Column::right("RATE", 40),
    Column::right("ETA", 80),
    Column::right("RUNNING", 30),
    Column::right("RETRIES", 20),
    Column::right("FAILED", 85),
    Column::left("WORKER", 15),
    Column::left("NOTE", 70).cut_to(16),
];

pub(crate) fn table(views: &[TaskView], stuck: &[Holder], clock: &Clock) -> Table<13> {
    let mut table = Table::new(COLUMNS);
    let kinds_differ = views.iter().any(|view| view.kind != COMMAND_KIND);
    for view in views {
        table.push(row(view, kinds_differ, stuck, clock));
    }
    table
}

fn row(view: &TaskView, kinds_differ: bool, stuck: &[Holder], clock: &Clock) -> [Cell; 13] {
    let runs = matches!(
        view.phase,
        Phase::Running | Phase::BackingOff | Phase::Throttled
    );
    let only_if = |shown: bool, text: &str| Cell::new(if shown { text } else { "" });
    let now = |text: String| Cell::new(if runs { &text } else { "" });
    let failed = view.batches_failed > 0;
    // One that waits in the kernel may just be writing.
    let stopped = |id| {
        let holder = stuck.iter().find(|holder| holder.worker == id);
        holder.is_some_and(|holder| holder.condition == Condition::Stopped)
    };
    [
        Cell::new(view.number.to_string()),
        Cell::new(view.name.as_deref().unwrap_or_default()),
        only_if(kinds_differ, &view.kind),
        Cell::toned(state(view), tone(view)),
        Cell::new(human::percent(view.fraction)),
        Cell::new(human::done(view.items_standing(), view.items_total)),
        now(human::rate(view.rate)),
        now(human::seconds(view.eta_seconds)),
        only_if(
            view.started_at.is_some(),
            &human::seconds(Some(view.running_seconds)),
        ),
        only_if(view.retries > 0, &human::count(view.retries)),
        if failed {
            Cell::toned(human::count(view.batches_failed), Tone::Bad)
        } else {
            Cell::default()
        },
        match &view.worker {
            Some(worker) if worker.alive && stopped(worker.id) => {
                Cell::toned(format!("{} stopped", worker.id), Tone::Bad)
            }
            Some(worker) if worker.alive => Cell::new(with_others(view, worker.id)),
            Some(worker) => Cell::toned(format!("{} died", worker.id), Tone::Attention),
            None => Cell::default(),
        },
        Cell::new(remark(view, clock).unwrap_or_default()),
    ]
}

/// The worker that holds a task, and how many others perform batches of it.
fn with_others(view: &TaskView, worker: WorkerNumber) -> String {
    let queue = view.queue.as_ref();
    match queue.map_or(0, |queue| queue.others(Some(worker))) {
        0 => worker.to_string(),
        others => format!("{worker} +{others}"),
    }
}

#[cfg(test)]
mod tests;
