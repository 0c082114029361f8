//! What still runs of the batches of dead workers.

use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::id::{TaskNumber, key_in_flight};
use longhaul_common::leftovers::{self, Batch};
use longhaul_common::store::Store;
use longhaul_worker::report::in_one_line;

use super::check::Check;
use super::workers::{alive_file, lives};

const CHECK: &str = "batches";

/// The slot of a task that runs one batch at a time.
const SLOT: u16 = 0;

pub(super) fn check(store: &Store) -> Vec<Check> {
    if !BatchLocks::is_there(store.dir()) {
        return vec![Check::ok(CHECK, "none has run yet")];
    }
    let orphans = match orphans(store) {
        Ok(orphans) => orphans,
        Err(why) => return vec![not_checked(&why)],
    };
    if orphans.is_empty() {
        return vec![Check::ok(CHECK, "nothing is left of a dead worker's batch")];
    }
    let locks = match BatchLocks::open(store.dir()) {
        Ok(locks) => locks,
        Err(error) => return vec![not_checked(&in_one_line(&error))],
    };
    let mut checks = Vec::new();
    for task in orphans {
        match leftovers_of(store, &locks, task) {
            Ok(found) => checks.extend(judge(task, &found)),
            Err(why) => checks.push(not_checked(&format!("task {task}: {why}"))),
        }
    }
    if checks.is_empty() {
        checks.push(Check::ok(CHECK, "nothing is left of a dead worker's batch"));
    }
    checks
}

fn not_checked(why: &str) -> Check {
    Check::warn(
        CHECK,
        format!("not checked: {why}"),
        "run this as the user who owns the store",
    )
}

fn orphans(store: &Store) -> Result<Vec<TaskNumber>, String> {
    let alive = alive_file(store).map_err(|check| check.detail)?;
    let claims = store.claims().map_err(|error| in_one_line(&error))?;
    Ok(claims
        .into_iter()
        .filter(|(_, claim)| !lives(alive.as_ref(), claim.worker))
        .map(|(task, _)| task)
        .collect())
}

fn leftovers_of(
    store: &Store,
    locks: &BatchLocks,
    task: TaskNumber,
) -> Result<Vec<leftovers::Process>, String> {
    let row = store.task(task).map_err(|error| in_one_line(&error))?;
    let key = key_in_flight(
        row.spec.id,
        row.state.word,
        row.state.hook,
        row.progress.batch,
    );
    let earlier = row.state.taken.iter().flat_map(|taken| &taken.keys);
    let keys: Vec<&str> = earlier.chain([&key]).map(String::as_str).collect();
    leftovers::find(&Batch {
        locks,
        task,
        slot: SLOT,
        keys: &keys,
        spare: &[],
    })
    .map_err(|error| in_one_line(&error))
}

pub(super) fn judge(task: TaskNumber, found: &[leftovers::Process]) -> Option<Check> {
    if found.is_empty() {
        return None;
    }
    let named: Vec<String> = found.iter().map(ToString::to_string).collect();
    let pids: Vec<String> = found
        .iter()
        .map(|process| process.pid.to_string())
        .collect();
    Some(Check::warn(
        CHECK,
        format!(
            "of task {task}, whose worker is dead, there still runs: {}",
            named.join(", ")
        ),
        format!(
            "the worker that takes the task over ends them first; or: kill -KILL {}",
            pids.join(" ")
        ),
    ))
}
