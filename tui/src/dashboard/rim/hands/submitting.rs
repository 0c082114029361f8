//! A task of a kind, from what would be typed behind `longhaul submit`.

use longhaul_common::actor::Actor;
use longhaul_common::store::{NewTask, PATIENCE, StoreError};
use longhaul_worker::report::in_one_line;

use super::super::desk::Desk;
use crate::cli::SubmitArgs;
use crate::dashboard::message::New;
use crate::exit::Failure;
use crate::task_spec::prepare_kind;

/// A task that only has to be written.
pub(super) struct Ready {
    task: NewTask,
    suspended: bool,
}

/// Makes it. It may ask a broker, and read a file.
pub(super) fn prepare(desk: &Desk, kind: &str, words: &[String]) -> Result<Ready, Failure> {
    let control = desk.control().ok_or_else(|| StoreError::Missing {
        path: desk.dir().to_owned(),
    })?;
    let control = control.with_patience(PATIENCE);
    let args = SubmitArgs::of_words(words).map_err(|error| Failure::mistake(error.to_string()))?;
    let kinds = || Ok(control.store().kinds()?);
    let prepared = prepare_kind(&args.task, kind, &Actor::default(), kinds)?;
    let prepared = prepared.bearing(args.key.as_deref())?;
    let prepared = prepared.gated(&control, &args.task)?;
    Ok(Ready {
        task: prepared.spool_into(desk.dir())?,
        suspended: args.suspended,
    })
}

/// Writes it.
pub(super) fn write(desk: &Desk, ready: Ready) -> Result<New, String> {
    let submitted = desk.ask(|control| {
        let control = control.with_patience(PATIENCE);
        if ready.suspended {
            control.submit_suspended(ready.task)
        } else {
            control.submit(ready.task)
        }
    });
    let submitted = submitted.map_err(|error| in_one_line(&error))?;
    Ok(if submitted.instead.is_some() {
        New::Bears(submitted.number)
    } else {
        New::Task(submitted.number)
    })
}
