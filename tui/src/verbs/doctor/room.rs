//! Room that the database does not use: whether giving it back pays, and giving it back.

use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::BinaryBytes;
use longhaul_common::process::Openers;
use longhaul_common::store::{Room, Store};
use longhaul_worker::report::in_one_line;

use super::check::Check;
use super::folders::quoted;
use super::processes::counted;

const CHECK: &str = "room";

/// Less than this is not worth anybody's time.
const WORTH: u64 = 1024 * 1024;

/// Everything that is used may be moved.
const PATIENCE: Duration = Duration::from_secs(600);

/// None where it can't be told.
pub(super) fn check(dir: &Path, patience: Duration) -> Option<Check> {
    let room = Store::room(dir, patience).ok()?;
    Some(judge(room, &quoted(dir)))
}

pub(super) fn judge(room: Room, store: &str) -> Check {
    let detail = format!(
        "{} of {} are not used",
        BinaryBytes(room.unused),
        BinaryBytes(room.size)
    );
    if pays(room) {
        Check::warn(
            CHECK,
            detail,
            format!(
                "once no worker and no dashboard is open: longhaul doctor --compact --store {store}"
            ),
        )
    } else {
        Check::ok(CHECK, format!("{detail}: they are used next"))
    }
}

fn pays(room: Room) -> bool {
    room.unused >= WORTH && room.unused >= room.size / 4
}

/// Gives it back. Whoever has the store open would wait for it, and a compaction that is killed costs the next
/// one who opens it a repair, so nobody else may have it open.
pub(super) fn compact(dir: &Path) -> Check {
    let openers = match Store::openers(dir) {
        Ok(openers) => openers,
        Err(error) => {
            return Check::fail(
                CHECK,
                format!("not compacted: {}", in_one_line(&error)),
                "run this as the user who owns the store",
            );
        }
    };
    if let Some(refused) = in_use(&openers) {
        return refused;
    }
    let began = Instant::now();
    match Store::compact(dir, PATIENCE) {
        Ok((before, after)) => Check::ok(
            CHECK,
            format!(
                "compacted from {} to {} in {} ms",
                BinaryBytes(before),
                BinaryBytes(after),
                began.elapsed().as_millis()
            ),
        ),
        Err(error) => Check::fail(
            CHECK,
            format!("not compacted: {}", in_one_line(&error)),
            "try again while nothing is running",
        ),
    }
}

pub(super) fn in_use(openers: &Openers) -> Option<Check> {
    if openers.seen.is_empty() {
        return None;
    }
    let named: Vec<String> = openers
        .seen
        .iter()
        .take(5)
        .map(|opener| format!("{} ({})", opener.pid, opener.name))
        .collect();
    let who = counted(openers.seen.len(), "process has", "processes have");
    Some(Check::fail(
        CHECK,
        format!(
            "not compacted: {who} the store open, and would wait for it: {}",
            named.join(", ")
        ),
        "stop the workers and close the dashboards, then try again",
    ))
}
