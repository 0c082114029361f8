//! What happened since the operator looked last.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use nix::sys::signal::Signal;

use crate::harness::World;
use crate::opened::Dashboard;

const FOLDER: &str = "state/longhaul-dashboard";

/// The files in which looks are kept.
fn kept(world: &World) -> Vec<PathBuf> {
    let entries = fs::read_dir(world.path(FOLDER)).into_iter().flatten();
    entries.flatten().map(|entry| entry.path()).collect()
}

#[test]
fn whoever_comes_back_is_told_what_happened_meanwhile() {
    let world = World::new();
    world.submit("--name before", "true");
    world.expect(0, "worker --once");
    let dashboard = Dashboard::open(&world, &["--utc"], &[]);
    dashboard.wait_for("1 completed");
    assert!(!dashboard.quits().contains("you looked"));
    let [file] = kept(&world)
        .try_into()
        .expect("a file for the store, and nothing else");
    let mode = |path: &PathBuf| {
        let there = fs::metadata(path).expect("it is there");
        there.permissions().mode() & 0o777
    };
    assert_eq!(
        (mode(&world.path(FOLDER)), mode(&file)),
        (0o700, 0o600),
        "{file:?}"
    );
    world.submit("--name meanwhile", "true");
    world.submit("--name stuck --retries 0", "false");
    world.expect(0, "worker --once");
    let dashboard = Dashboard::open(&world, &["--utc"], &[]);
    dashboard.wait_for("1 completed, 1 needs you");
    dashboard.wait_for("Since you looked, ");
    // A signal keeps the look as quitting does, at the last key.
    let before = fs::read_to_string(&file).expect("it is there");
    dashboard.press("?");
    dashboard.wait_for("mark or unmark the task");
    dashboard.program.signal(Signal::SIGHUP);
    dashboard.ends(0);
    let after = fs::read_to_string(&file).expect("it is there");
    assert!(after > before, "{after} after {before}");
    let dashboard = Dashboard::open(&world, &["--utc"], &[]);
    dashboard.wait_for("2 completed");
    assert!(!dashboard.quits().contains("you looked"));
}

#[test]
fn a_place_that_takes_no_look_is_no_trouble() {
    let world = World::new();
    world.file("state", "no folder");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("no tasks");
    let written = dashboard.quits();
    assert!(!written.contains("state"), "{written}");
    assert!(world.path("state").is_file());
}

#[test]
fn of_a_demo_nothing_is_kept() {
    let world = World::new();
    fs::create_dir_all(world.path("temporary")).expect("there is room");
    let temporary = world.path("temporary").display().to_string();
    let folder = world.path("").display().to_string();
    let options = ["demo", "--folder", &folder];
    let dashboard = Dashboard::open(&world, &options, &[("TMPDIR", &temporary)]);
    dashboard.wait_for("flaky");
    dashboard.press("q");
    dashboard.wait_for("Quit, and");
    dashboard.press("y");
    dashboard.ends(0);
    assert_eq!(kept(&world), [] as [PathBuf; 0]);
}
