//! The clock is set while tasks wait for a time: a worker goes by what it says, and nothing is lost.

use std::path::PathBuf;
use std::process::Command;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Desired, StateWord};

use crate::WAYS;
use crate::harness::{World, wait_until};

/// The clock of the programs that are started with it, apart from the machine's by what its file says.
pub(crate) struct Clock {
    file: PathBuf,
    library: PathBuf,
}

impl Clock {
    pub(crate) fn new(world: &World) -> Self {
        let clock = Self {
            file: world.path("clock"),
            library: library(),
        };
        clock.set("+0");
        clock
    }

    /// Sets it apart by so much: `+1d`, `-2h`.
    pub(crate) fn set(&self, apart: &str) {
        // In one step: who reads meanwhile reads the one or the other.
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{apart}\n")).expect("the test's folder can be written");
        std::fs::rename(&new, &self.file).expect("the test's folder can be written");
    }

    /// Gives a program this clock. What it sleeps by stays as it is, like a real one that is set.
    pub(crate) fn give(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
    }
}

/// The library that stands between a program and the clock.
fn library() -> PathBuf {
    let found = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten()
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .chain(["/usr/lib/faketime/libfaketimeMT.so.1".into()])
        .find(|library| library.exists());
    found.expect(
        "libfaketime is not installed: sh tests/run.sh installs it, or apt-get install faketime",
    )
}

fn wanted(world: &World, task: TaskNumber) -> Desired {
    world.view(task).desired_state
}

#[test]
fn a_clock_that_is_set_forward_ends_what_is_over_by_then() {
    for way in WAYS {
        let world = World::new();
        let clock = Clock::new(&world);
        let mut command = world.command(["worker"]);
        clock.give(&mut command);
        let _worker = world.worker_of(command);
        let task = world.submit(&format!("--suspended --range 1..3 {way}"), "exit 0");
        let other = world.submit("--suspended", "exit 0");
        world.expect(0, &format!("suspend {task} --for 20h"));
        world.expect(0, &format!("suspend {other} --for 30h"));
        let busy = world.submit("", "exit 0");
        world.wait_exits(busy, 0);
        assert_eq!(wanted(&world, task), Desired::Suspend);
        clock.set("+1d");
        world.wait_for_state(task, StateWord::Terminate);
        assert_eq!(
            wanted(&world, other),
            Desired::Suspend,
            "its time is not over"
        );
    }
}

#[test]
fn a_clock_that_is_set_back_ends_nothing_early_and_loses_nothing() {
    let world = World::new();
    let clock = Clock::new(&world);
    let mut command = world.command(["worker"]);
    clock.give(&mut command);
    let _worker = world.worker_of(command);
    let task = world.submit("--suspended --range 1..3", "exit 0");
    let after = world.submit("--suspended", "exit 0");
    world.expect(0, &format!("suspend {task} --for 1500ms"));
    clock.set("-1d");
    // By that clock, a while after the other was to end by the old one.
    let mut command = world.command(["suspend", "2", "--for", "4s"]);
    clock.give(&mut command);
    assert_eq!(world.finish(command, b"").code, Some(0));
    wait_until("the later one has ended", || {
        wanted(&world, after) == Desired::Run
    });
    assert_eq!(
        wanted(&world, task),
        Desired::Suspend,
        "a day is left of it"
    );
    clock.set("+0");
    world.wait_for_state(task, StateWord::Terminate);
}

#[test]
fn what_runs_goes_on_whatever_the_clock_does() {
    for way in WAYS {
        let world = World::new();
        let clock = Clock::new(&world);
        let record = world.record();
        let mut command = world.command(["worker"]);
        clock.give(&mut command);
        let worker = world.worker_of(command);
        let script = record.note() + "[ \"$LONGHAUL_ATTEMPT\" = 1 ] && exit 1; exit 0";
        let options = format!("--range 1..12 --batch-size 1 --backoff 10ms {way}");
        let task = world.submit(&options, &script);
        for (batches, apart) in [(2, "-1d"), (5, "+1d"), (8, "-30d"), (10, "+0")] {
            wait_until("more batches", || world.view(task).batches_done >= batches);
            clock.set(apart);
        }
        world.wait_exits(task, 0);
        let view = world.view(task);
        assert_eq!((view.items_done, view.retries), (12, 12), "{way}");
        assert_eq!(record.count(), 24, "{way}");
        // Of a batch in flight up to a minute may count each time.
        assert!(
            view.running_seconds < 300.0,
            "{way}: {}",
            view.running_seconds
        );
        assert_eq!(worker.stop(), Some(0));
    }
}

#[test]
fn what_a_dead_worker_left_is_taken_over_though_the_clock_went_back() {
    for way in WAYS {
        let world = World::new();
        let clock = Clock::new(&world);
        let (record, gate) = (world.record(), world.gate());
        let start = || {
            let mut command = world.command(["worker"]);
            clock.give(&mut command);
            world.worker_of(command)
        };
        let options = format!("--range 1..2 --batch-size 2 --retries 9 {way}");
        let task = world.submit(&options, &(record.note() + &gate.pass()));
        // The second death keeps it waiting a while.
        for deaths in 1..=2 {
            let worker = start();
            wait_until("an attempt", || record.count() == deaths);
            worker.kill();
        }
        clock.set("-1d");
        let _worker = start();
        wait_until("another attempt", || record.count() == 3);
        gate.release(9);
        world.wait_for_state(task, StateWord::Terminate);
        assert_eq!(world.view(task).items_done, 2, "{way}");
    }
}
