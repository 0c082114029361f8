//! How a run ends, and what it says meanwhile where nobody draws.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Desired, StateWord};

use crate::harness::{World, wait_until};
use crate::{run, words};

#[test]
fn every_item_is_done_once_in_order_and_the_exit_code_is_0() {
    let world = World::new();
    let record = world.record();
    let output = world.cli(words("--range 1..10 --batch-size 3", &record.note()));
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(output.stdout, "");
    let numbers: Vec<String> = (1..=10).map(|number| number.to_string()).collect();
    assert_eq!(record.items(), numbers);
    assert_eq!(record.attempts(), [1; 4]);
    let view = world.view(TaskNumber(1));
    assert_eq!((view.items_done, view.items_total), (10, Some(10)));
    assert_eq!(view.batches_done, 4);
}

#[test]
fn a_living_worker_beside_never_gets_the_task_that_was_claimed_at_its_submission() {
    let world = World::new();
    let beside = world.worker("--concurrency 4");
    for number in 1..=5 {
        let record = world.record();
        let output = world.cli(words("--range 1..4 --batch-size 2", &record.note()));
        assert_eq!(output.code, Some(0), "{output:?}");
        assert_eq!(record.items(), ["1", "2", "3", "4"]);
        let events = world.events(TaskNumber(number));
        let workers: Vec<_> = events.iter().filter_map(|event| event.worker).collect();
        assert!(!workers.is_empty());
        assert!(!workers.contains(&beside.number()), "{events:?}");
        assert_eq!(events[0].what, What::Submitted);
        assert_eq!(events[1].what, What::Claimed);
        assert_eq!(events[0].at, events[1].at, "not in one transaction");
    }
}

#[test]
fn the_worker_of_a_run_takes_no_other_task() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let running = run(
        &world,
        "--range 1..2 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    let other = world.submit("", "exit 0");
    gate.release(2);
    assert_eq!(running.ended().code, Some(0));
    assert_eq!(world.view(other).current_state, StateWord::Init);
    assert_eq!(world.events_that(other, What::Claimed), []);
}

#[test]
fn states_and_progress_come_as_plain_lines_where_standard_error_is_no_terminal() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let running = run(
        &world,
        "--range 1..6 --batch-size 2 --name plain",
        &(record.note() + &gate.pass()),
    );
    wait_until("a line of the running task", || {
        running.stderr().contains("RUN")
    });
    gate.release(3);
    let output = running.ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(output.stdout, "");
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("1 plain: ")));
    let runs = lines.iter().position(|line| line.contains("0/6  0%  RUN"));
    let ends = lines
        .iter()
        .position(|line| line.contains("6/6  100%  TERMINATE completed"));
    assert!(runs.is_some() && runs < ends, "{output:?}");
    let acts = |found: char| found.is_control() && found != '\n';
    assert!(!output.stderr.contains(acts), "{output:?}");
}

#[test]
fn a_failed_task_exits_1_and_so_does_one_that_completed_with_failures_left() {
    for (policy, said, state) in [
        ("terminate", "failed", "TERMINATE failed"),
        ("skip", "1 batch failed", "TERMINATE completed"),
    ] {
        let world = World::new();
        let options = format!("--range 1..2 --batch-size 1 --retries 0 --on-error {policy}");
        let script = "read -r item; [ \"$item\" = 1 ]";
        let output = world.cli(words(&options, script));
        assert_eq!(output.code, Some(1), "{policy}: {output:?}");
        assert!(output.stderr.contains(state), "{output:?}");
        assert!(output.stderr.contains(said), "{output:?}");
    }
}

#[test]
fn a_task_that_its_policy_suspends_exits_7_and_is_not_waited_for() {
    let world = World::new();
    let output = world.cli(words("--retries 0", "echo broken >&2; exit 1"));
    assert_eq!(output.code, Some(7), "{output:?}");
    assert!(output.stderr.contains("run --resume 1"), "{output:?}");
    let view = world.view(TaskNumber(1));
    assert_eq!(view.current_state, StateWord::Suspend);
    assert!(view.worker.is_none());
}

#[test]
fn a_task_that_another_process_suspends_or_terminates_exits_7_or_8() {
    for (verb, code, state) in [
        ("suspend", 7, StateWord::Suspend),
        ("terminate", 8, StateWord::Terminate),
    ] {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let running = run(
            &world,
            "--range 1..3 --batch-size 1",
            &(record.note() + &gate.pass()),
        );
        wait_until("the first batch", || record.count() == 1);
        world.expect(0, &format!("{verb} 1 --reason elsewhere"));
        gate.release(3);
        let output = running.ended();
        assert_eq!(output.code, Some(code), "{verb}: {output:?}");
        let view = world.view(TaskNumber(1));
        assert_eq!(view.current_state, state);
        assert_eq!((view.batches_done, record.count()), (1, 1));
        assert!(view.worker.is_none(), "{view:?}");
    }
}

#[test]
fn with_json_one_document_of_the_task_is_all_of_standard_output() {
    for (script, code, outcome) in [
        ("exit 0", 0, "\"completed\""),
        ("exit 1", 1, "\"failed\""),
        ("exit 78", 7, "null"),
    ] {
        let world = World::new();
        let options = "--json --retries 0 --on-error terminate --range 1..2";
        let output = world.cli(words(options, script));
        assert_eq!(output.code, Some(code), "{output:?}");
        let task = output.json();
        assert_eq!(task["number"], 1);
        assert_eq!(task["outcome"].to_string(), outcome, "{task}");
        assert!(task["worker"].is_null(), "{task}");
        let shown = world.expect(0, "show 1 --json").json();
        assert_eq!(shown["current_state"], task["current_state"]);
        assert_eq!(shown["items_done"], task["items_done"]);
    }
}

#[test]
fn what_is_asked_for_before_the_boundary_and_withdrawn_does_not_end_the_run() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let running = run(
        &world,
        "--range 1..2 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    world.expect(0, "suspend 1");
    assert_eq!(world.view(TaskNumber(1)).desired_state, Desired::Suspend);
    world.expect(0, "resume 1");
    gate.release(2);
    let output = running.ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(record.items(), ["1", "2"]);
}
