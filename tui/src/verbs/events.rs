//! to be written

use crate::cli::EventsArgs;
use crate::exit::{Failure, Outcome};
use crate::session::Session;

pub(crate) fn run(_session: &Session, _args: &EventsArgs) -> Result<Outcome, Failure> {
    Ok(Outcome::Done)
}
