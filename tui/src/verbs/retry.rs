//! `longhaul retry`: a task over what failed of one that has ended.

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::spec::{Input, PartsInput, TaskSpec};
use longhaul_common::state::StateWord;
use longhaul_common::store::{Failure as FailedBatch, NewTask};

use crate::cli::RetryArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::{Session, resolve};

pub(crate) fn run(session: &Session, args: &RetryArgs) -> Result<Outcome, Failure> {
    let control = session.control()?;
    let task = resolve(&control, std::slice::from_ref(&args.task))?[0];
    let submitted = submit(&control, task, session.actor(), args.reason.as_deref())?;
    let view = control.view(submitted)?;
    if session.json() {
        output::json_document(&view)?;
    } else {
        output::line(&view.id.to_string())?;
    }
    Ok(Outcome::Done)
}

/// Submits a task over what failed of another.
pub(crate) fn submit(
    control: &Control,
    task: TaskNumber,
    actor: Actor,
    reason: Option<&str>,
) -> Result<TaskNumber, Failure> {
    let failed = control.store().failed(task, usize::MAX)?;
    let (spec, state) = (&failed.row.spec, &failed.row.state);
    if state.word != StateWord::Terminate {
        return Err(refused(format!(
            "task {task} has not ended, and more of it may fail"
        ))
        .hint("wait until it has ended; what blocks it is tried again by `longhaul resume`"));
    }
    if failed.failures.is_empty() {
        return Err(refused(format!("nothing of task {task} has failed")));
    }
    if matches!(spec.input.whole(), Input::Pages) {
        return Err(refused(format!(
            "a page of task {task} can't be tried again alone: it says where the next one starts"
        )));
    }
    if let Some(again) = state.retried_by
        && control.store().task(again)?.state.word != StateWord::Terminate
    {
        return Err(refused(format!(
            "what failed of task {task} is tried again by task {again} already"
        )));
    }
    let items = failed.failures.iter().map(FailedBatch::items_failed).sum();
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
            ..spec.clone()
        },
        items_total: Some(items),
        reason: reason.map(str::to_owned),
        claim_for: None,
    })?;
    Ok(submitted.number)
}

fn refused(why: String) -> Failure {
    Failure::new(Outcome::Refused, "refused", why)
}
