//! Tasks that are submitted from here.

mod filling;

use longhaul_common::id::TaskNumber;
use longhaul_common::kind::Kind;

use super::{asks, palette};
use crate::cli::SubmitArgs;
use crate::dashboard::effect::{Effect, Submission};
use crate::dashboard::message::New;
use crate::dashboard::model::{Browse, Form, Model, Submitting, Toast, Urgency};
use crate::dashboard::view;
use crate::exit::Failure;
use crate::task_spec::check_kind;
pub(super) use filling::key;

/// Has what failed of a task tried again, by another one if it has ended. Nothing can be lost by that, so nobody is asked.
pub(super) fn retry(model: &mut Model, task: TaskNumber, reason: Option<String>) -> Vec<Effect> {
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    let Some(id) = model.tasks.get(task).map(|row| row.id) else {
        return Vec::new();
    };
    model.undos.ask();
    vec![Effect::Submit(Submission::Retry { task, id, reason })]
}

/// Opens the list of kinds.
pub(super) fn open(model: &mut Model) {
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return;
    }
    model.submitting = Some(Submitting::Choosing(Browse::default()));
}

/// Opens the form of a kind, at once or as soon as it is known what that takes.
fn open_of(model: &mut Model, kind: &str) {
    model.submitting = Some(match model.kinds.called(kind) {
        Some(kind) => Submitting::Filling(Box::new(Form::of(kind.clone()))),
        None => Submitting::Awaiting(kind.to_owned()),
    });
}

/// Does what was typed: with a kind alone, or with nothing, there is something to fill in.
///
/// # Errors
/// What is wrong with it.
pub(super) fn say(
    model: &mut Model,
    args: &SubmitArgs,
    words: Vec<String>,
) -> Result<Vec<Effect>, String> {
    let task = &args.task;
    let named = task.kind_or_stdin.as_deref();
    let Some(kind) = named.filter(|kind| *kind != "-" && task.command.is_empty()) else {
        if words.is_empty() {
            open(model);
            return Ok(Vec::new());
        }
        return Err(
            "a command is the command line's: longhaul submit; here: submit KIND --param NAME=VALUE"
                .into(),
        );
    };
    if task
        .of_kind
        .params
        .as_deref()
        .is_some_and(|file| file.as_os_str() == "-")
    {
        return Err("standard input is the dashboard's: name a FILE".into());
    }
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return Ok(Vec::new());
    }
    if words.len() == 1 {
        open_of(model, kind);
        return Ok(Vec::new());
    }
    // One that is not known here may have been published just now: the store says so.
    if let Some(known) = model.kinds.called(kind) {
        check_kind(task, kind, std::slice::from_ref(known)).map_err(Failure::in_a_line)?;
    }
    Ok(send(model, kind.to_owned(), words))
}

/// Has a task of a kind submitted.
fn send(model: &mut Model, kind: String, words: Vec<String>) -> Vec<Effect> {
    model.undos.ask();
    vec![Effect::Submit(Submission::OfKind { kind, words })]
}

/// Kinds were read.
pub(super) fn hear(model: &mut Model, kinds: Vec<Kind>) {
    model.kinds.take(kinds);
    model.touch(Urgency::State);
    let typing = model.palette.typing();
    if typing.is_some_and(|typing| typing.error.is_none() && typing.at.is_none()) {
        palette::choose(model);
    }
    if let Some(Submitting::Awaiting(name)) = &model.submitting {
        let name = name.clone();
        if model.kinds.called(&name).is_some() {
            open_of(model, &name);
        } else {
            let why = format!("no worker has published a kind \"{name}\"");
            model.toasts.say(Toast::failed(why, model.now));
            model.submitting = Some(Submitting::Choosing(Browse::default()));
        }
    }
}

/// Kinds could not be read.
pub(super) fn fail(model: &mut Model, why: String) {
    model.kinds.fail(why);
    model.touch(Urgency::State);
}

/// Has kinds read where somebody needs them.
pub(super) fn settle(model: &mut Model) -> Option<Effect> {
    let count = model.kinds.known().map_or(0, <[Kind]>::len);
    let lines = view::kinds::lines(model);
    let form = view::form::lines(model);
    match &mut model.submitting {
        Some(Submitting::Choosing(browse)) => browse.fit(lines, count),
        Some(Submitting::Filling(filled)) => {
            let fields = filled.fields.len();
            filled.browse.fit(form, fields);
        }
        Some(Submitting::Awaiting(_)) | None => {}
    }
    let typed = model.palette.typing().map(|typing| typing.line.text());
    let wanted =
        model.submitting.is_some() || typed.is_some_and(|typed| typed.starts_with("submit "));
    wanted
        .then(|| model.kinds.next_reading())
        .flatten()
        .map(Effect::Read)
}

/// Says what became of it.
pub(super) fn answered(
    model: &mut Model,
    submission: &Submission,
    answer: Result<New, String>,
) -> Vec<Effect> {
    let filled = filling::answered(model, submission, answer.is_ok());
    let toast = match (submission, answer) {
        (Submission::Retry { task, .. }, Ok(New::Task(by))) if by == *task => {
            format!("what failed of task {task} waits to be tried again")
        }
        (Submission::Retry { task, .. }, Ok(New::Task(new) | New::Bears(new))) => {
            format!("what failed of task {task} is tried again by task {new}")
        }
        (Submission::OfKind { kind, .. }, Ok(New::Task(new))) => {
            if model.performers(kind).next().is_some() {
                format!("task {new} is submitted")
            } else {
                format!(
                    "task {new} is submitted; no worker that performs kind {kind} is alive: it waits for one"
                )
            }
        }
        (Submission::OfKind { .. }, Ok(New::Bears(task))) => {
            format!("task {task} bears that key already; nothing was submitted")
        }
        (_, Err(why)) => {
            let not = match submission {
                Submission::Retry { .. } => "not tried again",
                Submission::OfKind { .. } => "not submitted",
            };
            match filled {
                Some(form) => form.wrong = Some(format!("{not}: {why}")),
                None => {
                    let toast = Toast::failed(format!("{not}: {why}"), model.now);
                    model.toasts.say(toast);
                }
            }
            return after(model);
        }
    };
    model.toasts.say(Toast::done(toast, model.now));
    after(model)
}

fn after(model: &mut Model) -> Vec<Effect> {
    if model.undos.answered() {
        return asks::undo(model);
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
