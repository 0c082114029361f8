//! `longhaul set`: changes settings of tasks while they live.

use longhaul_common::control::Control;
use longhaul_common::safe_text::safe;
use longhaul_common::settings::{Assignment, Changed, NotAssigned, SETTINGS, keys};
use longhaul_common::store::{NotSet, Reach, SetAnswer, Setting};
use serde_json::{Value, json};

use crate::acting::{Act, Others, confirmed};
use crate::choosing::{NONE, meant, rows_of};
use crate::cli::SetArgs;
use crate::exit::{Failure, Outcome};
use crate::output::{self, human};
use crate::session::Session;
use crate::task_spec::{read_at, read_window};
use crate::verbs::ask::PATIENCE_FOR_MANY;

pub(crate) fn run(session: &Session, args: &SetArgs) -> Result<Outcome, Failure> {
    let (typed, tasks) = args.parts();
    if tasks.is_empty() && !args.filter.is_given() {
        return Err(Failure::mistake("there is no task to set anything of").hint(USAGE));
    }
    let setting = Setting {
        assignments: assignments(&typed)?,
        by: session.actor(),
        reason: args.reason.clone(),
        undoes: None,
    };
    let control = if args.care.dry_run {
        session.look()?
    } else {
        session.control()?
    };
    let meant = meant(&control, &tasks, &args.filter, Reach::Living)?;
    let answers = if args.care.dry_run {
        let rows = rows_of(&control, meant)?.rows;
        rows.iter().map(|row| setting.outlook(row)).collect()
    } else {
        let act = Act {
            verb: "change",
            care: args.care,
            others: Others::Pass,
        };
        match confirmed(&control, meant, &act)? {
            Some(aim) => control
                .store()
                .with_patience(PATIENCE_FOR_MANY)
                .set(aim, setting)?,
            None => Vec::new(),
        }
    };
    let wide = args.filter.is_given();
    if wide && args.care.yes && answers.is_empty() {
        output::note(NONE);
    }
    tell(
        session,
        &control,
        &answers,
        wide || args.care.dry_run,
        args.care.dry_run,
    )
}

/// Tells what became of each task.
pub(super) fn tell(
    session: &Session,
    control: &Control,
    answers: &[SetAnswer],
    wide: bool,
    dry_run: bool,
) -> Result<Outcome, Failure> {
    if let ([only], false, false) = (answers, session.json(), wide)
        && let Some(refused) = &only.refused
    {
        let failure = Failure::new(
            Outcome::Refused,
            "refused",
            format!("nothing was set of {}: {refused}", called(only)),
        );
        return Err(match refused {
            NotSet::Ended(_)
            | NotSet::Lost(_)
            | NotSet::NoSuchTask(_)
            | NotSet::Circle
            | NotSet::Not(NotAssigned::NoCheck | NotAssigned::ChangedSince { .. }) => failure,
            NotSet::Not(NotAssigned::NoQueue(_)) => {
                failure.hint("a task has one if it was submitted with --parallel or --queue")
            }
        });
    }
    let mut outcome = Outcome::Done;
    for answer in answers {
        if answer.refused.is_some() {
            outcome = outcome.and(Outcome::Refused);
        }
        if !session.json() {
            output::line(&sentence(control, answer)?)?;
        }
    }
    if session.json() {
        output::json_document(&answers.iter().map(result).collect::<Vec<_>>())?;
    }
    if dry_run {
        let tasks = answers.iter().filter(|answer| !answer.changed.is_empty());
        let tasks = human::counted(tasks.count() as u64, "task", "tasks");
        output::note(&format!("{tasks} would be changed; nothing was written"));
    }
    if let Some(request) = answers.iter().find_map(|answer| answer.request) {
        output::note(&format!(
            "request {request}; longhaul undo {request} takes it back"
        ));
    }
    Ok(outcome)
}

const USAGE: &str = "longhaul set TASK rate=50/s batch-size=200";

/// What was typed to be set.
fn assignments(typed: &[String]) -> Result<Vec<Assignment>, Failure> {
    if typed.is_empty() {
        let keys: Vec<String> = SETTINGS
            .iter()
            .map(|setting| format!("{} ({})", setting.key, setting.takes))
            .collect();
        return Err(Failure::mistake(format!(
            "there is nothing to set; settings are {}",
            keys.join(", ")
        ))
        .hint(USAGE));
    }
    read(typed).map_err(|error| Failure::mistake(error).hint(USAGE))
}

/// Settings with values, as they are typed.
///
/// # Errors
/// What is wrong with them, in words.
pub(crate) fn read(typed: &[String]) -> Result<Vec<Assignment>, String> {
    let assignments = typed
        .iter()
        .map(|text| Assignment::parse(&as_meant(text)?).map_err(|error| error.to_string()))
        .collect::<Result<Vec<_>, String>>()?;
    Assignment::check_all(&assignments).map_err(|error| error.to_string())?;
    if assignments.is_empty() {
        return Err(format!(
            "there is nothing to set; settings are {}",
            keys().join(", ")
        ));
    }
    Ok(assignments)
}

/// What was typed, with times as they are meant here and now.
fn as_meant(typed: &str) -> Result<String, String> {
    Ok(match typed.split_once('=') {
        Some(("at", text)) if text != "now" => {
            let at = read_at(text).map_err(|error| format!("at: {error}"))?;
            format!("at={at}")
        }
        Some(("window", text)) if text != "none" => {
            let window = read_window(text).map_err(|error| format!("window: {error}"))?;
            format!("window={window}")
        }
        _ => typed.to_owned(),
    })
}

fn called(answer: &SetAnswer) -> String {
    if answer.name.is_empty() {
        format!("task {}", answer.number)
    } else {
        format!("task {} ({})", answer.number, answer.name)
    }
}

fn sentence(control: &Control, answer: &SetAnswer) -> Result<String, Failure> {
    let who = safe(&called(answer)).into_owned();
    if let Some(refused) = &answer.refused {
        return Ok(format!("{who}: refused: {refused}"));
    }
    if answer.changed.is_empty() {
        return Ok(format!("{who}: nothing changed: it was so before"));
    }
    let changed: Vec<String> = answer.changed.iter().map(Changed::to_string).collect();
    let mut told = format!("{who}: {}", changed.join(", "));
    let resized = answer
        .changed
        .iter()
        .any(|changed| changed.key == "batch-size");
    let view = control.view(answer.number)?;
    if resized && view.epoch.0 > 0 {
        // A batch that may have started keeps its items.
        told.push_str(match view.queue {
            None => "; the size counts from the batch after the next boundary on",
            Some(_) => "; the size counts for batches that are not planned yet",
        });
    }
    Ok(told)
}

fn result(answer: &SetAnswer) -> Value {
    let changed: Vec<Value> = answer
        .changed
        .iter()
        .map(|changed| {
            json!({
                "key": changed.key,
                "before": changed.before,
                "after": changed.after,
            })
        })
        .collect();
    let id = (!answer.is_lost()).then_some(answer.id);
    json!({
        "id": id,
        "number": answer.number,
        "name": (!answer.name.is_empty()).then_some(&answer.name),
        "request": answer.request,
        "changed": changed,
        "refused": answer.refused.as_ref().map(ToString::to_string),
    })
}
