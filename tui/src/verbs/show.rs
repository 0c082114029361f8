//! to be written: for people

use crate::cli::ShowArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::{Session, resolve};

pub(crate) fn run(session: &Session, args: &ShowArgs) -> Result<Outcome, Failure> {
    let control = session.control()?;
    let tasks = resolve(&control, &args.tasks)?;
    let views = control.views(tasks)?;
    match views.as_slice() {
        [view] => output::json_document(view)?,
        views => output::json_document(&views)?,
    }
    Ok(Outcome::Done)
}
