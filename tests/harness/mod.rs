//! What end-to-end tests need: a store of their own, the program as processes, and ways to wait
//! for what must come.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test target uses a part of it"
)]

mod example;
mod gate;
mod once;
mod program;
mod record;
mod seed;
mod strays;
mod terminal;
mod worker;
mod world;

use std::time::{Duration, Instant};

pub(crate) use example::example;
pub(crate) use gate::Gate;
pub(crate) use once::assert_each_done_once;
pub(crate) use program::{Program, heeding_signals};
pub(crate) use record::Record;
pub(crate) use seed::Seed;
pub(crate) use terminal::{Controls, Terminal};
pub(crate) use worker::Worker;
pub(crate) use world::{Output, World};

/// How long anything may take that is waited for.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// How often a condition is looked at that nothing announces.
const GLANCE: Duration = Duration::from_millis(5);

/// Waits until `condition` holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}

/// Waits until there is something.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {DEADLINE:?}: {what}");
        std::thread::sleep(GLANCE);
    }
}

/// Waits until `count` is at least `goal`, as long as it grows within every deadline.
#[track_caller]
pub(crate) fn wait_for_growth(what: &str, goal: u64, mut count: impl FnMut() -> u64) {
    let mut seen = count();
    while seen < goal {
        let before = seen;
        wait_until(what, || {
            seen = count();
            seen > before
        });
    }
}

/// Whether a process of this number is there and has not ended.
pub(crate) fn runs(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return false;
    };
    // The name before it may hold anything, a closing bracket included.
    let state = stat.rsplit_once(") ").map(|(_, rest)| &rest[..1]);
    !matches!(state, None | Some("Z" | "X"))
}

/// The process numbers in a file, one a line.
pub(crate) fn pids(path: &std::path::Path) -> Vec<u32> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| line.trim().parse().expect("a process number"))
        .collect()
}
