//! `longhaul worker`: the same as `longhaul-worker`.

use longhaul_worker::program::{self, WorkerArgs};
use longhaul_worker::report::exit_now_if_overdue;

use crate::exit::{Failure, Outcome};
use crate::session::Session;

pub(crate) fn run(session: &Session, args: &WorkerArgs) -> Result<Outcome, Failure> {
    if session.names_an_actor() {
        // A worker asks for nothing: in the history it is the process that it is.
        return Err(Failure::mistake("a worker takes no --actor"));
    }
    let finished = program::run(session.store_option(), args)?;
    exit_now_if_overdue(finished);
    Ok(finished.into())
}
