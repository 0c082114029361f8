//! to be written

use crate::cli::RunArgs;
use crate::exit::{Failure, Outcome};
use crate::session::Session;

pub(crate) fn run(_session: &Session, _args: &RunArgs) -> Result<Outcome, Failure> {
    Ok(Outcome::Done)
}
