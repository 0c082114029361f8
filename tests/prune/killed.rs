//! A prune that is killed leaves every task whole or gone.

use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::prune::orphans;
use longhaul_common::spec::TaskSpec;
use longhaul_common::store::NewTask;
use nix::sys::signal::Signal;

use crate::harness::{Seed, World, wait_until};

/// More than fit in one transaction.
const TASKS: u64 = 410;

/// Tasks that ended without having run, with a log each.
fn filled(world: &World) {
    let control = world.control();
    let tasks: Vec<TaskNumber> = (0..TASKS)
        .map(|_| {
            let task = NewTask {
                spec: TaskSpec {
                    id: TaskId::new(),
                    name: "crowd".into(),
                    ..TaskSpec::default()
                },
                items_total: None,
                reason: None,
                claim_for: None,
            };
            control.submit(task).expect("the store takes it").number
        })
        .collect();
    control.terminate(tasks).send().expect("the store takes it");
    std::fs::create_dir_all(world.store_dir().join("logs")).expect("there is room");
    for task in 1..=TASKS {
        let log = world.store_dir().join(format!("logs/{task}.log"));
        std::fs::write(log, "a line\n").expect("there is room");
    }
}

#[test]
fn a_prune_that_is_killed_anywhere_leaves_tasks_whole_or_gone_and_files_that_can_be_swept() {
    let seed = Seed::of_this_run();
    let mut halfway = 0;
    for _ in 0..seed.rounds(3) {
        let world = World::new();
        filled(&world);
        let first = world.last_event();
        let pruning = world.start(["prune", "--all", "--yes"]);
        // Into the middle of it, at another place each time.
        wait_until("the first transaction", || world.last_event() > first);
        for _ in 0..seed.below(20_000) {
            std::hint::spin_loop();
        }
        pruning.signal(Signal::SIGKILL);
        pruning.ended();
        let rows = world
            .control()
            .store()
            .list(10_000, |_| true)
            .expect("it can be read");
        assert!(rows.unreadable.is_empty(), "{:?}", rows.unreadable);
        assert_eq!(rows.total, rows.rows.len() as u64, "a task is half there");
        halfway += usize::from(rows.total > 0);
        for row in &rows.rows {
            let events = world.events(row.spec.number);
            assert_eq!(events.len(), 3, "task {}", row.spec.number);
            let log = world
                .store_dir()
                .join(format!("logs/{}.log", row.spec.number));
            assert!(log.exists(), "the log of task {} is gone", row.spec.number);
        }
        let left = orphans(world.control().store()).expect("it can be read");
        let doctor = world.expect(0, "doctor");
        assert_eq!(
            doctor.stdout.contains("tasks that are gone"),
            !left.is_empty(),
            "{doctor:?}"
        );
        let swept = world.expect(0, "prune --orphans --json").json();
        assert_eq!(swept.as_array().map(Vec::len), Some(left.len()));
        assert_eq!(
            orphans(world.control().store()).expect("it can be read"),
            []
        );
        world.expect(0, "prune --all --yes");
        let logs = std::fs::read_dir(world.store_dir().join("logs")).expect("it is there");
        assert_eq!(logs.count(), 0);
    }
    assert!(halfway > 0, "no prune was killed in the middle");
}

#[test]
fn files_that_are_not_ours_and_inputs_that_are_just_being_kept_are_no_orphans() {
    let world = World::new();
    world.submit("", "true");
    for folder in ["logs", "spool"] {
        std::fs::create_dir_all(world.store_dir().join(folder)).expect("there is room");
    }
    for name in [
        "logs/notes.txt",
        "logs/1.log",
        "spool/new.items",
        "spool/README",
    ] {
        std::fs::write(world.store_dir().join(name), "x").expect("there is room");
    }
    assert_eq!(
        orphans(world.control().store()).expect("it can be read"),
        []
    );
    std::fs::write(world.store_dir().join("logs/2.log"), "x").expect("there is room");
    let old = std::fs::File::open(world.store_dir().join("spool/new.items")).expect("it is there");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
    old.set_modified(long_ago).expect("it is ours");
    world.expect(0, "prune --orphans");
    for (name, there) in [
        ("logs/notes.txt", true),
        ("logs/1.log", true),
        ("logs/2.log", false),
        ("spool/new.items", false),
        ("spool/README", true),
    ] {
        assert_eq!(world.store_dir().join(name).exists(), there, "{name}");
    }
}
