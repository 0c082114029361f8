//! What failed of a task: looked at, passed over by an operator, and an error budget.

mod harness;

use harness::World;
use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use serde_json::Value;

/// Both ways in which a task runs.
const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];

/// A script that fails on the items of a pattern.
fn failing(pattern: &str) -> String {
    format!(
        "while read -r item; do case $item in {pattern}) echo \"bad $item\" >&2; exit 3;; esac; done"
    )
}

fn failures(world: &World, task: TaskNumber) -> Vec<Value> {
    let found = world.expect(0, &format!("failures {task} --json")).json();
    found["failures"].as_array().expect("an array").clone()
}

fn numbers(row: &Value) -> (u64, u64, u64) {
    let number = |name: &str| row[name].as_u64().expect("a number");
    (number("batch"), number("first_item"), number("last_item"))
}

#[test]
fn what_failed_is_listed_with_its_items_attempts_error_and_output() {
    for way in WAYS {
        let world = World::new();
        let _worker = world.worker("");
        let lines: String = (1..=9).map(|line| format!("line {line}\n")).collect();
        let file = world.file("in.txt", lines);
        let options = format!(
            "--lines {} --batch-size 2 --retries 1 --backoff 10ms --on-error skip {way}",
            file.display()
        );
        let task = world.submit(&options, &failing("'line 5'"));
        world.wait_exits(task, 1);
        let rows = failures(&world, task);
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0]["state"], "failed");
        assert_eq!(numbers(&rows[0]), (2, 5, 6));
        assert_eq!(
            (&rows[0]["attempts"], &rows[0]["items_failed"]),
            (&2.into(), &2.into())
        );
        let error = rows[0]["error"].as_str().unwrap_or_default();
        assert!(error.contains("bad line 5"), "{error}");
        let output = rows[0]["output"].as_array().expect("an array");
        let said = output.iter().filter(|line| *line == "bad line 5");
        assert_eq!(said.count(), 2, "{output:?}");
        let table = world.expect(0, &format!("failures {task}")).stdout;
        assert!(
            table.contains("5-6") && table.contains("bad line 5"),
            "{table}"
        );
        assert!(!table.contains("attempt 1"), "{table}");
        let long = world.expect(0, &format!("failures {task} --output")).stdout;
        assert!(long.contains("attempt 1 failed"), "{long}");
    }
}

#[test]
fn nothing_has_failed_of_a_task_that_went_well() {
    let world = World::new();
    let _worker = world.worker("");
    let task = world.submit("--range 1..4", "true");
    world.wait_exits(task, 0);
    assert_eq!(failures(&world, task), Vec::<Value>::new());
    let said = world.expect(0, &format!("failures {task}"));
    assert!(
        said.stderr.contains("nothing of task 1 has failed"),
        "{said:?}"
    );
}

#[test]
fn the_batch_that_blocks_is_passed_over_by_an_operator_who_is_named() {
    for way in WAYS {
        let world = World::new();
        let record = world.record();
        let worker = world.worker("");
        let script = record.note() + "[ $LONGHAUL_BATCH != 1 ] || exit 4";
        let options = format!("--range 1..6 --batch-size 2 --retries 0 {way}");
        let task = world.submit(&options, &script);
        world.wait_exits(task, 7);
        let rows = failures(&world, task);
        assert_eq!(rows[0]["state"], "blocks", "{rows:?}");
        assert_eq!(numbers(&rows[0]), (1, 3, 4));
        // Nobody has to be there for it.
        assert_eq!(worker.stop(), Some(0));
        let line = format!("resume {task} --skip --reason known --json");
        let answer = world.expect(0, &line).json();
        assert_eq!(answer[0]["passed_over"], serde_json::json!([1]));
        let rows = failures(&world, task);
        assert_eq!((rows.len(), &rows[0]["state"]), (1, &"failed".into()));
        assert_eq!(rows[0]["reason"], "known");
        assert!(rows[0]["passed_over_by"]["pid"].is_number(), "{rows:?}");
        let skipped = world.events_that(task, What::Skipped);
        assert!(skipped[0].actor.is_some(), "{skipped:?}");
        assert_eq!(skipped[0].reason.as_deref(), Some("known"));
        let _worker = world.worker("");
        world.wait_exits(task, 1);
        let view = world.view(task);
        assert_eq!((view.items_done, view.items_failed), (4, 2));
        assert_eq!((view.batches_done, view.batches_failed), (2, 1));
        let mut ran: Vec<_> = record.runs().iter().map(|run| run.batch).collect();
        ran.dedup();
        assert_eq!(ran, [0, 1, 2]);
    }
}

#[test]
fn the_last_batch_that_is_passed_over_completes_its_task() {
    for way in WAYS {
        let world = World::new();
        let _worker = world.worker("");
        let task = world.submit(
            &format!("--range 1..3 --batch-size 2 --retries 0 {way}"),
            &failing("3"),
        );
        world.wait_exits(task, 7);
        world.expect(0, &format!("resume {task} --skip"));
        world.wait_exits(task, 1);
        let view = world.view(task);
        assert_eq!((view.items_done, view.items_failed), (2, 1));
    }
}

#[test]
fn nothing_is_passed_over_where_nothing_blocks() {
    for way in WAYS {
        let world = World::new();
        let worker = world.worker("");
        let gate = world.gate();
        let task = world.submit(&format!("--range 1..2 --batch-size 1 {way}"), &gate.pass());
        world.wait_for_state(task, StateWord::Run);
        let running = world.expect(3, &format!("resume {task} --skip"));
        assert!(running.stderr.contains("not suspended"), "{running:?}");
        world.expect(0, &format!("suspend {task}"));
        gate.release(2);
        world.wait_for_state(task, StateWord::Suspend);
        let before = world.last_event();
        let idle = world.expect(3, &format!("resume {task} --skip"));
        assert!(idle.stderr.contains("nothing to pass over"), "{idle:?}");
        assert_eq!(world.last_event(), before, "nothing is written");
        assert_eq!(worker.stop(), Some(0));
    }
}

#[test]
fn a_batch_that_killed_its_workers_can_be_passed_over() {
    let world = World::new();
    let record = world.record();
    let script = record.note() + "[ $LONGHAUL_BATCH != 1 ] || kill -9 $PPID";
    let task = world.submit(
        "--range 1..3 --batch-size 1 --retries 1 --backoff 10ms",
        &script,
    );
    for _ in 0..2 {
        let worker = world.worker("");
        worker.exit_code();
    }
    let worker = world.worker("");
    world.wait_exits(task, 7);
    world.expect(0, &format!("resume {task} --skip"));
    world.wait_exits(task, 1);
    assert_eq!(worker.stop(), Some(0));
    let view = world.view(task);
    assert_eq!((view.items_done, view.items_failed), (2, 1));
}

#[test]
fn a_task_is_suspended_once_its_error_budget_is_spent_and_counts_anew_when_it_is_resumed() {
    for way in WAYS {
        let world = World::new();
        let _worker = world.worker("");
        let options = format!(
            "--range 1..20 --batch-size 1 --retries 0 --on-error skip --max-failures 2 {way}"
        );
        let task = world.submit(&options, "exit 1");
        for failed in [3, 6] {
            world.wait_exits(task, 7);
            let view = world.view(task);
            assert_eq!(view.items_failed, failed);
            let reason = view.desired_reason.expect("the policy says why");
            assert!(reason.contains("error budget of 2"), "{reason}");
            world.expect(0, &format!("resume {task}"));
        }
        world.wait_exits(task, 7);
    }
}

#[test]
fn a_budget_of_a_share_is_judged_by_what_was_tried() {
    let world = World::new();
    let _worker = world.worker("");
    let options = "--range 1..400 --batch-size 10 --retries 0 --on-error skip --max-failures";
    // Every tenth batch: 10 %.
    let script = "[ $((LONGHAUL_BATCH % 10)) != 9 ]";
    let spent = world.submit(&format!("{options} 9%"), script);
    world.wait_exits(spent, 7);
    assert_eq!(world.view(spent).items_failed, 10);
    let kept = world.submit(&format!("{options} 11%"), script);
    world.wait_exits(kept, 1);
    assert_eq!(world.view(kept).items_failed, 40);
}

#[test]
fn a_budget_that_is_none_is_a_mistake() {
    let world = World::new();
    let output = world.expect(2, "submit --max-failures lots -- true");
    assert!(
        output.stderr.contains("neither a number of items"),
        "{output:?}"
    );
}
