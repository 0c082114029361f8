//! What is wrong with the store, in words, and what to do.

use std::path::Path;

use longhaul_common::alive::{AliveFile, Condition};
use longhaul_common::store::StoreError;
use longhaul_worker::report::{advice, in_one_line};

/// What an operator is told.
pub(super) fn words(error: &StoreError, dir: &Path) -> String {
    match error {
        StoreError::Missing { path } => format!(
            "no store at {}: `longhaul submit … -- CMD` makes one",
            path.display()
        ),
        StoreError::Busy { .. } | StoreError::Unknown { .. } => match stuck(dir) {
            Some(stuck) => stuck,
            // What was tried is nothing to the reader of a screen, which tries again by itself.
            None => {
                "the store is busy; `longhaul doctor` names stopped processes that hold it".into()
            }
        },
        error => match advice(error).hint {
            Some(hint) => format!("{}: {hint}", in_one_line(error)),
            None => in_one_line(error),
        },
    }
}

/// A worker that is stopped or takes no signal. Found without the store.
fn stuck(dir: &Path) -> Option<String> {
    let holders = AliveFile::open(dir)
        .and_then(|alive| alive.holders())
        .ok()?;
    holders.into_iter().find_map(|holder| {
        let (worker, pid) = (holder.worker, holder.pid);
        match holder.condition {
            Condition::Running => None,
            Condition::Stopped => Some(format!(
                "the store is busy: worker {worker} is stopped and may hold it; kill -CONT {pid}"
            )),
            Condition::Uninterruptible => Some(format!(
                "the store is busy: worker {worker} (process {pid}) is in uninterruptible sleep and may hold it"
            )),
        }
    })
}
