//! What is read once, when a page asks.

use longhaul_common::control::Control;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::phase::Phase;
use longhaul_common::store::{StoreError, TaskRow};
use longhaul_common::task_log::LogReader;
use longhaul_common::view::TaskView;
use longhaul_common::whose::{Owner, whose};
use longhaul_worker::report::in_one_line;

use super::super::desk::Desk;
use super::follow::LINES;
use crate::dashboard::message::News;
use crate::dashboard::reading::{
    Blocking, EventsNews, FailuresNews, LogNews, LogPart, Reading, WhoseNews,
};
use crate::exit::Failure;
use crate::sheet::Known;
use crate::verbs::whose::told;

/// So many events are read at a time.
const EVENTS: usize = 500;

/// So many failures are shown.
const FAILURES: usize = 2000;

/// Reads what is asked for; else says why it can't.
pub(super) fn read(desk: &Desk, reading: Reading) -> Result<News, String> {
    let words = |error: StoreError| in_one_line(&error);
    match reading {
        Reading::Detail(task) => detail(&open(desk)?, task),
        Reading::OlderLog { task, before } => {
            let mut reader = LogReader::new(desk.dir(), task);
            let chunk = reader
                .before(before, LINES)
                .map_err(|error| in_one_line(&error))?;
            Ok(News::Log(LogNews {
                task,
                part: LogPart::Before(before),
                bytes: chunk.bytes,
                next: chunk.next,
            }))
        }
        Reading::Events { task, before } => {
            let store = open(desk)?.store().clone();
            let end = before.unwrap_or(EventNumber(u64::MAX));
            let found = store.events_before(end, task, EVENTS).map_err(words)?;
            Ok(News::Events(EventsNews {
                task,
                before,
                events: found.events,
            }))
        }
        Reading::Failures(task) => failures(&open(desk)?, task),
        Reading::Kinds => {
            let kinds = open(desk)?.store().kinds().map_err(words)?;
            Ok(News::Kinds(kinds))
        }
        Reading::Request(number) => {
            let made = open(desk)?.store().made(number).map_err(words)?;
            Ok(News::Made(number, made))
        }
        Reading::Whose(pid) => {
            let found = whose(&open(desk)?, pid).map_err(|error| in_one_line(&error))?;
            let task = match &found.owner {
                Owner::Task(of) => Some(of.row.spec.number),
                Owner::Worker { .. }
                | Owner::Elsewhere { .. }
                | Owner::Nobody { .. }
                | Owner::NotThere => None,
            };
            let told = told(&found).map(|lines| lines.join(", "));
            let told = told.map_err(Failure::in_a_line);
            Ok(News::Whose(WhoseNews { task, told }))
        }
    }
}

fn open(desk: &Desk) -> Result<Control, String> {
    desk.control()
        .ok_or_else(|| "the store is not open".to_owned())
}

fn detail(control: &Control, task: TaskNumber) -> Result<News, String> {
    let (row, view) = find(control, task)?;
    match Known::of(control, row, view) {
        Ok(known) => Ok(News::Detail(Box::new(known))),
        Err(failure) => Err(failure.message),
    }
}

/// A task's rows.
fn find(control: &Control, task: TaskNumber) -> Result<(TaskRow, TaskView), String> {
    let found = control
        .store()
        .present(vec![task])
        .map_err(|error| in_one_line(&error))?;
    let (views, _) = control.views_of(&found);
    if let Some(error) = found.unreadable.first() {
        return Err(in_one_line(error));
    }
    found
        .rows
        .into_iter()
        .zip(views)
        .next()
        .ok_or_else(|| format!("task {task} is not there any more"))
}

fn failures(control: &Control, task: TaskNumber) -> Result<News, String> {
    let (row, view) = find(control, task)?;
    let failed = control.store().failed(task, FAILURES);
    let failures = failed.map_err(|error| in_one_line(&error))?.failures;
    let blocks = matches!(view.phase, Phase::Suspended | Phase::BackingOff);
    let progress = row.progress;
    // Of many batches, the one that was tried the most; else what failed is planning.
    let tried = row.backlog.iter().flat_map(|backlog| &backlog.tried);
    let tried = tried.max_by_key(|tried| tried.attempts);
    let tried = tried.filter(|tried| tried.attempts > 0);
    let (batch, attempts) = match tried {
        Some(tried) => (tried.batch, tried.attempts),
        None => (progress.batch, progress.attempts),
    };
    let planned = match tried {
        Some(_) => control.store().planned(task, batch),
        None => Ok(None),
    };
    let planned = planned.map_err(|error| in_one_line(&error))?;
    let blocking = progress.error.filter(|_| blocks).map(|error| Blocking {
        batch,
        items: planned.map_or(progress.cut, |planned| planned.items),
        attempts,
        error,
        at: progress.updated_at,
    });
    Ok(News::Failures(FailuresNews {
        task,
        blocking,
        total: view
            .batches_failed
            .max(failures.iter().filter(|failure| !failure.waits()).count() as u64),
        again: view.batches_again,
        failures,
    }))
}
