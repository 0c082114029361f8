//! to be written

use crate::cli::DemoArgs;
use crate::exit::{Failure, Outcome};
use crate::session::Session;

pub(crate) fn run(_session: &Session, _args: &DemoArgs) -> Result<Outcome, Failure> {
    Ok(Outcome::Done)
}
