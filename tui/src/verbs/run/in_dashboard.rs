//! `longhaul run --tui`: the task runs in the dashboard, which opens on it.

use longhaul_worker::report::exit_now_if_overdue;

use super::{Worker, begin, end, explain};
use crate::cli::RunArgs;
use crate::dashboard::{Opens, Prepared, needs_a_terminal};
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::Session;

pub(super) fn run(session: &Session, args: &RunArgs) -> Result<Outcome, Failure> {
    if session.json() {
        return Err(
            Failure::mistake("--tui draws, and --json prints").hint("leave one of them out")
        );
    }
    // Before anything is submitted.
    needs_a_terminal()?;
    let (begun, prepared) = begin(session, args, |_| {
        let prepared = Prepared::new()?;
        let notices = prepared.notices();
        Ok((prepared, notices))
    })?;
    let (control, task) = (begun.control, begun.task);
    let opens = Opens::Task(task);
    let (outcome, finished) = prepared.host(session, &args.look, &control, begun.worker, opens)?;
    let view = control.view(task)?;
    explain(&view, output::note);
    exit_now_if_overdue(finished);
    Ok(match outcome {
        Outcome::Done => end(&view, Worker::Gone).unwrap_or(Outcome::Nobody),
        outcome => outcome,
    })
}
