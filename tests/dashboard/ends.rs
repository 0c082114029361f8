//! However it ends or stops, the terminal is as it was.

use std::fs;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::harness::{Controls, World, wait_until};
use crate::opened::{CTRL_C, CTRL_Z, Dashboard, assert_terminal_is_back};

#[test]
fn quitting_gives_the_terminal_back() {
    let world = World::new();
    for key in [b"q".as_slice(), CTRL_C] {
        let dashboard = Dashboard::open(&world, &[], &[]);
        dashboard.press(key);
        dashboard.ends(0);
    }
}

#[test]
fn signals_end_it_quietly_with_the_terminal_given_back() {
    let world = World::new();
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let dashboard = Dashboard::open(&world, &[], &[]);
        dashboard.program.signal(signal);
        dashboard.ends(0);
    }
}

#[test]
fn a_panic_is_reported_on_the_shells_screen() {
    let world = World::new();
    for (place, code) in [("update", 101), ("draw", 101), ("thread", 1)] {
        // To name the places in a backtrace takes a debug build more seconds than a test has.
        let environment = [("LONGHAUL_PANIC", place), ("RUST_BACKTRACE", "0")];
        let dashboard = Dashboard::open(&world, &[], &environment);
        dashboard.press(b"!");
        dashboard.wait_for_shell("told to panic at");
        dashboard.ends(code);
    }
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() {
    let world = World::new();
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.press(CTRL_Z);
    dashboard.program.wait_until_stopped(true);
    assert_terminal_is_back(&dashboard.terminal, &dashboard.before);
    dashboard.program.signal(Signal::SIGCONT);
    dashboard.wait_for("no tasks");
    world.expect(0, "submit --name later -- true");
    dashboard.wait_for("later");
    dashboard.program.signal(Signal::SIGTSTP);
    dashboard.program.wait_until_stopped(true);
    assert_terminal_is_back(&dashboard.terminal, &dashboard.before);
    dashboard.program.signal(Signal::SIGCONT);
    dashboard.wait_for("later");
    dashboard.quits();
}

#[test]
fn stopped_from_outside_it_draws_all_again_when_it_goes_on() {
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("waits");
    dashboard.program.signal(Signal::SIGSTOP);
    dashboard.program.wait_until_stopped(true);
    let before = dashboard.terminal.bytes();
    dashboard.program.signal(Signal::SIGCONT);
    wait_until("the whole screen once more", || {
        let written = dashboard.terminal.written();
        written.as_bytes()[before..]
            .windows(5)
            .any(|seen| seen == b"waits")
    });
    dashboard.quits();
}

/// How much a process has computed so far; None once it has ended.
fn computed(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    // In hundredths of a second, everywhere.
    let ticks = ticks(11)? + ticks(12)?;
    (fields[0] != "Z").then(|| Duration::from_millis(ticks * 10))
}

#[test]
fn a_terminal_that_goes_away_ends_it_without_spinning() {
    let world = World::new();
    // On a terminal that is not its own no signal tells.
    for controls in [Controls::Yes, Controls::No] {
        let dashboard = Dashboard::start(&world.command([""; 0]), controls);
        let pid = dashboard.program.pid();
        let before = computed(pid).expect("it runs");
        let mut after = before;
        let program = dashboard.hang_up();
        wait_until("the end", || match computed(pid) {
            Some(so_far) => {
                after = so_far;
                false
            }
            None => true,
        });
        let output = program.ended();
        assert_eq!(output.code, Some(0), "{output:?}");
        let used = after - before;
        assert!(used < Duration::from_millis(500), "{used:?}");
    }
}

#[test]
fn a_line_that_drops_in_the_middle_of_a_dialogue_writes_nothing() {
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let before = world.last_event();
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("waits");
    dashboard.press("t");
    dashboard.wait_for("Terminate 1 task?");
    dashboard.press("\tit was the y");
    dashboard.wait_for("it was the y");
    let output = dashboard.hang_up().ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(world.last_event(), before);
}

#[test]
fn a_terminal_that_takes_nothing_keeps_it_from_nothing() {
    let world = World::new();
    world.expect(
        0,
        "submit --name steady --range 1..100000 -b 1 -- sleep 0.02",
    );
    for options in [&[][..], &["--worker"]] {
        let dashboard = Dashboard::open(&world, options, &[]);
        dashboard.wait_for("steady");
        let stalled = dashboard.terminal.stall();
        dashboard.terminal.resize(40, 200);
        // Where its first thread waits, which waits for messages otherwise.
        let place = format!("/proc/{}/wchan", dashboard.program.pid());
        wait_until("it waits for the terminal", || {
            let place = fs::read_to_string(&place).expect("it runs");
            // A kernel that does not tell says 0.
            place == "0" || place.contains("poll")
        });
        dashboard.program.signal(Signal::SIGTERM);
        let output = dashboard.program.ended();
        assert_eq!(output.code, Some(0), "{options:?}");
        drop(stalled);
        let now = dashboard.terminal.mode();
        assert_eq!(now.local_flags, dashboard.before.local_flags);
    }
}
