//! A worker in the dashboard's own process.

use std::fs;

use longhaul_common::state::StateWord;
use nix::sys::signal::Signal;

use crate::harness::{World, wait_until};
use crate::opened::Dashboard;

/// A task that runs for long, in short batches.
const STEADY: &str = "submit --name steady --range 1..100000 -b 1 -- sleep 0.02";

#[track_caller]
fn assert_given_back(world: &World) {
    let row = world.row(world.wait_for_task(1));
    assert_eq!(row.state.word, StateWord::Init);
    assert_eq!(row.claim, None);
    assert_eq!(row.progress.retries, 0);
}

#[test]
fn quitting_with_a_worker_inside_asks_and_gives_its_tasks_back() {
    let world = World::new();
    world.expect(0, STEADY);
    let dashboard = Dashboard::open(&world, &["--worker", "--concurrency", "1"], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.press("q");
    dashboard.wait_for("1 task will be given back");
    dashboard.press("n");
    dashboard.wait_until("it stays", |screen| !screen.contains("Quit, and"));
    dashboard.press("qy");
    dashboard.ends(0);
    assert_given_back(&world);
}

#[test]
fn a_signal_ends_it_with_its_tasks_given_back() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let world = World::new();
        world.expect(0, STEADY);
        let dashboard = Dashboard::open(&world, &["--worker"], &[]);
        dashboard.wait_for("1 RUN");
        dashboard.program.signal(signal);
        dashboard.ends(0);
        assert_given_back(&world);
    }
}

#[test]
fn the_demo_opens_with_its_worker_inside_and_throws_its_store_away() {
    let world = World::new();
    fs::create_dir_all(world.path("temporary")).expect("there is room");
    let temporary = world.path("temporary").display().to_string();
    let folder = world.path("").display().to_string();
    let dashboard = Dashboard::open(
        &world,
        &["demo", "--folder", &folder],
        &[("TMPDIR", &temporary)],
    );
    dashboard.wait_for("flaky");
    dashboard.wait_for("readings");
    dashboard.press("q");
    dashboard.wait_for("Quit, and");
    dashboard.press("y");
    dashboard.wait_for_shell("checksums: ");
    dashboard.ends(0);
    wait_until("nothing is left", || {
        fs::read_dir(&temporary).is_ok_and(|left| left.count() == 0)
    });
}
