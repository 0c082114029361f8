//! `longhaul undo`: what was wanted before a request is wanted again.

use std::collections::BTreeMap;

use longhaul_common::control::Control;
use longhaul_common::id::{RequestNumber, TaskNumber};
use longhaul_common::settings::Assignment;
use longhaul_common::state::Desired;
use longhaul_common::store::{Answer, Made, Setting, TaskRow, Undo, Undone};

use super::ask::{PATIENCE_FOR_MANY, Told, number_of_request, outcome_of, preview_of};
use super::set;
use crate::acting::{asked, tell_of_others};
use crate::choosing::{no_request, nothing_left};
use crate::cli::UndoArgs;
use crate::confirm::somebody_is_here;
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::session::Session;

pub(crate) fn run(session: &Session, args: &UndoArgs) -> Result<Outcome, Failure> {
    let control = if args.care.dry_run {
        session.look()?
    } else {
        session.control()?
    };
    let request = RequestNumber(args.request);
    match control.store().made(request)? {
        Made::Never => Err(no_request(request)),
        Made::Gone => Err(nothing_left(request)),
        Made::Set(set) if args.care.dry_run => preview_set(session, &control, request, set),
        Made::Asked(undos) if args.care.dry_run => {
            let rows = rows(&control, undos.iter().map(|undo| undo.task))?;
            let undos = undos
                .iter()
                .filter_map(|undo| Some((undo, rows.get(&undo.task)?)));
            let answers: Vec<Answer> = undos.map(|(undo, row)| undo.outlook(row)).collect();
            preview_of(session, &answers, "go back")
        }
        Made::Set(_) => undo(session, &control, request, args),
        Made::Asked(undos) => {
            if !args.care.yes && !is_confirmed(session, &control, &undos)? {
                return Ok(Outcome::Done);
            }
            undo(session, &control, request, args)
        }
    }
}

/// Whether it may go on: a termination is never asked for unseen, and whose suspension ends is told.
fn is_confirmed(session: &Session, control: &Control, undos: &[Undo]) -> Result<bool, Failure> {
    let rows = rows(control, undos.iter().map(|undo| undo.task))?;
    let go_to = |want: Desired| {
        let undos = undos.iter().filter(move |undo| undo.before.desired == want);
        let found = undos.filter_map(|undo| Some((undo, rows.get(&undo.task)?)));
        let found = found.filter(|(undo, row)| undo.outlook(row).refused.is_none());
        found.map(|(_, row)| row.clone()).collect::<Vec<TaskRow>>()
    };
    let terminated = go_to(Desired::Terminate);
    if !terminated.is_empty() {
        let numbers: Vec<String> = terminated
            .iter()
            .map(|row| row.spec.number.to_string())
            .collect();
        let tasks = match numbers.as_slice() {
            [one] => format!("task {one}"),
            _ => format!("tasks {}", numbers.join(", ")),
        };
        if !asked(&format!(
            "Before it, somebody wanted the end of {tasks}. Terminate for good?"
        ))? {
            return Ok(false);
        }
    }
    if !somebody_is_here() || !tell_of_others(&go_to(Desired::Run), &session.actor()) {
        return Ok(true);
    }
    asked("Undo it all the same?")
}

fn undo(
    session: &Session,
    control: &Control,
    request: RequestNumber,
    args: &UndoArgs,
) -> Result<Outcome, Failure> {
    let patient = control.with_patience(PATIENCE_FOR_MANY);
    let answers = match patient.undo_request(request, args.reason.as_deref())? {
        Undone::Never => return Err(no_request(request)),
        Undone::Gone => return Err(nothing_left(request)),
        Undone::Set(answers) => return set::tell(session, control, &answers, true, false),
        Undone::Asked(answers) => answers,
    };
    let told = Told {
        control,
        answers: &answers,
        reached: &[],
        until: None,
        clock: Clock::local(),
    };
    if session.json() {
        told.json()?;
    } else {
        told.in_short("go back")?;
    }
    number_of_request(&answers);
    let outcomes = answers
        .iter()
        .map(|answer| outcome_of(answer, None, answer.desired));
    Ok(outcomes.fold(Outcome::Done, Outcome::and))
}

fn preview_set(
    session: &Session,
    control: &Control,
    request: RequestNumber,
    set: Vec<(TaskNumber, Vec<Assignment>)>,
) -> Result<Outcome, Failure> {
    let rows = rows(control, set.iter().map(|(task, _)| *task))?;
    let mut answers = Vec::new();
    for (task, assignments) in set {
        let setting = Setting {
            assignments,
            by: session.actor(),
            reason: None,
            undoes: Some(request),
        };
        answers.extend(rows.get(&task).map(|row| setting.outlook(row)));
    }
    set::tell(session, control, &answers, true, true)
}

/// The rows of those that are still there.
fn rows(
    control: &Control,
    tasks: impl Iterator<Item = TaskNumber>,
) -> Result<BTreeMap<TaskNumber, TaskRow>, Failure> {
    let found = control.store().present(tasks.collect())?.rows;
    Ok(found
        .into_iter()
        .map(|row| (row.spec.number, row))
        .collect())
}
