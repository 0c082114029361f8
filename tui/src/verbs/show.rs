//! to be written

use crate::cli::ShowArgs;
use crate::exit::{Failure, Outcome};
use crate::session::Session;

pub(crate) fn run(_session: &Session, _args: &ShowArgs) -> Result<Outcome, Failure> {
    Ok(Outcome::Done)
}
