//! Batches that fail: retries, the error policy, and the processes they leave.

mod harness;

use harness::{World, pids, runs, wait_until};
use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, Outcome, StateWord};

#[test]
fn a_failed_batch_is_tried_again_with_the_same_items_under_the_same_key() {
    let world = World::new();
    let record = world.record();
    let _worker = world.worker("");
    let script = record.note()
        + "case $LONGHAUL_BATCH-$LONGHAUL_ATTEMPT in 1-1) exit 75;; 1-2) exit 1;; 1-3) kill -9 $$;; esac";
    let task = world.submit("--range 1..6 --batch-size 2 --backoff 10ms", &script);
    world.wait_exits(task, 0);
    assert_eq!(record.attempts(), [1, 1, 2, 3, 4, 1]);
    let runs = record.runs();
    assert!(runs[1..5].iter().all(|run| run.same() == runs[1].same()));
    let view = world.view(task);
    assert_eq!(
        (view.retries, view.batches_failed, view.items_done),
        (3, 0, 6)
    );
    let retries = world.events_that(task, What::Retry);
    let attempts: Vec<_> = retries.iter().filter_map(|event| event.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    let details: Vec<_> = retries
        .iter()
        .filter_map(|event| event.detail.clone())
        .collect();
    assert!(
        details[0].contains("75") && details[1].contains("status 1"),
        "{details:?}"
    );
    assert!(details[2].contains("SIGKILL"), "{details:?}");
}

#[test]
fn a_batch_that_asks_to_be_skipped_goes_to_the_failures_and_the_task_goes_on() {
    let world = World::new();
    let record = world.record();
    let _worker = world.worker("");
    let script = record.note() + "[ $LONGHAUL_BATCH != 1 ] || { echo broken >&2; exit 65; }";
    let task = world.submit("--range 1..6 --batch-size 2", &script);
    world.wait_exits(task, 1);
    assert_eq!(record.items(), ["1", "2", "3", "4", "5", "6"]);
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(
        (view.batches_done, view.batches_failed, view.retries),
        (2, 1, 0)
    );
    let failures = world
        .control()
        .store()
        .failures(task)
        .expect("the store can be read");
    assert_eq!(failures.len(), 1);
    assert_eq!((failures[0].batch.0, failures[0].items), (1, 2));
    assert!(failures[0].error.contains("broken"), "{failures:?}");
    assert_eq!(world.events_that(task, What::Skipped).len(), 1);
}

#[test]
fn a_command_that_cannot_succeed_suspends_its_task_at_once_and_says_why() {
    let world = World::new();
    let _worker = world.worker("");
    for (code, why) in [
        (78, "asks to suspend"),
        (126, "cannot be executed"),
        (127, "not found"),
    ] {
        let record = world.record();
        let script = format!("{}echo look here >&2; exit {code}", record.note());
        let task = world.submit("--range 1..3 --batch-size 1", &script);
        world.wait_exits(task, 7);
        let view = world.view(task);
        assert_eq!(view.current_state, StateWord::Suspend);
        assert_eq!(
            (record.count(), view.retries, view.batches_failed),
            (1, 0, 0)
        );
        let reason = view.desired_reason.expect("the policy says why");
        assert!(
            reason.contains(why) && reason.contains("look here"),
            "{reason}"
        );
    }
}

#[test]
fn the_error_policy_decides_once_the_retries_are_spent() {
    let world = World::new();
    let _worker = world.worker("");
    for (policy, code) in [("suspend", 7), ("skip", 1), ("terminate", 1)] {
        let record = world.record();
        let script = record.note() + "[ $LONGHAUL_BATCH != 1 ]";
        let options = "--range 1..3 --batch-size 1 --retries 2 --backoff 10ms --on-error";
        let task = world.submit(&format!("{options} {policy}"), &script);
        world.wait_exits(task, code);
        let view = world.view(task);
        let skips = policy == "skip";
        let expected: &[u32] = if skips {
            &[1, 1, 2, 3, 1]
        } else {
            &[1, 1, 2, 3]
        };
        assert_eq!(record.attempts(), expected);
        assert_eq!(view.batches_failed, u64::from(skips));
        assert_eq!(view.batches_done, 1 + u64::from(skips));
        let outcome = match policy {
            "suspend" => None,
            "skip" => Some(Outcome::Completed),
            _ => Some(Outcome::Failed),
        };
        assert_eq!(view.outcome, outcome);
        let gave_up = world.events_that(task, What::GaveUp);
        assert_eq!(gave_up.len(), usize::from(!skips));
    }
}

#[test]
fn attempts_start_anew_at_a_resume() {
    let world = World::new();
    let record = world.record();
    let _worker = world.worker("");
    let script = record.note() + "exit 1";
    let task = world.submit("--retries 1 --backoff 10ms", &script);
    world.wait_exits(task, 7);
    for rounds in 2..4 {
        world.expect(0, &format!("resume {task}"));
        world.wait_exits(task, 7);
        assert_eq!(record.attempts(), [1, 2].repeat(rounds));
    }
}

#[test]
fn a_batch_that_takes_too_long_is_ended_with_all_its_processes_and_counts_as_failed() {
    let world = World::new();
    let (record, started) = (world.record(), world.path("started"));
    let _worker = world.worker("");
    let script = format!(
        "{}[ $LONGHAUL_ATTEMPT = 1 ] || exit 0\n\
         sh -c 'setsid sleep 1000 & echo $! >>{started}; sleep 1000 & echo $! >>{started}; wait' &\n\
         echo $! >>{started}\nwait\n",
        record.note(),
        started = started.display()
    );
    let task = world.submit("--range 1..2 --batch-timeout 1s --backoff 10ms", &script);
    world.wait_exits(task, 0);
    assert_eq!(record.attempts(), [1, 2]);
    assert_eq!(pids(&started).len(), 3);
    for pid in pids(&started) {
        assert!(!runs(pid), "process {pid} of the batch still runs");
    }
    let retries = world.events_that(task, What::Retry);
    let detail = retries[0].detail.as_deref().unwrap_or_default();
    assert!(detail.contains("timed out after 1s"), "{detail}");
}

#[test]
fn a_task_that_waits_for_its_retry_obeys_at_once() {
    let world = World::new();
    let _worker = world.worker("");
    for (verb, state) in [
        ("suspend", StateWord::Suspend),
        ("terminate", StateWord::Terminate),
    ] {
        let record = world.record();
        let task = world.submit("--backoff 60s", &(record.note() + "exit 1"));
        world.wait_for_phase(task, Phase::BackingOff);
        let failed = world.events_that(task, What::Retry)[0].at;
        let next = world.view(task).next_attempt_at.expect("it waits");
        assert!(
            (48..=72).contains(&next.since(failed).as_secs()),
            "{failed} to {next}"
        );
        world.expect(0, &format!("{verb} {task} --wait --timeout 10s"));
        let view = world.view(task);
        assert_eq!(view.current_state, state);
        assert_eq!(view.next_attempt_at, None);
        assert_eq!(record.count(), 1);
    }
}

#[test]
fn a_resumed_task_waits_for_no_retry_timer_of_before() {
    let world = World::new();
    let record = world.record();
    let worker = world.worker("");
    let task = world.submit("--backoff 60s", &(record.note() + "exit 1"));
    for attempts in 1..3 {
        world.wait_for_phase(task, Phase::BackingOff);
        assert_eq!(record.count(), attempts);
        world.expect(0, &format!("suspend {task} --wait --timeout 10s"));
        world.expect(0, &format!("resume {task}"));
    }
    // The same where nobody holds it: the next worker would wait for the timer.
    world.wait_for_phase(task, Phase::BackingOff);
    assert_eq!(worker.stop(), Some(0));
    world.expect(0, &format!("suspend {task} --wait"));
    world.expect(0, &format!("resume {task}"));
    let _worker = world.worker("");
    wait_until("another attempt", || record.count() == 4);
    assert_eq!(record.attempts(), [1; 4]);
}

#[test]
fn a_retry_timer_set_before_a_suspension_does_not_fire_after_it() {
    let world = World::new();
    let [record, later] = [(); 2].map(|()| world.record());
    let _worker = world.worker("");
    let task = world.submit("--backoff 1s", &(record.note() + "exit 1"));
    world.wait_for_phase(task, Phase::BackingOff);
    world.expect(0, &format!("suspend {task} --wait --timeout 10s"));
    let attempts = record.count();
    // Another task's timer, set later and longer, has fired: the first one's time is over.
    let other = world.submit("--backoff 2s", &(later.note() + "exit 1"));
    wait_until("the other task's retry", || later.count() == 2);
    assert_eq!(record.count(), attempts);
    assert_eq!(world.view(task).current_state, StateWord::Suspend);
    assert_eq!(world.view(task).desired_state, Desired::Suspend);
    world.expect(0, &format!("terminate {other} --wait --timeout 10s"));
}
