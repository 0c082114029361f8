//! to be written

use crate::cli::LogsArgs;
use crate::exit::{Failure, Outcome};
use crate::session::Session;

pub(crate) fn run(_session: &Session, _args: &LogsArgs) -> Result<Outcome, Failure> {
    Ok(Outcome::Done)
}
