//! Workers beside each other: who takes what, how much at once, and how waiting for it ends.

mod harness;

use std::fs;

use harness::{Record, World, wait_until};
use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;

#[test]
fn a_worker_runs_as_many_tasks_at_once_as_it_is_told() {
    let world = World::new();
    let gate = world.gate();
    let records = [(); 3].map(|()| world.record());
    let _worker = world.worker("--concurrency 2");
    let tasks = records.each_ref().map(|record| {
        world.submit(
            "--range 1..2 --batch-size 2",
            &(record.note() + &gate.pass()),
        )
    });
    let started = || records.iter().map(Record::count).sum::<usize>();
    wait_until("two batches", || started() == 2);
    world.wait_for_phase(tasks[2], Phase::Queued);
    let waits = world.view(tasks[2]).waiting_for;
    assert_eq!(waits.as_deref(), Some("a free slot of a worker"));
    gate.release(1);
    wait_until("the third batch", || started() == 3);
    gate.release(2);
    for task in tasks {
        world.wait_exits(task, 0);
    }
}

#[test]
fn a_worker_takes_the_kinds_it_is_told_and_leaves_the_others() {
    let world = World::new();
    let kinds = ["import", "report", "mail"];
    let [import, report, mail] =
        kinds.map(|kind| world.submit(&format!("--kind {kind}"), "exit 0"));
    let worker = world.worker("--kinds import,mail --once");
    assert_eq!(worker.exit_code(), Some(0));
    for task in [import, mail] {
        assert_eq!(world.view(task).current_state, StateWord::Terminate);
    }
    let _worker = world.worker("--kinds import");
    let view = world.view(report);
    assert_eq!(view.current_state, StateWord::Init);
    let waits = view.waiting_for.expect("it waits");
    assert_eq!(waits, "a worker of kind report: none is alive");
    world.wait_exits(report, 6);
}

#[test]
fn higher_priority_runs_first_and_among_equals_the_older() {
    let world = World::new();
    let trace = world.path("trace");
    for (name, priority) in [("a", "0"), ("b", "-5"), ("c", "7"), ("d", "0"), ("e", "7")] {
        let script = format!("echo {name} >>'{}'", trace.display());
        world.submit(&format!("--priority {priority}"), &script);
    }
    let worker = world.worker("--concurrency 1 --once");
    assert_eq!(worker.exit_code(), Some(0));
    let order = fs::read_to_string(&trace).expect("they ran");
    assert_eq!(order.split_whitespace().collect::<String>(), "ceadb");
}

#[test]
fn a_worker_told_to_run_once_ends_when_nothing_is_left_and_waits_for_retries() {
    let world = World::new();
    let record = world.record();
    let script = record.note() + "[ $LONGHAUL_ATTEMPT = 2 ]";
    let task = world.submit("--backoff 100ms", &script);
    let suspended = world.submit("", "exit 0");
    world.expect(0, &format!("suspend {suspended}"));
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    assert_eq!(record.attempts(), [1, 2]);
    world.wait_exits(task, 0);
    assert_eq!(world.view(suspended).current_state, StateWord::Suspend);
    // And with nothing to begin with.
    assert_eq!(world.worker("--once").exit_code(), Some(0));
}

#[test]
fn two_workers_never_run_one_task_at_the_same_time() {
    let world = World::new();
    let records: Vec<_> = (0..20).map(|_| world.record()).collect();
    let workers = [(); 2].map(|()| world.worker("--concurrency 3"));
    let tasks: Vec<_> = records
        .iter()
        .map(|record| world.submit("--range 1..10 --batch-size 1", &record.note()))
        .collect();
    // Suspended and resumed on the way, so that tasks change hands.
    let all: Vec<String> = tasks.iter().map(ToString::to_string).collect();
    for verb in ["suspend", "resume"].repeat(5) {
        let mut args = vec![verb.to_owned()];
        args.extend(all.iter().cloned());
        let output = world.cli(args);
        // Those that have ended refuse.
        assert!(matches!(output.code, Some(0 | 3)), "{output:?}");
    }
    let numbers: Vec<String> = (1..=10).map(|number| number.to_string()).collect();
    for (task, record) in tasks.iter().zip(&records) {
        world.wait_exits(*task, 0);
        assert_eq!(record.items(), numbers);
    }
    for worker in workers {
        assert_eq!(worker.stop(), Some(0));
    }
}

#[test]
fn waiting_ends_with_the_code_of_how_it_ended() {
    let world = World::new();
    let gate = world.gate();
    let queued = world.submit("", "exit 0");
    world.wait_exits(queued, 6);

    let _worker = world.worker("--concurrency 8");
    world.wait_exits(queued, 0);
    let failed = world.submit("--retries 0 --on-error terminate", "exit 1");
    let suspended = world.submit("--retries 0", "exit 1");
    let skipped = world.submit(
        "--range 1..2 --batch-size 1",
        "[ $LONGHAUL_BATCH = 0 ] || exit 65",
    );
    let slow = world.submit("--range 1..2 --batch-size 1", &gate.pass());
    let ended = world.submit("", "exit 78");
    world.wait_exits(failed, 1);
    world.wait_exits(suspended, 7);
    world.wait_exits(skipped, 1);
    world.wait_exits(ended, 7);
    world.expect(0, &format!("terminate {ended} --wait --timeout 10s"));
    world.wait_exits(ended, 8);
    world.expect(124, &format!("wait {slow} --timeout 50ms"));
    world.expect(124, &format!("suspend {slow} --wait --timeout 50ms"));
    // The first that is not good, of several.
    world.expect(8, &format!("wait {queued} {ended} {failed} --timeout 10s"));
    world.expect(3, "wait nothing");
    world.expect(2, "wait");
    gate.release(1);
    world.expect(0, &format!("wait {slow} --for suspend --timeout 10s"));
    world.wait_exits(slow, 7);
}

#[test]
fn a_resumption_that_is_waited_for_succeeds_also_when_the_task_ends_before_it_is_looked_at() {
    let world = World::new();
    // It runs the last batch at once, and who waits looks at the slow tick only.
    let _worker = world.worker("--no-bells");
    let script = world.script("script", "exit 78");
    let task = world.submit("", &script);
    world.wait_for_state(task, StateWord::Suspend);
    world.script("script", "exit 0");
    world.expect(0, &format!("resume {task} --wait --timeout 10s"));
    world.wait_exits(task, 0);
}
