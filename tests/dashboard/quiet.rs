//! Nothing happening costs nothing.

use std::fs;
use std::time::{Duration, Instant};

use crate::harness::{World, wait_until};
use crate::opened::Dashboard;

/// How long it is watched.
const WHILE: Duration = Duration::from_secs(5);

/// Longer than the slow tick.
const SETTLING: Duration = Duration::from_millis(2500);

/// How often all threads of a process have been woken.
fn woken(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let status = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("status"));
    let statuses = threads.flatten().filter_map(|thread| status(thread).ok());
    statuses
        .map(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.and_then(|count| count.trim().parse::<u64>().ok())
                .expect("the kernel counts")
        })
        .sum()
}

#[test]
fn nothing_is_written_and_hardly_anything_wakes_while_nothing_happens() {
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("waits");
    let pid = dashboard.program.pid();
    let since = |bytes: usize| (bytes, woken(pid), Instant::now());
    // The first look after a change still reads.
    let mut watched = since(0);
    for least in [SETTLING, WHILE] {
        watched = since(dashboard.terminal.bytes());
        wait_until("a while without a byte", || {
            let bytes = dashboard.terminal.bytes();
            if bytes != watched.0 {
                watched = since(bytes);
            }
            watched.2.elapsed() > least
        });
    }
    let wakes = woken(pid) - watched.1;
    let seconds = watched.2.elapsed().as_secs();
    assert!(wakes <= seconds, "{wakes} wake-ups in {seconds} s");
    dashboard.quits();
}
