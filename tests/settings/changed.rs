//! Each setting, changed while the task lives: it would go another way if it were ignored.

use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::settings::Assignment;
use longhaul_common::state::Outcome;

use crate::harness::{World, wait_until};
use crate::{WAYS, numbers, sizes};

#[test]
fn a_batch_size_counts_for_the_first_batch_that_cannot_have_started() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    let script = record.note() + &gate.pass();
    let task = world.submit("--range 1..40 --batch-size 2", &script);
    wait_until("the first batch", || record.count() == 1);
    let told = world.expect(0, &format!("set {task} batch-size=5"));
    assert!(told.stdout.contains("batch-size 2 → 5; "), "{told:?}");
    gate.release(100);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), numbers(40));
    let sizes = sizes(&record);
    assert_eq!((sizes[0], sizes[2]), (2, 5), "{sizes:?}");
    assert_eq!(world.view(task).batch_size, 5);
}

#[test]
fn a_batch_size_that_nobody_was_told_of_is_known_at_the_checkpoint() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    let script = record.note() + &gate.pass();
    let task = world.submit("--range 1..20 --batch-size 2", &script);
    wait_until("the first batch", || record.count() == 1);
    let size = Assignment::parse("batch-size=5").expect("it is one");
    let silent = world.silent_control();
    silent
        .set([task], vec![size], None)
        .expect("the store takes it");
    gate.release(100);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), numbers(20));
    let sizes = sizes(&record);
    assert_eq!((sizes[0], sizes[2]), (2, 5), "{sizes:?}");
}

#[test]
fn a_batch_size_of_a_task_that_never_ran_counts_at_once() {
    for way in WAYS {
        let world = World::new();
        let record = world.record();
        let options = format!("--range 1..6 --batch-size 3 {way}");
        let task = world.submit(&options, &record.note());
        let told = world.expect(0, &format!("set {task} batch-size=2"));
        assert_eq!(told.stdout, "task 1: batch-size 3 → 2\n");
        let _worker = world.worker("");
        world.wait_exits(task, 0);
        assert_eq!(sizes(&record), [2, 2, 2], "{way}");
    }
}

#[test]
fn a_batch_size_of_a_task_with_a_queue_counts_for_what_is_not_planned_yet() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    let script = record.note() + &gate.pass();
    let options = "--range 1..60 --batch-size 2 --queue store --parallel 1 --depth 3 --ordered";
    let task = world.submit(options, &script);
    wait_until("the first batch", || record.count() == 1);
    let told = world.expect(0, &format!("set {task} batch-size=7"));
    assert!(told.stdout.contains("not planned yet"), "{told:?}");
    gate.release(100);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), numbers(60));
    let sizes = sizes(&record);
    // What was planned keeps its cut, and the next one may have been cut as well.
    assert_eq!(sizes[..3], [2, 2, 2], "{sizes:?}");
    assert_eq!(sizes[6], 7, "{sizes:?}");
}

#[test]
fn retries_count_for_the_next_failure_whoever_was_told() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let script = record.note() + &gate.pass() + "exit 1";
        let task = world.submit(&format!("--retries 0 --backoff 1ms {way}"), &script);
        wait_until("the first attempt", || record.count() == 1);
        let retries = Assignment::parse("retries=2").expect("it is one");
        let silent = world.silent_control();
        silent
            .set([task], vec![retries], None)
            .expect("the store takes it");
        gate.release(100);
        world.wait_exits(task, 7);
        assert_eq!(record.attempts(), [1, 2, 3], "{way}");
    }
}

#[test]
fn an_error_policy_counts_for_the_next_failure() {
    for (way, policy, code) in WAYS
        .into_iter()
        .flat_map(|way| [(way, "skip", 1), (way, "terminate", 1)])
    {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let script = record.note() + &gate.pass() + "exit 1";
        let task = world.submit(&format!("--retries 0 {way}"), &script);
        wait_until("the first attempt", || record.count() == 1);
        world.expect(0, &format!("set {task} on-error={policy}"));
        gate.release(1);
        world.wait_exits(task, code);
        let outcome = if policy == "skip" {
            Outcome::Completed
        } else {
            Outcome::Failed
        };
        assert_eq!(world.view(task).outcome, Some(outcome), "{way}");
    }
}

#[test]
fn a_wait_for_a_retry_that_has_begun_heeds_a_shorter_backoff() {
    for way in WAYS {
        let world = World::new();
        let record = world.record();
        let _worker = world.worker("");
        let script = record.note() + "[ $LONGHAUL_ATTEMPT = 2 ]";
        let task = world.submit(&format!("--backoff 60s {way}"), &script);
        world.wait_for_phase(task, Phase::BackingOff);
        world.expect(0, &format!("set {task} backoff=10ms"));
        world.wait_exits(task, 0);
        assert_eq!(record.attempts(), [1, 2], "{way}");
    }
}

#[test]
fn a_batch_timeout_counts_for_the_batch_that_begins_next() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let script = record.note() + &gate.pass();
        let options = format!("--range 1..2 --batch-size 1 --retries 0 {way}");
        let task = world.submit(&options, &script);
        wait_until("the first batch", || record.count() == 1);
        world.expect(0, &format!("set {task} batch-timeout=50ms"));
        gate.release(1);
        world.wait_exits(task, 7);
        let view = world.view(task);
        assert_eq!((view.batches_done, record.count()), (1, 2), "{way}");
        assert!(view.error.is_some_and(|error| error.contains("50ms")));
        world.expect(0, &format!("set {task} batch-timeout=none"));
        gate.release(1);
        world.expect(0, &format!("resume {task}"));
        world.wait_exits(task, 0);
    }
}

#[test]
fn a_priority_changes_the_order_of_what_waits() {
    for way in WAYS {
        let world = World::new();
        let tasks = [(); 3].map(|()| world.submit(way, "exit 0"));
        world.expect(0, "set 3 priority=5");
        world.expect(0, "set 1 priority=-5");
        let _worker = world.worker("--concurrency 1");
        for task in tasks {
            world.wait_exits(task, 0);
        }
        let claimed = tasks.map(|task| world.events_that(task, What::Claimed)[0].number);
        assert!(
            claimed[2] < claimed[1] && claimed[1] < claimed[0],
            "{way}: {claimed:?}"
        );
    }
}
