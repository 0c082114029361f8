//! `longhaul show`: all there is to know of tasks.

use longhaul_common::store::Reach;

use crate::choosing::{check, looked_at};
use crate::cli::ShowArgs;
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::output::{self, terminal};
use crate::session::Session;
use crate::sheet::{Beside, Known, halted, sheet, stuck_holders};

pub(crate) fn run(session: &Session, args: &ShowArgs) -> Result<Outcome, Failure> {
    check(&args.of.tasks, &args.of.filter)?;
    let control = session.look()?;
    let tasks = looked_at(&control, &args.of.tasks, &args.of.filter, Reach::All)?;
    let found = control.store().tasks(tasks)?;
    let (views, _) = control.views_of(&found);
    if session.json() {
        match views.as_slice() {
            [view] if !args.of.filter.is_given() => output::json_document(view)?,
            views => output::json_document(&views)?,
        }
        return Ok(Outcome::Done);
    }
    let holders = stuck_holders(&control, &views);
    let clock = Clock::local();
    for (at, (row, view)) in found.rows.into_iter().zip(views).enumerate() {
        if at > 0 {
            output::line("")?;
        }
        let known = Known::of(&control, row, view)?;
        let beside = Beside {
            halted: halted(&holders),
            ..Beside::default()
        };
        let sheet = sheet(&known, &beside, &clock);
        output::text(&sheet.print(terminal::width(), session.paint()))?;
    }
    Ok(Outcome::Done)
}
