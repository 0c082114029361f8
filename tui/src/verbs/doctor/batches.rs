//! What still runs of the batches of dead workers.

use longhaul_common::backlog::Begun;
use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::id::{TaskNumber, batch_key, key_in_flight};
use longhaul_common::leftovers::{self, Batch};
use longhaul_common::store::{Store, StoreError};
use longhaul_worker::report::in_one_line;

use super::check::Check;
use super::workers::{alive_file, lives};

const CHECK: &str = "batches";

/// What may be left of a dead worker.
#[derive(Clone, Copy)]
pub(super) enum Left {
    /// Of a task that it held: its batch, init or hook.
    Held(TaskNumber),
    /// Of a batch that it performed of a task with a queue.
    Performed(TaskNumber, Begun),
}

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
    for left in orphans {
        match leftovers_of(store, &locks, left) {
            Ok(found) => checks.extend(judge(left, &found)),
            Err(why) => checks.push(not_checked(&format!("task {}: {why}", left.task()))),
        }
    }
    if checks.is_empty() {
        checks.push(Check::ok(CHECK, "nothing is left of a dead worker's batch"));
    }
    checks
}

impl Left {
    fn task(self) -> TaskNumber {
        match self {
            Self::Held(task) | Self::Performed(task, _) => task,
        }
    }
}

fn not_checked(why: &str) -> Check {
    Check::warn(
        CHECK,
        format!("not checked: {why}"),
        "run this as the user who owns the store",
    )
}

fn orphans(store: &Store) -> Result<Vec<Left>, String> {
    let words = |error: StoreError| in_one_line(&error);
    let alive = alive_file(store).map_err(|check| check.detail)?;
    let died = |worker| !lives(alive.as_ref(), worker);
    let claims = store.claims().map_err(words)?.into_iter();
    let held = claims.filter(|(_, claim)| died(claim.worker));
    let in_flight = store.in_flight().map_err(words)?.into_iter();
    let performed = in_flight.filter(|(_, begun)| died(begun.seat.worker));
    Ok(held
        .map(|(task, _)| Left::Held(task))
        .chain(performed.map(|(task, begun)| Left::Performed(task, begun)))
        .collect())
}

fn leftovers_of(
    store: &Store,
    locks: &BatchLocks,
    left: Left,
) -> Result<Vec<leftovers::Process>, String> {
    let task = left.task();
    let row = store.task(task).map_err(|error| in_one_line(&error))?;
    let (slot, key) = match left {
        Left::Held(_) => {
            let state = &row.state;
            let key = key_in_flight(row.spec.id, state.word, state.hook, &row.progress);
            (0, key)
        }
        Left::Performed(_, begun) => (begun.slot, batch_key(row.spec.id, begun.batch)),
    };
    let earlier = row.state.taken.iter().flat_map(|taken| &taken.keys);
    let earlier = earlier.filter(|_| slot == 0);
    let keys: Vec<&str> = earlier.chain([&key]).map(String::as_str).collect();
    leftovers::find(&Batch {
        locks,
        task,
        slot,
        keys: &keys,
        spare: &[],
    })
    .map_err(|error| in_one_line(&error))
}

pub(super) fn judge(left: Left, found: &[leftovers::Process]) -> Option<Check> {
    if found.is_empty() {
        return None;
    }
    let named: Vec<String> = found.iter().map(ToString::to_string).collect();
    let pids: Vec<String> = found
        .iter()
        .map(|process| process.pid.to_string())
        .collect();
    let (whose, mender) = match left {
        Left::Held(task) => (format!("task {task}"), "that takes the task over"),
        Left::Performed(task, begun) => (
            format!("batch {} of task {task}", begun.batch),
            "that coordinates the task",
        ),
    };
    Some(Check::warn(
        CHECK,
        format!(
            "of {whose}, whose worker is dead, there still runs: {}",
            named.join(", ")
        ),
        format!(
            "the worker {mender} ends them first; or: kill -KILL {}",
            pids.join(" ")
        ),
    ))
}
