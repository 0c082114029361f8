//! `longhaul wait`.

use crate::harness::{World, wait_until};

#[test]
fn wait_gives_up_when_its_time_is_up_and_says_where_the_task_is() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    let script = record.note() + &gate.pass();
    world.submit("--range 1..2 --batch-size 1", &script);
    wait_until("the first batch", || record.count() == 1);
    let waited = world.expect(124, "wait 1 --timeout 50ms");
    assert_eq!(waited.stdout, "task 1: still RUN\n");
    let waited = world.expect(124, "wait 1 --timeout 0s --json").json();
    assert_eq!(waited[0]["waited"], "time-up", "{waited}");
    assert_eq!(waited[0]["current_state"], "RUN", "{waited}");
    gate.release(2);
    let waited = world.expect(0, "wait 1 --timeout 10s");
    assert_eq!(waited.stdout, "task 1: TERMINATE completed\n");
    assert_eq!(
        world.expect(0, "wait 1 --timeout 0s --json").json()[0]["outcome"],
        "completed"
    );
}

#[test]
fn wait_for_a_state_returns_once_it_is_reached() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    let script = record.note() + &gate.pass();
    world.submit("--range 1..2 --batch-size 1", &script);
    let waited = world.expect(0, "wait 1 --for run --timeout 10s");
    assert_eq!(waited.stdout, "task 1: RUN\n");
    wait_until("the first batch", || record.count() == 1);
    world.expect(0, "suspend 1");
    let mut waiting = world.start(["wait", "1", "--for", "suspend"]);
    world.expect(124, "wait 1 --for suspend --timeout 50ms");
    assert!(!waiting.has_ended());
    gate.release(1);
    let waited = waiting.ended();
    assert_eq!(waited.code, Some(0), "{waited:?}");
    assert_eq!(waited.stdout, "task 1: SUSPEND\n");
    // For its end it would have to wait for a human.
    let waited = world.expect(7, "wait 1");
    assert!(waited.stdout.contains("SUSPEND"), "{waited:?}");
}

#[test]
fn wait_for_several_tasks_gives_one_answer_each() {
    let world = World::new();
    let _worker = world.worker("");
    for script in ["exit 0", "exit 65"] {
        world.submit("", script);
    }
    let waited = world.expect(1, "wait 1 2 --timeout 10s --json").json();
    assert_eq!(waited[0]["outcome"], "completed", "{waited}");
    assert_eq!(waited[1]["batches_failed"], 1, "{waited}");
}
