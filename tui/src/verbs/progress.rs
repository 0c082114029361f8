//! `longhaul progress`: said from inside a batch, how far it is.

use std::time::Duration;

use longhaul_common::id::{Duty, TaskNumber};
use longhaul_common::leftovers::BATCH_KEY_VARIABLE;
use longhaul_common::store::{NotTold, StoreError, Telling};

use crate::cli::ProgressArgs;
use crate::exit::{Failure, Outcome};
use crate::session::Session;

/// A batch waits no longer for the store.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest message, in characters.
const LONGEST: usize = 2000;

pub(crate) fn run(session: &Session, args: &ProgressArgs) -> Result<Outcome, Failure> {
    let outside = || {
        Failure::mistake("there is no batch here: longhaul progress is for a batch, and what it starts")
            .hint("it finds its batch by LONGHAUL_TASK and LONGHAUL_BATCH_KEY, which each batch has in its environment")
    };
    let variable = |name: &str| std::env::var(name).ok();
    let task: u64 = variable("LONGHAUL_TASK")
        .and_then(|task| task.parse().ok())
        .ok_or_else(outside)?;
    let key = variable(BATCH_KEY_VARIABLE).ok_or_else(outside)?;
    let (id, batch) = match Duty::of_key(&key) {
        Some((id, Duty::Batch(batch))) => (id, Some(batch)),
        Some((id, Duty::Persistent(_))) => (id, None),
        Some((_, duty)) => {
            return Err(Failure::mistake(format!(
                "this is the {duty} of its task, and longhaul progress is for a batch"
            )));
        }
        None => return Err(outside()),
    };
    let items: Option<u64> = batch
        .and_then(|_| variable("LONGHAUL_ITEMS"))
        .and_then(|items| items.parse().ok());
    if let Some(items) = items.filter(|items| args.items > *items) {
        return Err(
            Failure::mistake(format!("{} of {items} items can't be done", args.items))
                .hint("N is how many items of this batch are done, not of the whole task"),
        );
    }
    let telling = Telling {
        id,
        batch,
        attempt: batch
            .and_then(|_| variable("LONGHAUL_ATTEMPT"))
            .and_then(|attempt| attempt.parse().ok()),
        items_done: Some(args.items),
        message: args
            .message
            .as_ref()
            .map(|message| message.chars().take(LONGEST).collect()),
    };
    let store = session.store_within(PATIENCE)?;
    match store.tell_live(TaskNumber(task), telling) {
        Ok(Ok(())) => Ok(Outcome::Done),
        Ok(Err(why)) => {
            let hint = match why {
                NotTold::Over => "what it tells is not shown any more",
                NotTold::Which => {
                    "set LONGHAUL_BATCH_KEY to the key of the batch that is meant, or answer with {\"items_done\":N}"
                }
            };
            Err(Failure::new(Outcome::Refused, "refused", why.to_string()).hint(hint))
        }
        Err(StoreError::NoTask(_)) => Err(outside()),
        Err(error) => Err(error.into()),
    }
}
