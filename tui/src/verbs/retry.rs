//! `longhaul retry`: what failed of a task is tried again, by itself while it lives, else by a task over it.

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::spec::{Input, PartsInput, TaskSpec};
use longhaul_common::state::StateWord;
use longhaul_common::store::{
    Failed, Failure as FailedBatch, Instead, NewTask, NotQueued, QueuedAgain,
};

use crate::cli::RetryArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::output::human::counted;
use crate::session::{Session, resolve};

/// How what failed of a task is tried again.
pub(crate) enum Retried {
    /// By this task.
    By(TaskNumber),
    /// By itself: so much waits for it.
    Queued(QueuedAgain),
}

pub(crate) fn run(session: &Session, args: &RetryArgs) -> Result<Outcome, Failure> {
    let control = session.control()?;
    let task = resolve(&control, std::slice::from_ref(&args.task))?[0];
    match retry(&control, task, session.actor(), args.reason.as_deref())? {
        Retried::By(task) => {
            let view = control.view(task)?;
            if session.json() {
                output::json_document(&view)?;
            } else {
                output::line(&view.id.to_string())?;
            }
        }
        Retried::Queued(queued) if session.json() => {
            output::json_document(&serde_json::json!({
                "number": task,
                "id": control.store().task(task)?.spec.id,
                "batches": queued.batches,
                "items": queued.items,
            }))?;
        }
        Retried::Queued(queued) => {
            output::note(&format!("task {task}: {}", in_words(queued)));
        }
    }
    Ok(Outcome::Done)
}

/// What waits to be tried again.
pub(crate) fn in_words(queued: QueuedAgain) -> String {
    format!(
        "{} of {} to be tried again",
        counted(queued.items, "item waits", "items wait"),
        counted(queued.batches, "batch", "batches"),
    )
}

/// Has what failed of a task tried again: by itself while it lives, else by a task over that.
pub(crate) fn retry(
    control: &Control,
    task: TaskNumber,
    actor: Actor,
    reason: Option<&str>,
) -> Result<Retried, Failure> {
    let failed = control.store().failed(task, usize::MAX)?;
    if failed.row.state.word == StateWord::Terminate {
        submit(control, &failed, actor, reason).map(Retried::By)
    } else {
        queue_again(control, &failed, reason).map(Retried::Queued)
    }
}

fn submit(
    control: &Control,
    failed: &Failed,
    actor: Actor,
    reason: Option<&str>,
) -> Result<TaskNumber, Failure> {
    let spec = &failed.row.spec;
    let task = spec.number;
    // What waited to be tried again as it ended is left, like the rest of its input.
    let failures = || failed.failures.iter().filter(|failure| !failure.waits());
    if failures().next().is_none() {
        return Err(refused(format!("nothing of task {task} has failed")));
    }
    if matches!(spec.input.whole(), Input::Pages) {
        return Err(refused(format!(
            "a page of task {task} can't be tried again alone: it says where the next one starts"
        )));
    }
    let items = failures().map(FailedBatch::items_failed).sum();
    let submitted = control.submit(NewTask {
        spec: TaskSpec {
            id: TaskId::new(),
            input: Input::Parts(PartsInput {
                task,
                of: Box::new(spec.input.clone()),
            }),
            created_by: actor,
            // That counted the items of the other.
            stop_at: None,
            at: None,
            ..spec.clone()
        },
        items_total: Some(items),
        reason: reason.map(str::to_owned),
        claim_for: None,
    })?;
    if submitted.instead == Some(Instead::TriesAgain) {
        return Err(refused(format!(
            "what failed of task {task} is tried again by task {} already",
            submitted.number
        )));
    }
    Ok(submitted.number)
}

fn queue_again(
    control: &Control,
    failed: &Failed,
    reason: Option<&str>,
) -> Result<QueuedAgain, Failure> {
    let task = failed.row.spec.number;
    match control.queue_again(task, reason)? {
        Ok(queued) => Ok(queued),
        Err(NotQueued::Nothing) if !failed.troubles.is_empty() => Err(refused(format!(
            "nothing of task {task} has failed for good"
        ))
        .hint("what blocks it is tried again by `longhaul resume`")),
        Err(why) => Err(refused(format!(
            "what failed of task {task} is not tried again: {why}"
        ))),
    }
}

fn refused(why: String) -> Failure {
    Failure::new(Outcome::Refused, "refused", why)
}
