//! to be written

use crate::cli::ListArgs;
use crate::exit::{Failure, Outcome};
use crate::session::Session;

pub(crate) fn run(_session: &Session, _args: &ListArgs) -> Result<Outcome, Failure> {
    Ok(Outcome::Done)
}
