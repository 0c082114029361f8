//! Requests: obeyed at a boundary or by force, and withdrawn.

use std::num::NonZeroUsize;
use std::time::Duration;

use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::store::Haste;
use longhaul_worker::{Finished, builder};

use crate::house::{House, Scripted, Trick, stop, wait_until};

#[test]
fn force_cancels_the_batch_in_flight_and_a_resume_repeats_it() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Hang));
    wait_until("at batch 1", || house.diary.count("batch 1 1") == 1);
    house.control.suspend([task]).send().unwrap();
    house.until(task, "suspending", |view| view.phase == Phase::Suspending);
    house
        .control
        .suspend([task])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    let view = house.rests(task);
    assert_eq!((view.items_done, view.retries), (10, 0));
    house.control.resume([task]).send().unwrap();
    wait_until("at batch 1 again", || house.diary.count("batch 1 1") == 2);
    house
        .control
        .terminate([task])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    assert_eq!(house.ended(task).outcome, Some(Outcome::Terminated));
    assert_eq!(house.diary.done(), (1..=10).collect::<Vec<_>>());
    stop(worker);
}

#[test]
fn a_withdrawn_request_costs_nothing() {
    let house = House::new();
    let worker = house.worker();
    let gate = house.dir.path().join("gate");
    let trick = Trick::WaitFor(gate.to_str().unwrap().into());
    let task = house.submit(house.task(30, 1, trick));
    wait_until("at batch 1", || house.diary.count("batch 1 1") == 1);
    for want in [Desired::Suspend, Desired::Terminate] {
        house.control.ask(want, [task]).send().unwrap();
        house.control.resume([task]).send().unwrap();
    }
    std::fs::write(&gate, "").unwrap();
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(view.epoch.0, 1);
    assert_eq!(house.diary.count("suspended"), 0);
    // INIT to RUN, RUN to TERMINATE.
    assert_eq!(house.happened(task, What::State), 2);
    stop(worker);
}

#[test]
fn a_slow_task_holds_up_no_other() {
    let house = House::new();
    let worker = house.worker();
    let slow = house.submit(house.task(30, 1, Trick::Hang));
    wait_until("at batch 1", || house.diary.count("batch 1 1") == 1);
    let quick = house.submit(house.task(1_000_000_000, 0, Trick::None));
    house.until(quick, "running", |view| view.batches_done > 0);
    house.control.suspend([slow, quick]).send().unwrap();
    house.rests(quick);
    assert_eq!(house.view(slow).current_state, StateWord::Run);
    house
        .control
        .terminate([slow, quick])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    house.ended(slow);
    house.ended(quick);
    stop(worker);
}

#[test]
fn a_batch_that_ignores_its_cancellation_costs_its_worker_and_no_other_task() {
    let house = House::new();
    let gate = house.dir.path().join("gate");
    let deaf = Trick::Deaf(gate.to_str().unwrap().into());
    let worker = builder(house.control.store().clone())
        .register::<Scripted>(house.diary.clone())
        .concurrency(NonZeroUsize::new(2).unwrap())
        .grace(Duration::from_millis(100))
        .owning_the_process()
        .spawn()
        .unwrap();
    let task = house.submit(house.task(30, 1, deaf));
    wait_until("at batch 1", || house.diary.count("batch 1 1") == 1);
    let other = house.submit(house.task(1_000_000_000, 0, Trick::None));
    house.until(other, "running", |view| view.batches_done > 0);
    house
        .control
        .terminate([task])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    let view = house.until(other, "given back", |view| view.worker.is_none());
    assert_eq!(view.current_state, StateWord::Init);
    assert_eq!(worker.join().unwrap(), Finished::Overdue);
    std::fs::write(&gate, "").unwrap();
}
