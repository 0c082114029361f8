//! Processes that hold the database open and can't act: found in `/proc` alone.

use std::path::Path;
use std::time::Duration;

use longhaul_common::alive::{AliveFile, Condition, Holder};
use longhaul_common::process::{Opener, Openers, ProcessId};
use longhaul_common::store::Store;
use longhaul_worker::report::in_one_line;

use super::check::Check;

const CHECK: &str = "processes";

/// A process that waits for its disk is not stuck; one that still does after this may be.
const STUCK: Duration = Duration::from_millis(500);

pub(super) fn check(dir: &Path) -> Vec<Check> {
    let look = || Store::openers(dir);
    let openers = match look() {
        Ok(openers) => openers,
        Err(error) => {
            return vec![Check::warn(
                CHECK,
                format!("not checked: {}", in_one_line(&error)),
                "run this as the user who owns the store",
            )];
        }
    };
    let waits = |who: &Opener| who.condition == Condition::Uninterruptible;
    let openers = if openers.seen.iter().any(waits) {
        std::thread::sleep(STUCK);
        match look() {
            Ok(later) => still_waiting(&openers, later),
            Err(_) => openers,
        }
    } else {
        openers
    };
    let workers = if AliveFile::is_there(dir) {
        AliveFile::open(dir)
            .and_then(|alive| alive.holders())
            .unwrap_or_default()
    } else {
        Vec::new()
    };
    judge(&openers, &workers)
}

/// What is there later, where only those wait in the kernel that did so before.
pub(super) fn still_waiting(before: &Openers, mut later: Openers) -> Openers {
    for opener in &mut later.seen {
        let was = before.seen.iter().find(|who| who.pid == opener.pid);
        let waited = was.is_some_and(|who| who.condition == Condition::Uninterruptible);
        if opener.condition == Condition::Uninterruptible && !waited {
            opener.condition = Condition::Running;
        }
    }
    later
}

pub(super) fn judge(openers: &Openers, workers: &[Holder]) -> Vec<Check> {
    let mut checks: Vec<Check> = openers
        .seen
        .iter()
        .filter_map(|opener| {
            let (pid, who) = (opener.pid, called(opener.pid, &opener.name, workers));
            match opener.condition {
                Condition::Running => None,
                Condition::Stopped => Some(Check::fail(
                    CHECK,
                    format!("{who} is stopped (SIGSTOP); it can block everybody inside the database"),
                    format!("kill -CONT {pid}, or end it: kill -KILL {pid}"),
                )),
                Condition::Uninterruptible => Some(Check::warn(
                    CHECK,
                    format!("{who} waits in the kernel and takes no signal"),
                    "look at the disk it works on: what it waits for has to come, or the machine be started anew",
                )),
            }
        })
        .collect();
    if openers.hidden > 0 && checks.is_empty() {
        let hidden = counted(openers.hidden, "process", "processes");
        checks.push(Check::ok(
            CHECK,
            format!("none that can be looked into is stopped; {hidden} of other users may not be"),
        ));
    } else if checks.is_empty() {
        let others = match openers.seen.len() {
            0 => "no other process has the store open".into(),
            1 => "1 other process has the store open, and can act".into(),
            many => format!("{many} other processes have the store open, and all can act"),
        };
        checks.push(Check::ok(CHECK, others));
    }
    checks
}

pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {many}")
    }
}

fn called(pid: ProcessId, name: &str, workers: &[Holder]) -> String {
    match workers.iter().find(|holder| holder.pid == pid) {
        Some(holder) => format!("worker {} (pid {pid})", holder.worker),
        None => format!("process {pid} ({name})"),
    }
}
