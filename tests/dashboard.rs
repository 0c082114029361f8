//! The dashboard on a terminal of its own, over a real store.

mod harness;
#[path = "dashboard/pages.rs"]
mod pages;

use std::fs;
use std::time::{Duration, Instant};

use harness::{Controls, Program, Seed, Terminal, World, wait_until};
use nix::sys::signal::Signal;
use nix::sys::termios::Termios;

const ROWS: u16 = 24;
const COLUMNS: u16 = 100;

/// Keys that the terminal sends.
const CTRL_C: &[u8] = b"\x03";
const CTRL_Z: &[u8] = b"\x1a";

/// A dashboard that runs.
struct Dashboard {
    terminal: Terminal,
    before: Termios,
    program: Program,
}

impl Dashboard {
    #[track_caller]
    fn open(world: &World, options: &[&str], environment: &[(&str, &str)]) -> Self {
        let terminal = Terminal::new(COLUMNS);
        let before = terminal.mode();
        let mut command = world.command(options);
        command.envs(environment.iter().copied());
        let program = terminal.start(&command, Controls::Yes);
        let dashboard = Self {
            terminal,
            before,
            program,
        };
        dashboard.wait_for("longhaul ");
        dashboard
    }

    fn shows(&self, text: &str) -> bool {
        let screen = self.terminal.shown(ROWS, COLUMNS);
        screen.alternate_screen() && screen.contents().contains(text)
    }

    #[track_caller]
    fn wait_for(&self, text: &str) {
        let asked = std::panic::AssertUnwindSafe(|| {
            wait_until(&format!("{text:?} on the screen"), || self.shows(text));
        });
        if let Err(panic) = std::panic::catch_unwind(asked) {
            eprintln!("{}", self.terminal.shown(ROWS, COLUMNS).contents());
            std::panic::resume_unwind(panic);
        }
    }

    /// Waits for the end, and looks whether the terminal is as it was.
    #[track_caller]
    fn ends(self, code: i32) -> String {
        let output = self.program.ended();
        assert_eq!(output.code, Some(code), "{}", self.terminal.written());
        assert_terminal_is_back(&self.terminal, &self.before);
        self.terminal.written()
    }
}

#[track_caller]
fn assert_terminal_is_back(terminal: &Terminal, before: &Termios) {
    let is_back = || {
        let screen = terminal.shown(ROWS, COLUMNS);
        !screen.alternate_screen() && !screen.hide_cursor()
    };
    wait_until("the shell's screen and its cursor", is_back);
    let now = terminal.mode();
    assert_eq!(now.local_flags, before.local_flags);
    assert_eq!(now.input_flags, before.input_flags);
    assert_eq!(now.output_flags, before.output_flags);
}

#[test]
fn quitting_gives_the_terminal_back() {
    let world = World::new();
    for key in [b"q".as_slice(), CTRL_C] {
        let dashboard = Dashboard::open(&world, &[], &[]);
        dashboard.terminal.press(key);
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
        dashboard.terminal.press(b"!");
        let written = dashboard.ends(code);
        let (_, after) = written
            .rsplit_once("\x1b[?1049l")
            .expect("the shell's screen came back");
        assert!(after.contains("told to panic at"), "{place}: {after}");
    }
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() {
    let world = World::new();
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.terminal.press(CTRL_Z);
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
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn nothing_is_written_while_nothing_happens() {
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("waits");
    let mut quiet = (dashboard.terminal.bytes(), Instant::now());
    wait_until("a few seconds without a byte", || {
        let bytes = dashboard.terminal.bytes();
        if bytes != quiet.0 {
            quiet = (bytes, Instant::now());
        }
        quiet.1.elapsed() > Duration::from_secs(4)
    });
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn keys_suspend_resume_and_terminate_on_a_real_worker() {
    let world = World::new();
    world.expect(
        0,
        "submit --name steady --range 1..100000 -b 1 -- sleep 0.02",
    );
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.terminal.press(b"s");
    dashboard.wait_for("1 SUSPEND");
    dashboard.terminal.press(b"r");
    dashboard.wait_for("1 RUN");
    dashboard.terminal.press(b"t");
    dashboard.wait_for("Terminate 1 task?");
    dashboard
        .terminal
        .press(b"\ty because it was the wrong one\t");
    dashboard.terminal.press(b"y");
    dashboard.wait_for("1 terminated");
    let view = world.view(world.wait_for_task(1));
    assert_eq!(
        view.desired_reason.as_deref(),
        Some("y because it was the wrong one")
    );
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn a_store_that_is_not_there_yet_is_picked_up_when_it_is_made() {
    let world = World::new();
    fs::remove_dir_all(world.store_dir()).expect("it is ours");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("no store at");
    world.expect(0, "submit --name first -- true");
    dashboard.wait_for("first");
    fs::remove_dir_all(world.store_dir()).expect("it is ours");
    dashboard.wait_for("no store at");
    assert!(dashboard.shows("first"), "what was known is kept");
    world.expect(0, "submit --name anew -- true");
    dashboard.wait_for("anew");
    assert!(!dashboard.shows("first"), "another store's tasks are gone");
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn the_dashboards_options_are_no_verbs() {
    let world = World::new();
    let output = world.expect(2, "--read-only list");
    assert!(output.stderr.contains("--read-only"), "{output:?}");
    let output = world.expect(2, "");
    assert!(output.stderr.contains("longhaul list"), "{output:?}");
}

#[test]
fn a_thousand_sizes_leave_the_screen_in_order() {
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("waits");
    let seed = Seed::of_this_run();
    for (rows, columns) in [(200, 50), (5, 20)] {
        dashboard.terminal.resize(rows, columns);
    }
    for round in 0..seed.rounds(1000) {
        let side = |most| u16::try_from(1 + seed.below(most)).expect("it is small");
        dashboard.terminal.resize(side(60), side(220));
        if round % 20 == 0 {
            // Each key is drawn, and waited for: more would only pile up.
            let drawn = dashboard.terminal.bytes();
            dashboard.terminal.press(b"\x0c");
            wait_until("a frame", || dashboard.terminal.bytes() > drawn);
        }
    }
    dashboard.terminal.resize(ROWS, COLUMNS);
    // The emulator knew of none of the sizes: it needs all of the screen.
    dashboard.terminal.press(b"\x0c");
    let footer = "s suspend  r resume";
    wait_until("the whole screen", || {
        let screen = dashboard.terminal.shown(ROWS, COLUMNS);
        let lines: Vec<String> = screen.rows(0, COLUMNS).collect();
        lines[0].starts_with("longhaul ")
            && lines.last().is_some_and(|last| last.starts_with(footer))
            && lines
                .iter()
                .filter(|line| line.contains("waits  INIT"))
                .count()
                == 1
    });
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn what_others_wrote_does_not_act_on_the_terminal() {
    let world = World::new();
    world.expect(0, "submit --name plain -- true");
    let evil = "\x1b]0;owned\x07\x1b[2J\r\u{202e}\u{9b}31m\n";
    let output = world.cli(["suspend", "plain", "--reason", evil]);
    assert_eq!(output.code, Some(0), "{output:?}");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("]0;owned");
    dashboard.terminal.press(b"/plain\rT");
    dashboard.wait_for("Terminate 1 task by force?");
    let written = dashboard.terminal.written();
    for bytes in ["\x1b]0;", "\x07", "\u{202e}", "\u{9b}"] {
        assert!(!written.contains(bytes), "{bytes:?} in {written:?}");
    }
    dashboard.terminal.press(b"n");
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn where_one_only_looks_keys_ask_nothing() {
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let before = world.last_event();
    let dashboard = Dashboard::open(&world, &["--read-only"], &[]);
    dashboard.wait_for("waits");
    dashboard.terminal.press(b"s");
    dashboard.wait_for("open to look only");
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
    assert_eq!(world.last_event(), before);
}
