//! A worker in the dashboard's own process.

use std::fs;

use longhaul_common::state::StateWord;
use nix::sys::signal::Signal;

use crate::harness::{World, wait_until};
use crate::opened::{CTRL_Z, Dashboard};

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
    dashboard.wait_for("going by their last batches the last boundary is in about");
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

/// The names of the threads of a process.
fn threads(pid: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    let comm = |path: std::path::PathBuf| fs::read_to_string(path.join("comm")).ok();
    tasks
        .map(|tasks| {
            tasks
                .flatten()
                .filter_map(|task| comm(task.path()))
                .map(|name| name.trim().to_owned())
                .collect()
        })
        .unwrap_or_default()
}

#[test]
fn neither_a_signal_nor_a_terminal_that_goes_away_cuts_a_batch() {
    for how in ["SIGTERM", "hang-up", "both"] {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let script = world.script("work", &(record.note() + &gate.pass()));
        world.expect(0, &format!("submit -- {script}"));
        let dashboard = Dashboard::open(&world, &["--worker"], &[]);
        wait_until("the first batch", || record.count() == 1);
        dashboard.press("q");
        dashboard.wait_for("nobody can tell when");
        dashboard.press("n");
        // It has heard of it before the batch ends.
        if how != "hang-up" {
            dashboard.program.signal(Signal::SIGTERM);
            dashboard.wait_for_shell("waiting for the batches in flight");
        }
        let program = if how == "SIGTERM" {
            dashboard.program
        } else {
            let program = dashboard.hang_up();
            let listens = |name: &str| threads(program.pid()).iter().any(|thread| thread == name);
            wait_until("a dashboard that knows", || !listens("hangup"));
            program
        };
        gate.release(1);
        let output = program.ended();
        assert_eq!(output.code, Some(0), "{how}: {output:?}");
        let row = world.row(world.wait_for_task(1));
        assert_eq!((row.progress.batches_done, row.claim), (1, None), "{how}");
    }
}

#[test]
fn a_worker_with_nothing_in_its_hands_is_no_reason_to_ask() {
    let world = World::new();
    let dashboard = Dashboard::open(&world, &["--worker"], &[]);
    dashboard.wait_for("1 worker");
    dashboard.press("q");
    dashboard.ends(0);
}

#[test]
fn quitting_once_more_waits_for_no_boundary() {
    let world = World::new();
    let record = world.record();
    let script = world.script("work", &format!("{}sleep 600", record.note()));
    world.expect(0, &format!("submit --name slow -- {script}"));
    let dashboard = Dashboard::open(&world, &["--worker"], &[]);
    dashboard.wait_for("1 RUN");
    wait_until("a batch", || record.count() == 1);
    dashboard.press("qy");
    dashboard.wait_for("q kills the batches in flight");
    dashboard.press("q");
    dashboard.ends(0);
    assert_given_back(&world);
}

#[test]
fn a_terminal_that_goes_away_gives_its_tasks_back() {
    let world = World::new();
    world.expect(0, STEADY);
    let dashboard = Dashboard::open(&world, &["--worker"], &[]);
    dashboard.wait_for("1 RUN");
    let output = dashboard.hang_up().ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_given_back(&world);
}

#[test]
fn run_opens_the_dashboard_on_its_task_takes_it_again_and_tells_how_it_ended() {
    let world = World::new();
    let words = "run --tui --name here --range 1..100000 -b 1 -- sleep 0.02";
    let args: Vec<_> = words.split(' ').collect();
    let dashboard = Dashboard::open(&world, &args, &[]);
    dashboard.wait_for("1 RUN");
    // Its page is open: it says what no list says.
    dashboard.wait_for("sleep 0.02");
    world.expect(0, "suspend here --wait");
    dashboard.wait_for("1 SUSPEND");
    dashboard.press("r");
    dashboard.wait_for("1 RUN");
    world.expect(0, "terminate here --wait");
    dashboard.wait_for("1 terminated");
    dashboard.press("qy");
    dashboard.ends(8);
}

#[test]
fn run_gives_its_task_back_when_the_dashboard_is_quit() {
    let world = World::new();
    let words = "run --tui --range 1..100000 -b 1 -- sleep 0.02";
    let args: Vec<_> = words.split(' ').collect();
    let dashboard = Dashboard::open(&world, &args, &[]);
    dashboard.wait_for("1 RUN");
    dashboard.press("qy");
    dashboard.wait_for_shell("was given back");
    dashboard.ends(6);
    assert_given_back(&world);
}

#[test]
fn where_there_is_no_terminal_nothing_is_submitted() {
    let world = World::new();
    let output = world.expect(2, "run --tui -- true");
    assert!(output.stderr.contains("needs a terminal"), "{output:?}");
    let output = world.expect(2, "run --ascii -- true");
    assert!(output.stderr.contains("--ascii"), "{output:?}");
    let output = world.expect(2, "demo --utc");
    assert!(output.stderr.contains("--utc"), "{output:?}");
    assert_eq!(world.expect(0, "list --all --json").json()["total"], 0);
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
    // A worker that holds nothing yet ends without a question.
    dashboard.wait_for(" RUN");
    dashboard.press("q");
    dashboard.wait_for("Quit, and");
    dashboard.press("y");
    dashboard.wait_for_shell("checksums: ");
    dashboard.ends(0);
    wait_until("nothing is left", || {
        fs::read_dir(&temporary).is_ok_and(|left| left.count() == 0)
    });
}

#[test]
fn ctrl_z_says_that_the_worker_stands_still_and_fg_that_it_did() {
    let world = World::new();
    world.expect(0, STEADY);
    let dashboard = Dashboard::open(&world, &["--worker"], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.press(CTRL_Z);
    dashboard.program.wait_until_stopped(true);
    dashboard.wait_for_shell("stands still until fg, and 1 task with it");
    dashboard.program.signal(Signal::SIGCONT);
    dashboard.wait_for("the worker in this dashboard stood still meanwhile");
    dashboard.press("qy");
    dashboard.ends(0);
}
