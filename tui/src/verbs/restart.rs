//! `longhaul restart`: a new task of the same specification as one that has ended.

use std::path::Path;

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::spec::{FileInput, Input, OsBytes, TaskSpec};
use longhaul_common::state::StateWord;
use longhaul_common::store::{Instead, NewTask, StoreError, TaskRow};
use longhaul_worker::report::in_one_line;
use longhaul_worker::source::Fingerprint;

use crate::cli::RestartArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::{Session, resolve};

pub(crate) fn run(session: &Session, args: &RestartArgs) -> Result<Outcome, Failure> {
    let control = session.control()?;
    let task = resolve(&control, std::slice::from_ref(&args.task))?[0];
    let new = restart(&control, task, session.actor(), args.reason.as_deref())?;
    let view = control.view(new)?;
    if session.json() {
        output::json_document(&view)?;
    } else {
        output::line(&view.id.to_string())?;
    }
    Ok(Outcome::Done)
}

/// Submits a task of the specification that one has which has ended, with the settings it had then.
fn restart(
    control: &Control,
    task: TaskNumber,
    actor: Actor,
    reason: Option<&str>,
) -> Result<TaskNumber, Failure> {
    let row = control.store().task(task)?;
    if row.state.word != StateWord::Terminate {
        return Err(refused(format!(
            "task {task} has not ended, and would be performed twice at once"
        ))
        .hint(format!(
            "longhaul terminate {task} --wait, then restart it; or `longhaul resume {task}`, from where it is"
        )));
    }
    let after = row.spec.after.clone();
    let there = control.store().present(after)?.rows;
    let spec = TaskSpec {
        id: TaskId::new(),
        input: input(control, &row)?,
        // What was pruned is waited for no more.
        after: there.iter().map(|row| row.spec.number).collect(),
        restart_of: Some(task),
        created_by: actor,
        ..row.spec.clone()
    };
    let submitted = control.submit(NewTask {
        items_total: total(&row, &spec.input),
        spec,
        reason: reason.map(str::to_owned),
        claim_for: None,
    })?;
    let instead = match submitted.instead {
        None => return Ok(submitted.number),
        Some(Instead::BearsTheKey) => "bears the same key",
        Some(Instead::TriesAgain) => "tries again what failed",
    };
    Err(refused(format!(
        "task {task} was not restarted: task {} {instead}, and has not ended",
        submitted.number
    )))
}

/// The input as it is by now: a file may be another one, and what was piped in may be gone.
fn input(control: &Control, row: &TaskRow) -> Result<Input, Failure> {
    let mut input = row.spec.input.clone();
    let task = row.spec.number;
    if let Input::Parts(parts) = &input
        && let Err(StoreError::NoTask(of)) = control.store().task(parts.task)
    {
        return Err(refused(format!(
            "task {task} tried again what failed of task {of}, which is gone"
        )));
    }
    let of_parts = matches!(input, Input::Parts(_));
    let Some(file) = input.file_mut().filter(|_| !of_parts) else {
        return Ok(input);
    };
    let path = file.path.as_path().to_owned();
    let fingerprint =
        Fingerprint::of_path(&path).map_err(|error| unreadable(task, file, &error))?;
    if !file.spooled {
        *file = FileInput {
            path: OsBytes::from(path.as_os_str()),
            spooled: false,
            size: fingerprint.size,
            modified_ns: fingerprint.modified_ns,
            dev: fingerprint.dev,
            inode: fingerprint.inode,
        };
    }
    Ok(input)
}

fn unreadable(task: TaskNumber, file: &FileInput, error: &dyn std::error::Error) -> Failure {
    let path: &Path = file.path.as_path();
    if file.spooled {
        refused(format!(
            "what was kept in the store for task {task} can't be read: {}",
            in_one_line(error)
        ))
        .hint("submit it anew, with its input")
    } else {
        refused(format!(
            "the input of task {task} can't be read: {}",
            in_one_line(error)
        ))
        .hint(format!("it was {}", path.display()))
    }
}

/// How many items there are, where that can't have changed.
fn total(row: &TaskRow, input: &Input) -> Option<u64> {
    let same = match input {
        Input::None | Input::Range(_) | Input::Parts(_) => true,
        Input::Pages | Input::Fed => false,
        Input::Lines(_) | Input::Null(_) | Input::Csv(_) | Input::Files(_) => {
            input.file().is_some_and(|file| file.spooled)
        }
    };
    row.progress.items_total.filter(|_| same)
}

fn refused(why: String) -> Failure {
    Failure::new(Outcome::Refused, "refused", why)
}
