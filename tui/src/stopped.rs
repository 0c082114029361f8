//! Names the processes that can freeze a store: workers that live and can't act. They are found
//! without the store.

use std::path::Path;

use longhaul_common::alive::{AliveFile, Condition};

use crate::exit::Failure;
use crate::output;

/// The codes of failures behind which a stopped process may stand.
const CODES: [&str; 2] = ["busy", "unknown-outcome"];

/// Whether a stopped process can be the reason of a failure.
pub(crate) fn may_stand_behind(failure: &Failure) -> bool {
    CODES.contains(&failure.code)
}

/// Ends one worker that is stopped, and says so. None: no worker is, or it may not be ended.
pub(crate) fn end_one(store_dir: &Path) -> Option<()> {
    let alive = AliveFile::open(store_dir).ok()?;
    let ended = alive.end_a_stopped_one().ok()??;
    output::note(&format!(
        "worker {} (process {}) was stopped and held the store: it was killed, its tasks go elsewhere",
        ended.worker, ended.pid
    ));
    Some(())
}

/// Adds the workers that are stopped or take no signal to a failure that they may be the reason of.
pub(crate) fn explain(failure: Failure, store_dir: &Path) -> Failure {
    if !may_stand_behind(&failure) {
        return failure;
    }
    // The failure is the news; what can't be looked up is left out.
    let holders = AliveFile::open(store_dir).and_then(|alive| alive.holders());
    let stuck = holders.unwrap_or_default().into_iter().find_map(|holder| {
        let (worker, pid) = (holder.worker, holder.pid);
        match holder.condition {
            Condition::Running => None,
            Condition::Stopped => Some(format!(
                "worker {worker} is stopped (SIGSTOP) and may hold the store; it goes on with: kill -CONT {pid}"
            )),
            Condition::Uninterruptible => Some(format!(
                "worker {worker} (process {pid}) is in uninterruptible sleep and may hold the store"
            )),
        }
    });
    match stuck {
        Some(stuck) => failure.hint(stuck),
        None => failure,
    }
}
