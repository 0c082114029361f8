//! `longhaul submit`: queues a task.

use std::io::IsTerminal;

use jiff::tz::TimeZone;
use longhaul_common::control::Control;
use longhaul_common::gate::Closed;
use longhaul_common::moment;
use longhaul_common::phase::{Prospect, waits};
use longhaul_common::store::{Absent, Instead};
use longhaul_common::time::Timestamp;
use longhaul_common::view::Surroundings;

use crate::cli::SubmitArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::Session;
use crate::task_spec::{forget_spooled, named, prepare, prepare_kind};
use crate::verbs::dry_run;

pub(crate) fn run(session: &Session, args: &SubmitArgs) -> Result<Outcome, Failure> {
    let actor = session.actor();
    let prepared = match named(&args.task)? {
        None => prepare(&args.task, &actor)?,
        Some(kind) => prepare_kind(&args.task, kind, &actor, || session.kinds())?,
    };
    let prepared = prepared.bearing(args.key.as_deref())?;
    if args.task.dry_run {
        return dry_run::run(session, prepared);
    }
    let control = session.control_of(session.store(Absent::Create)?)?;
    let prepared = prepared.gated(&control, &args.task)?;
    let task = prepared.spool_into(control.store().dir())?;
    let id = task.spec.id;
    let submitted = if args.suspended {
        control.submit_suspended(task)?
    } else {
        control.submit(task)?
    };
    let bears_the_key = submitted.instead == Some(Instead::BearsTheKey);
    if bears_the_key {
        forget_spooled(control.store().dir(), id);
        output::note(&format!(
            "task {} bears that key already; nothing was submitted",
            submitted.number
        ));
    }
    let view = control.view(submitted.number)?;
    if session.json() {
        output::json_document(&view)?;
    } else {
        // The id alone, for scripts; what people want to know goes to standard error.
        output::line(&view.id.to_string())?;
        if std::io::stderr().is_terminal() && !bears_the_key {
            let name = view.name.as_deref().map(|name| format!(" ({name})"));
            let is = if args.suspended {
                format!("suspended; `longhaul resume {}` starts it", view.number)
            } else {
                "queued".into()
            };
            output::note(&format!(
                "task {}{} is {is}",
                view.number,
                name.unwrap_or_default()
            ));
        }
    }
    if !session.json() && !args.suspended {
        say_if_nobody_runs_it(&control, submitted.number)?;
    }
    Ok(Outcome::Done)
}

/// Says on standard error if no worker is there to run it, and the command that starts one.
fn say_if_nobody_runs_it(
    control: &Control,
    number: longhaul_common::id::TaskNumber,
) -> Result<(), Failure> {
    let tasks = control.store().tasks(vec![number])?;
    let lives = |worker| control.lives(worker);
    let now = Timestamp::now();
    let around = Surroundings::new(&tasks.workers, &tasks.gates, &lives, now);
    let Some(row) = tasks.rows.first() else {
        return Ok(());
    };
    if let Some(gate) = around.gate(row) {
        let zone = TimeZone::system();
        let until = gate.until().map(|at| moment::in_full(at, &zone));
        let told = match gate {
            // By a date: it may be long.
            Closed::At(_) => until.map(|at| format!("until {at}")),
            _ => None,
        };
        let told = told.unwrap_or_else(|| gate.waiting_for(now, &zone));
        output::note(&format!("it {}", waits(&told)));
        return Ok(());
    }
    let store = shell_words::quote(&control.store().dir().to_string_lossy()).into_owned();
    match around.prospect(row) {
        Prospect::Worker => {}
        prospect @ (Prospect::Cordoned | Prospect::StoreCordoned) => {
            output::note(&format!(
                "it waits for {}",
                prospect.awaited(&row.spec.kind)
            ));
        }
        Prospect::NoWorker | Prospect::NoWorkerOfKind if row.spec.work.is_registered() => {
            output::note(&format!(
                "no worker that performs kind {} is alive; it waits for one",
                row.spec.kind
            ));
        }
        Prospect::NoWorker => output::note(&format!(
            "no worker is alive; start one with: longhaul worker --store {store}"
        )),
        Prospect::NoWorkerOfKind => output::note(&format!(
            "no worker takes kind {}; start one with: longhaul worker --store {store}",
            row.spec.kind
        )),
    }
    Ok(())
}
