//! `longhaul whose`: names the task that a process works for.

use longhaul_common::alive::Condition;
use longhaul_common::id::Duty;
use longhaul_common::safe_text::safe;
use longhaul_common::store::TaskRow;
use longhaul_common::whose::{Evidence, Found, OfTask, Owner, Relative, whose};
use serde_json::{Value, json};

use crate::cli::WhoseArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::Session;

pub(crate) fn run(session: &Session, args: &WhoseArgs) -> Result<Outcome, Failure> {
    let control = session.look()?;
    let found = whose(&control, args.pid.into())?;
    let told = told(&found)?;
    if session.json() {
        output::json_document(&document(&found))?;
    } else {
        for line in told {
            output::line(&safe(&line))?;
        }
    }
    Ok(Outcome::Done)
}

/// What was found in a line or two, not safe for a terminal; an error where nothing was.
pub(crate) fn told(found: &Found) -> Result<Vec<String>, Failure> {
    let process = called(&found.process);
    let through = found.through.as_ref().map(called);
    match &found.owner {
        Owner::Task(task) => Ok(vec![
            format!("{process} works for {}", work(task)),
            match &through {
                Some(parent) => format!("through its parent {parent}, {}", shown(task.evidence)),
                None => shown(task.evidence).to_owned(),
            },
        ]),
        Owner::Worker {
            worker,
            pid,
            condition,
            tasks,
        } => {
            let tasks = held(tasks);
            let halt = match condition {
                Condition::Running => String::new(),
                Condition::Stopped => format!("; it is stopped (SIGSTOP): kill -CONT {pid}"),
                Condition::Uninterruptible => "; it waits in the kernel and takes no signal".into(),
            };
            Ok(vec![match &found.through {
                None => format!("{process} is worker {worker}, with {tasks}{halt}"),
                Some(_) => format!(
                    "{process} was started by worker {worker} (process {pid}), with {tasks}{halt}"
                ),
            }])
        }
        Owner::Elsewhere { task, store } => {
            let by = through.map(|parent| format!(", through its parent {parent}"));
            let failure = Failure::new(
                Outcome::Refused,
                "other-store",
                format!(
                    "{process} works for the task {task}, which is not of this store{}",
                    by.unwrap_or_default()
                ),
            );
            Err(match store {
                Some(store) => failure.hint(format!(
                    "ask its store: longhaul --store {} whose {}",
                    shell_words::quote(store),
                    found.process.pid
                )),
                None => failure,
            })
        }
        Owner::Nobody { looked, hidden } => Err(nobody(&process, looked, hidden)),
        Owner::NotThere => Err(Failure::new(
            Outcome::Refused,
            "no-process",
            format!("there is no process {}", found.process.pid),
        )),
    }
}

fn nobody(process: &str, looked: &[Relative], hidden: &[Relative]) -> Failure {
    let ancestors = match looked.len().saturating_sub(1) {
        0 => String::new(),
        1 => " and its parent".into(),
        more => format!(" and its {more} ancestors"),
    };
    let what = "looked at the environment, the locks and the process group";
    let failure = Failure::new(
        Outcome::Refused,
        "nobodys-process",
        format!(
            "{process} belongs to no task and no worker of this store: {what} of it{ancestors}"
        ),
    );
    if hidden.is_empty() {
        return failure;
    }
    let named: Vec<String> = hidden.iter().map(called).collect();
    failure.hint(format!(
        "environment and locks of {} may not be read by this user; root may",
        named.join(", ")
    ))
}

/// A task, and what is done for it.
fn work(task: &OfTask) -> String {
    let attempt = match (task.duty, task.attempt) {
        (Duty::Batch(_), Some(attempt)) => format!(", attempt {attempt}"),
        _ => String::new(),
    };
    let over = if task.over {
        ", which is over: it was left behind"
    } else {
        ""
    };
    format!("{}: {}{attempt}{over}", named(&task.row), task.duty)
}

fn shown(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Key => "as the key in its environment says",
        Evidence::Lock => "as the lock of the batch says, which it holds",
        Evidence::Group => "as its process group says",
    }
}

fn held(tasks: &[TaskRow]) -> String {
    let all: Vec<String> = tasks.iter().map(named).collect();
    if all.is_empty() {
        "no task".into()
    } else {
        all.join(", ")
    }
}

fn named(row: &TaskRow) -> String {
    let spec = &row.spec;
    if spec.name.is_empty() {
        format!("task {}", spec.number)
    } else {
        format!("task {} ({})", spec.number, spec.name)
    }
}

fn called(relative: &Relative) -> String {
    format!("process {} ({})", relative.pid, relative.name)
}

fn document(found: &Found) -> Value {
    let relative = |who: &Relative| json!({"pid": who.pid.as_u32(), "name": who.name});
    let task = |row: &TaskRow| {
        json!({
            "id": row.spec.id,
            "number": row.spec.number,
            "name": (!row.spec.name.is_empty()).then_some(&row.spec.name),
            "current_state": row.state.word,
        })
    };
    let mut document = json!({
        "process": relative(&found.process),
        "through": found.through.as_ref().map(relative),
        "task": null,
        "batch": null,
        "persistent": false,
        "hook": null,
        "attempt": null,
        "over": null,
        "evidence": null,
        "worker": null,
    });
    match &found.owner {
        Owner::Task(of) => {
            document["task"] = task(&of.row);
            match of.duty {
                Duty::Batch(batch) => document["batch"] = json!(batch),
                Duty::Persistent(_) => document["persistent"] = json!(true),
                Duty::Init | Duty::Resume | Duty::Hook(_) | Duty::Undo(_) => {
                    document["hook"] = json!(of.duty.to_string());
                }
            }
            document["attempt"] = json!(of.attempt);
            document["over"] = json!(of.over);
            document["evidence"] = json!(match of.evidence {
                Evidence::Key => "key",
                Evidence::Lock => "lock",
                Evidence::Group => "group",
            });
        }
        Owner::Worker {
            worker,
            pid,
            condition,
            tasks,
        } => {
            document["worker"] = json!({
                "id": worker,
                "pid": pid.as_u32(),
                "condition": match condition {
                    Condition::Running => "running",
                    Condition::Stopped => "stopped",
                    Condition::Uninterruptible => "uninterruptible",
                },
                "tasks": tasks.iter().map(task).collect::<Vec<_>>(),
            });
        }
        Owner::Elsewhere { .. } | Owner::Nobody { .. } | Owner::NotThere => {}
    }
    document
}

#[cfg(test)]
mod tests;
