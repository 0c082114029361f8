//! Bells: all works without them, only later; and nobody is woken while nothing happens.

mod harness;

use std::time::Instant;

use harness::{World, wait_until};
use longhaul_common::bell::{TICK, Watch};
use longhaul_common::changes::{Changes, Woken};
use longhaul_common::state::StateWord;

#[test]
fn all_works_when_the_bells_reach_nobody() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let worker = world.worker("--no-bells");
    // The worker goes on watching the folder it knows; everybody else rings in another.
    let bells = world.store_dir().join("bells");
    std::fs::rename(&bells, world.path("elsewhere")).expect("the bells are there");

    let task = world.submit(
        "--range 1..3 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    world.expect(0, &format!("suspend {task}"));
    gate.release(1);
    world.expect(0, &format!("wait {task} --for suspend --timeout 10s"));
    assert_eq!(record.count(), 1);
    world.expect(0, &format!("resume {task} --wait --timeout 10s"));
    wait_until("the second batch", || record.count() == 2);
    world.expect(0, &format!("terminate {task} --force --wait --timeout 10s"));
    assert_eq!(world.view(task).batches_done, 1);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn requests_that_nobody_is_told_of_are_obeyed_at_the_slow_tick() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("--no-bells --concurrency 1");
    let task = world.submit(
        "--range 1..3 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    let control = world.silent_control();
    control.suspend([task]).send().expect("it is not refused");
    control.resume([task]).send().expect("it is not refused");
    control.suspend([task]).send().expect("it is not refused");
    gate.release(3);
    world.wait_for_state(task, StateWord::Suspend);
    assert_eq!(record.count(), 1);
    control.resume([task]).send().expect("it is not refused");
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "2", "3"]);
}

#[test]
fn a_killed_workers_task_is_taken_over_although_no_bell_rings() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let first = world.worker("--no-bells");
    let task = world.submit("", &(record.note() + &gate.pass()));
    wait_until("the batch", || record.count() == 1);
    let _second = world.worker("--no-bells");
    first.kill();
    wait_until("the batch again", || record.count() == 2);
    gate.release(1);
    world.wait_exits(task, 0);
}

#[test]
fn idle_workers_leave_each_other_asleep_and_write_nothing() {
    let world = World::new();
    let workers = [world.worker(""), world.worker("")];
    // A finished task behind them: there is something to look at.
    let task = world.submit("--range 1..3 --batch-size 1", "cat");
    world.wait_exits(task, 0);
    let changes = Changes::listen(world.store_dir(), Watch::Everything);
    // What the last commits rang may still be on its way.
    changes.wait(Some(Instant::now() + TICK / 2));

    let last = world.last_event();
    let before = workers.each_ref().map(|worker| switches(worker.pid()));
    let began = Instant::now();
    for _ in 0..2 {
        assert_eq!(changes.wait(None), Woken::Perhaps);
    }
    let ticks = began.elapsed().as_secs_f64() / TICK.as_secs_f64();
    assert!(ticks >= 2.0, "something rang while nothing happened");
    for (worker, before) in workers.iter().zip(before) {
        let woken = switches(worker.pid()).saturating_sub(before);
        // Each tick hands two reads to the store's thread and back.
        assert!(woken < 200, "{woken} wake-ups in {ticks:.1} ticks");
    }
    assert_eq!(world.last_event(), last);
}

/// How often the threads of a process went to sleep so far.
fn switches(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the worker lives");
    let statuses = tasks.flatten().filter_map(|task| {
        // A thread may have ended meanwhile.
        std::fs::read_to_string(task.path().join("status")).ok()
    });
    let counts = statuses.filter_map(|status| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<u64>().ok()
    });
    counts.sum()
}
