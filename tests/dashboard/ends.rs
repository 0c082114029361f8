//! However it ends or stops, the terminal is as it was.

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
        let dashboard = Dashboard::open(&world, &[], &[("LONGHAUL_PANIC", place)]);
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

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let world = World::new();
    // On a terminal that is not its own no signal tells.
    for controls in [Controls::Yes, Controls::No] {
        let dashboard = Dashboard::start(&world.command([""; 0]), controls);
        let output = dashboard.hang_up().ended();
        assert_eq!(output.code, Some(0), "{output:?}");
    }
}
