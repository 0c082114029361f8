//! The worker inside a program: its stop and its life.

use std::time::Duration;

use longhaul_common::alive::Liveness;
use longhaul_common::event::What;
use longhaul_common::state::{Desired, StateWord};
use longhaul_worker::{Finished, Notices, builder};

use crate::house::{House, Scripted, Trick, stop, wait_until};

#[test]
fn a_stopped_worker_gives_its_tasks_back_and_spends_no_retry() {
    let house = House::new();
    let worker = house.worker();
    // So many that it can't end before the worker was told to stop.
    let task = house.submit(house.task(1_000_000_000, 0, Trick::None));
    wait_until("some batches", || house.view(task).items_done >= 20);
    worker.stopper().stop();
    assert_eq!(worker.join().unwrap(), Finished::InGoodOrder);
    let view = house.view(task);
    assert_eq!(view.current_state, StateWord::Init);
    assert_eq!(view.desired_state, Desired::Run);
    assert_eq!(view.retries, 0);
    let given_back_at = view.items_done;
    assert_eq!(house.diary.count("cleanup Leaving(Released)"), 1);

    let worker = house.worker();
    wait_until("more batches", || {
        house.view(task).items_done > given_back_at
    });
    house.control.suspend([task]).send().unwrap();
    let view = house.rests(task);
    assert_eq!(view.retries, 0);
    let done = i64::try_from(view.items_done).unwrap();
    assert_eq!(house.diary.done(), (1..=done).collect::<Vec<_>>());
    stop(worker);
}

#[test]
fn a_worker_lives_as_long_as_something_runs_in_it() {
    let house = House::new();
    let gate = house.dir.path().join("gate");
    let path = gate.to_string_lossy().into_owned();
    let worker = builder(house.control.store().clone())
        .register::<Scripted>(house.diary.clone())
        .notices(Notices::none())
        .grace(Duration::ZERO)
        .spawn()
        .unwrap();
    let number = worker.number();
    let task = house.submit(house.task(30, 1, Trick::Deaf(path)));
    wait_until("in its batch", || house.diary.count("batch 1 1") == 1);
    let lives = || house.control.alive().probe(number).unwrap();
    worker.stopper().stop();
    // Longer than its last call: its supervisor goes, and the batch does not listen.
    assert_eq!(worker.join().unwrap(), Finished::Overdue);
    assert_eq!(lives(), Liveness::Alive);
    let next = house.worker();
    // One that looked for work has looked for the tasks of the dead, too.
    house.ended(house.submit(house.task(10, 0, Trick::None)));
    assert_eq!(house.diary.count("batch 1 1"), 1);
    std::fs::write(&gate, "").unwrap();
    house.ended(task);
    wait_until("gone", || lives() == Liveness::Dead);
    assert_eq!(house.happened(task, What::TakenOver), 0);
    stop(next);
}

#[test]
fn a_worker_nobody_waits_for_works_on_and_lives() {
    let house = House::new();
    let number = house.worker().number();
    assert_eq!(
        house.control.alive().probe(number).unwrap(),
        Liveness::Alive
    );
    let task = house.submit(house.task(30, 0, Trick::None));
    house.ended(task);
}
