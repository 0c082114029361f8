//! The systemd unit: systemd understands it, and it agrees with what the worker does.

mod harness;

use std::process::Command;
use std::time::Duration;

use harness::World;
use longhaul_worker::DEFAULT_GRACE;

const UNIT: &str = include_str!("../assets/longhaul.service");

/// What the unit sets a key to.
fn set(key: &str) -> &'static str {
    let mut lines = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let value = lines.next().unwrap_or_else(|| panic!("{key} is not set"));
    assert_eq!(lines.next(), None, "{key} is set twice");
    value
}

/// The options that the unit starts the worker with.
fn options() -> Vec<&'static str> {
    set("ExecStart").split_whitespace().skip(1).collect()
}

#[test]
fn the_worker_has_time_to_end_by_itself_before_systemd_kills_it() {
    let options = options();
    let at = options.iter().position(|option| *option == "--grace");
    let grace = at.map(|at| humantime::parse_duration(options[at + 1]).expect("a duration"));
    let stop: u64 = set("TimeoutStopSec").parse().expect("seconds");
    // After the grace period what is in flight is ended, and that takes up to five seconds.
    let least = grace.unwrap_or(DEFAULT_GRACE).max(DEFAULT_GRACE) + Duration::from_secs(5);
    assert!(
        Duration::from_secs(stop) > least,
        "{stop} s, and {least:?} are needed"
    );
}

#[test]
fn only_the_worker_is_asked_to_stop_and_exit_codes_that_last_are_not_tried_again() {
    assert_eq!(set("KillMode"), "mixed");
    assert_eq!(set("KillSignal"), "SIGTERM");
    assert_eq!(set("Restart"), "on-failure");
    assert_eq!(set("RestartPreventExitStatus"), "2 5");
    assert_eq!(set("StateDirectoryMode"), "0700");
}

#[test]
fn the_options_of_the_unit_are_the_workers_and_it_ends_as_the_unit_expects() {
    let world = World::new();
    let mut options: Vec<String> = options().iter().map(ToString::to_string).collect();
    let store = options.iter().position(|option| option == "--store");
    let store = store.expect("the unit names a store") + 1;
    options[store] = world.store_dir().display().to_string();
    let words = std::iter::once("worker".to_owned()).chain(options);
    let worker = world.worker_of(world.command(words));
    assert_eq!(worker.stop(), Some(0));
    world.expect(2, "worker --no-such-option");
}

#[test]
fn systemd_understands_the_unit() {
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("there is no systemd-analyze here");
        return;
    }
    let world = World::new();
    // Systemd looks for the program and the user.
    let unit = UNIT
        .replace(
            "/usr/local/bin/longhaul-worker",
            env!("CARGO_BIN_EXE_longhaul"),
        )
        .replace("User=longhaul\n", "User=root\n")
        .replace("man:longhaul-worker(1)", "man:man(1)");
    let path = world.file("longhaul.service", unit);
    let mut command = Command::new("systemd-analyze");
    command.args(["verify", "--man=no"]).arg(&path);
    let verified = world.finish(command, b"");
    let about = |text: &str| {
        let lines = text.lines().filter(|line| line.contains("longhaul"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        about(&verified.stderr),
        Vec::<String>::new(),
        "{verified:?}"
    );
    // A key that it does not know would have been told.
    let wrong = world.file("wrong.service", UNIT.replace("KillMode", "KilMode"));
    let mut command = Command::new("systemd-analyze");
    command.args(["verify", "--man=no"]).arg(&wrong);
    let verified = world.finish(command, b"");
    assert!(verified.stderr.contains("KilMode"), "{verified:?}");
}
