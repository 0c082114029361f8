//! `longhaul items`: the items of a task by how they stand, in the format of its input.

use std::io::{self, BufWriter, Write};

use longhaul_common::state::StateWord;
use longhaul_worker::items::{Items, ItemsError, Which};
use longhaul_worker::process::write_items;
use longhaul_worker::report::in_one_line;

use crate::cli::ItemsArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::{Session, resolve};

pub(crate) fn run(session: &Session, args: &ItemsArgs) -> Result<Outcome, Failure> {
    if session.json() {
        return Err(
            Failure::mistake("items are printed as their input has them, not as JSON")
                .hint("leave out --json"),
        );
    }
    let which = if args.done {
        Which::Done
    } else if args.left {
        Which::Left
    } else {
        Which::Failed
    };
    let control = session.look()?;
    let task = resolve(&control, std::slice::from_ref(&args.task))?[0];
    let ledger = control.store().ledger(task)?;
    let moves = matches!(ledger.row.state.word, StateWord::Init | StateWord::Run);
    let items = Items::open(control.store(), ledger)?;
    if moves {
        output::note(&format!(
            "task {task} is at work: these are its items as they stood when this began"
        ));
    }
    let (mut head, framing) = (items.head(), items.framing());
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    items.each(which, |items| {
        if items.is_empty() {
            return Ok(());
        }
        let head = std::mem::take(&mut head);
        written(out.write_all(&head))?;
        written(write_items(&mut out, items, framing))
    })?;
    written(out.flush())?;
    Ok(Outcome::Done)
}

fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Ok(()) => Ok(()),
        // `longhaul items 7 --left | head` is no failure of ours.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            std::process::exit(Outcome::Done as i32)
        }
        Err(error) => Err(Failure::system("printing", &error)),
    }
}

impl From<ItemsError> for Failure {
    fn from(error: ItemsError) -> Self {
        let outcome = match error {
            ItemsError::None(_)
            | ItemsError::Registered { .. }
            | ItemsError::Pages(_)
            | ItemsError::Unordered(_) => Outcome::Refused,
            ItemsError::Source(_) => Outcome::Failed,
        };
        Self::new(outcome, "items", in_one_line(&error))
    }
}
