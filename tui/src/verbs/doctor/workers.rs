//! Workers, and what they have claimed.

use longhaul_common::alive::{AliveFile, Liveness};
use longhaul_common::cordon::Cordon;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::store::{Accepts, Claim, Look, Store, StoreError, WorkerRow};
use longhaul_worker::report::in_one_line;

use super::check::Check;
use super::folders::quoted;
use super::processes::counted;

const WORKERS: &str = "workers";
const CLAIMS: &str = "claims";

/// So many are named.
const NAMED: usize = 10;

/// Whether a worker lives. One of which that can't be told counts as living; without the file none
/// ever lived.
pub(super) fn lives(alive: Option<&AliveFile>, worker: WorkerNumber) -> bool {
    alive.is_some_and(|alive| !matches!(alive.probe(worker), Ok(Liveness::Dead)))
}

/// The file that says who lives; None where no worker ever did.
pub(super) fn alive_file(store: &Store) -> Result<Option<AliveFile>, Check> {
    if !AliveFile::is_there(store.dir()) {
        return Ok(None);
    }
    AliveFile::open(store.dir()).map(Some).map_err(|error| {
        Check::fail(
            WORKERS,
            in_one_line(&error),
            "check the permissions of the store's folder",
        )
    })
}

pub(super) fn check(store: &Store) -> Vec<Check> {
    let alive = match alive_file(store) {
        Ok(alive) => alive,
        Err(check) => return vec![check],
    };
    let read = || -> Result<_, StoreError> {
        let glance = store.glance(Look {
            accepts: Some(Accepts::default()),
            claims: true,
            ..Look::default()
        })?;
        let waits = !glance.due.now.is_empty();
        let held_back = (store.cordons()?, store.brake()?);
        Ok((store.workers()?, glance.claims, waits, held_back))
    };
    let (rows, claims, waits, (cordons, brake)) = match read() {
        Ok(read) => read,
        Err(error) => {
            return vec![Check::fail(
                WORKERS,
                in_one_line(&error),
                "see the line of the database",
            )];
        }
    };
    let lives = |worker| lives(alive.as_ref(), worker);
    let start = format!("start one: longhaul worker --store {}", quoted(store.dir()));
    let mut checks = vec![judge_workers(&rows, &lives, waits, &start)];
    checks.extend(judge_claims(&claims, &lives, &start));
    checks.extend(cordons.0.iter().map(judge_cordon));
    checks.extend(brake.iter().map(|brake| {
        let mend = "it ends with: longhaul throttle off";
        Check::warn(WORKERS, brake.to_string(), mend)
    }));
    checks
}

pub(super) fn judge_workers(
    rows: &[WorkerRow],
    lives: &dyn Fn(WorkerNumber) -> bool,
    waits: bool,
    start: &str,
) -> Check {
    let open = rows.iter().filter(|row| !row.is_gone());
    let (living, dead): (Vec<_>, Vec<_>) = open.partition(|row| lives(row.number));
    let named: Vec<String> = living
        .iter()
        .take(NAMED)
        .map(|row| format!("worker {} (pid {})", row.number, row.actor.pid))
        .collect();
    let mut detail = match living.len() {
        0 => "none is alive".into(),
        count => format!("{count} alive: {}", named.join(", ")),
    };
    if living.len() > NAMED {
        detail.push_str(", …");
    }
    if !dead.is_empty() {
        detail.push_str(&format!("; {} died without stopping", dead.len()));
    }
    if living.is_empty() && waits {
        Check::warn(WORKERS, format!("{detail}, and tasks wait"), start)
    } else {
        Check::ok(WORKERS, detail)
    }
}

/// One that was forgotten keeps tasks waiting for ever.
fn judge_cordon(cordon: &Cordon) -> Check {
    Check::warn(
        WORKERS,
        cordon.to_string(),
        format!("it ends with: longhaul uncordon{}", cordon.reach.options()),
    )
}

pub(super) fn judge_claims(
    claims: &[(TaskNumber, Claim)],
    lives: &dyn Fn(WorkerNumber) -> bool,
    start: &str,
) -> Vec<Check> {
    let (held, orphaned): (Vec<_>, Vec<_>) =
        claims.iter().partition(|(_, claim)| lives(claim.worker));
    let mut checks: Vec<Check> = orphaned
        .iter()
        .take(NAMED)
        .map(|(task, claim)| {
            Check::warn(
                CLAIMS,
                format!(
                    "task {task} is claimed by worker {}, which is dead",
                    claim.worker
                ),
                format!("a living worker takes it over by itself; if none is there, {start}"),
            )
        })
        .collect();
    if orphaned.len() > NAMED {
        checks.push(Check::warn(
            CLAIMS,
            format!(
                "{} more are claimed by dead workers",
                counted(orphaned.len() - NAMED, "task", "tasks")
            ),
            start,
        ));
    }
    if !held.is_empty() || orphaned.is_empty() {
        let named: Vec<String> = held
            .iter()
            .take(NAMED)
            .map(|(task, claim)| format!("task {task} by worker {}", claim.worker))
            .collect();
        let more = if held.len() > NAMED { ", …" } else { "" };
        let detail = match held.len() {
            0 => "no task is claimed".into(),
            count => format!("{count} by living workers: {}{more}", named.join(", ")),
        };
        checks.insert(0, Check::ok(CLAIMS, detail));
    }
    checks
}
