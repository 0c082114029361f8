//! What is asked of a task, and when it obeys.

mod harness;

use harness::{Record, World, pids, runs, wait_until};
use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, Outcome, StateWord};

#[test]
fn a_request_withdrawn_before_the_boundary_costs_nothing() {
    for (verb, asked, phase) in [
        ("suspend", Desired::Suspend, Phase::Suspending),
        ("terminate", Desired::Terminate, Phase::Terminating),
    ] {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let task = world.submit(
            "--range 1..3 --batch-size 1",
            &(record.note() + &gate.pass()),
        );
        wait_until("the first batch", || record.count() == 1);
        let claimed = world.view(task).epoch;

        world.expect(0, &format!("{verb} {task}"));
        let view = world.view(task);
        assert_eq!(
            (view.current_state, view.desired_state),
            (StateWord::Run, asked)
        );
        assert_eq!(view.phase, phase);
        world.expect(0, &format!("resume {task}"));
        gate.release(3);
        world.wait_exits(task, 0);

        assert_eq!(world.view(task).epoch, claimed);
        assert_eq!(record.items(), ["1", "2", "3"]);
        let states: Vec<_> = world.events_that(task, What::State);
        let states: Vec<_> = states.iter().filter_map(|event| event.to).collect();
        assert_eq!(states, [StateWord::Run, StateWord::Terminate]);
        let asked_for = world.events_that(task, What::Requested);
        let asked_for: Vec<_> = asked_for.iter().filter_map(|event| event.want).collect();
        assert_eq!(asked_for, [asked, Desired::Run]);
    }
}

#[test]
fn a_request_to_a_terminated_task_is_refused_and_nothing_is_written() {
    let world = World::new();
    let completed = world.submit("", "exit 0");
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    let ended = world.submit("", "exit 0");
    world.expect(0, &format!("terminate {ended}"));
    for task in [completed, ended] {
        let (row, last) = (world.row(task), world.last_event());
        for verb in [
            "suspend",
            "resume",
            "terminate",
            "suspend --force",
            "terminate --wait",
        ] {
            let output = world.expect(3, &format!("{verb} {task}"));
            assert!(output.stderr.contains("never changes again"), "{output:?}");
        }
        assert_eq!(world.last_event(), last);
        assert_eq!(world.row(task), row);
    }
}

#[test]
fn a_request_on_a_task_that_nobody_holds_acts_at_once_although_no_worker_lives() {
    let world = World::new();
    let [first, second] = [(); 2].map(|()| world.submit("", "exit 0"));
    world.expect(0, &format!("terminate {first}"));
    assert_eq!(world.view(first).current_state, StateWord::Terminate);
    assert_eq!(world.view(first).outcome, Some(Outcome::Terminated));

    world.expect(0, &format!("suspend {second}"));
    assert_eq!(world.view(second).current_state, StateWord::Suspend);
    world.expect(0, &format!("terminate {second} --wait"));
    assert_eq!(world.view(second).outcome, Some(Outcome::Terminated));
}

#[test]
fn a_termination_waits_for_the_batch_boundary() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    let task = world.submit(
        "--range 1..3 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    world.expect(124, &format!("terminate {task} --wait --timeout 100ms"));
    let view = world.view(task);
    assert_eq!(view.current_state, StateWord::Run);
    assert_eq!(view.desired_state, Desired::Terminate);
    assert!(runs(record.runs()[0].pid));

    gate.release(3);
    world.wait_exits(task, 8);
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Terminated));
    assert_eq!((view.batches_done, record.count()), (1, 1));
}

/// A batch that never ends by itself, with children in its group and out of its session.
fn endless(record: &Record, started: &std::path::Path) -> String {
    let started = started.display();
    format!(
        "{}sh -c 'setsid sleep 1000 & echo $! >>{started}; sleep 1000 & echo $! >>{started}; wait' &\n\
         echo $! >>{started}\necho $$ >>{started}\nwait\n",
        record.note()
    )
}

#[test]
fn force_ends_the_batch_in_flight_with_its_grandchildren() {
    let world = World::new();
    let (record, started) = (world.record(), world.path("started"));
    let _worker = world.worker("");
    let task = world.submit("--range 1..3 --batch-size 1", &endless(&record, &started));
    wait_until("the batch's processes", || pids(&started).len() == 4);
    world.expect(0, &format!("terminate {task} --force --wait --timeout 10s"));
    for pid in pids(&started) {
        assert!(!runs(pid), "process {pid} of the batch still runs");
    }
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Terminated));
    assert_eq!((view.batches_done, record.count()), (0, 1));
}

#[test]
fn a_task_suspended_by_force_repeats_its_batch_with_the_same_items_under_the_same_key() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    let task = world.submit(
        "--range 1..6 --batch-size 2",
        &(record.note() + &gate.pass()),
    );
    gate.release(1);
    wait_until("the second batch", || record.count() == 2);
    world.expect(0, &format!("suspend {task}"));
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    assert!(!runs(record.runs()[1].pid));
    assert_eq!(world.view(task).batches_done, 1);
    assert_eq!(world.view(task).retries, 0);

    world.expect(0, &format!("resume {task}"));
    gate.release(2);
    world.wait_exits(task, 0);
    let runs = record.runs();
    assert_eq!(runs[1].same(), runs[2].same());
    assert_eq!(record.attempts(), [1, 1, 1, 1]);
    assert_eq!(record.items(), ["1", "2", "3", "4", "3", "4", "5", "6"]);
}

#[test]
fn a_task_obeys_at_once_while_another_of_its_worker_is_slow_to_its_boundary() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("--concurrency 2");
    let slow = world.submit(
        "--range 1..3 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    let quick = world.submit("--range 1..1000000 --batch-size 1", "cat");
    wait_until("the slow batch", || record.count() == 1);
    wait_until("quick batches", || world.view(quick).batches_done > 0);
    for (verb, state) in [
        ("suspend", StateWord::Suspend),
        ("terminate", StateWord::Terminate),
    ] {
        world.expect(0, &format!("{verb} {slow} {quick}"));
        world.wait_for_state(quick, state);
        assert_eq!(world.view(slow).current_state, StateWord::Run);
        if verb == "suspend" {
            world.expect(0, &format!("resume {slow} {quick}"));
            world.wait_for_state(quick, StateWord::Run);
        }
    }
    gate.release(1);
    world.wait_exits(slow, 8);
}

#[test]
fn a_request_on_several_tasks_has_one_number_and_an_answer_each() {
    let world = World::new();
    let tasks = [(); 3].map(|()| world.submit("", "exit 0"));
    world.expect(0, &format!("terminate {}", tasks[0]));
    let line = format!("suspend {} {} {} --json", tasks[0], tasks[1], tasks[2]);
    let output = world.expect(3, &line);
    let answers: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert!(answers[0]["refused"].is_string(), "{answers}");
    assert_eq!(answers[1]["current_state"], "SUSPEND");
    let numbers = tasks.map(|task| {
        let asked = world.events_that(task, What::Requested);
        asked
            .last()
            .and_then(|event| event.request)
            .map(|number| number.0)
    });
    assert_eq!(numbers, [Some(1), Some(2), Some(2)]);
    assert!(world.events_that(tasks[0], What::State).len() == 1);
}

#[test]
fn a_time_too_long_for_any_clock_is_for_ever() {
    let world = World::new();
    let task = world.submit("--range 1..3", "true");
    let long = "18446744073709551615s";
    world.expect(0, &format!("suspend {task} --wait --timeout {long}"));
    world.expect(0, &format!("wait {task} --for suspend --timeout {long}"));
    let worker = world.worker(&format!("--grace {long}"));
    assert_eq!(worker.stop(), Some(0));
}
