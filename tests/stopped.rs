//! A worker that is stopped (SIGSTOP) lives: nobody takes its task, and it goes on when continued.

mod harness;

use std::time::{Duration, Instant};

use harness::{Worker, World, wait_until};
use longhaul_common::control::Control;
use longhaul_common::store::{Opening, Store};
use nix::sys::signal::Signal;

/// More than three slow ticks of a worker.
const LONG: Duration = Duration::from_secs(7);

/// Stops a worker where it keeps nobody from the database.
fn stop_outside_the_database(world: &World, worker: &Worker) {
    let opening = Opening {
        patience: Duration::from_millis(500),
        ..Opening::default()
    };
    let resting = world.submit("--kind nobodys", "exit 0");
    let store = Store::open(world.store_dir(), opening).expect("the store is there");
    let hasty = Control::new(store).expect("the store has its locks");
    wait_until("a stop outside the database", || {
        worker.signal(Signal::SIGSTOP);
        let answers = hasty.suspend([resting]).send().is_ok();
        if !answers {
            worker.signal(Signal::SIGCONT);
        }
        answers
    });
}

#[test]
fn a_stopped_worker_keeps_its_task_from_one_that_lives_and_goes_on_when_continued() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let stopped = world.worker("");
    let task = world.submit(
        "--range 1..3 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    let claimed = world.row(task).claim;
    let _other = world.worker("");
    stop_outside_the_database(&world, &stopped);
    // The batch ends meanwhile: only its worker is missing.
    gate.release(3);

    let since = Instant::now();
    while since.elapsed() < LONG {
        // Proves that the other worker is awake, and looks at all there is.
        let theirs = world.submit("", "exit 0");
        world.wait_exits(theirs, 0);
        assert_eq!(world.row(task).claim, claimed, "somebody took it over");
        assert_eq!(record.count(), 1, "somebody else ran a batch");
    }
    let shown = world.expect(0, &format!("show {task}"));
    assert!(shown.stdout.contains("stopped (SIGSTOP)"), "{shown:?}");

    stopped.signal(Signal::SIGCONT);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "2", "3"], "repeated or lost");
    assert_eq!(record.attempts(), [1, 1, 1]);
}
