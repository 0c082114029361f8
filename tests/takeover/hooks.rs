//! Workers that die in a hook.

use longhaul_common::event::What;
use longhaul_common::state::{Outcome, StateWord};

use crate::harness::{World, wait_until};
use crate::{KILL, hook, keep_a_worker_until, submit_hooked, trace, wait_for_trace};

#[test]
fn a_worker_killed_during_init_is_cleaned_up_after_before_init_runs_again() {
    let world = World::new();
    let gate = world.gate();
    let init = hook(&world, "init", &gate.pass());
    let cleanup = hook(&world, "cleanup", "");
    let first = world.worker("");
    let task = submit_hooked(&world, &init, &cleanup, "exit 0");
    wait_for_trace(&world, &["init"]);
    first.kill();
    let _second = world.worker("");
    wait_for_trace(&world, &["init", "cleanup", "init"]);
    gate.release(2);
    world.wait_exits(task, 0);
    wait_for_trace(&world, &["init", "cleanup", "init", "cleanup"]);
}

#[test]
fn a_worker_killed_during_cleanup_leaves_it_to_the_next_and_no_batch_runs_again() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let init = hook(&world, "init", "");
    let cleanup = hook(&world, "cleanup", &gate.pass());
    let first = world.worker("");
    let task = submit_hooked(&world, &init, &cleanup, &record.note());
    wait_for_trace(&world, &["init", "cleanup"]);
    first.kill();
    let _second = world.worker("");
    wait_for_trace(&world, &["init", "cleanup", "cleanup"]);
    assert_ne!(world.row(task).state.word, StateWord::Terminate);
    gate.release(2);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "2"]);
    assert_eq!(world.events_that(task, What::HookStarted).len(), 2);
}

#[test]
fn an_ending_whose_cleanup_had_begun_is_reached_by_the_next_worker() {
    for (verb, state, code) in [
        ("suspend", StateWord::Suspend, 7),
        ("terminate", StateWord::Terminate, 8),
    ] {
        let world = World::new();
        let (record, batches, cleanups) = (world.record(), world.gate(), world.gate());
        let init = hook(&world, "init", "");
        let cleanup = hook(&world, "cleanup", &cleanups.pass());
        let first = world.worker("");
        let script = record.note() + &batches.pass();
        let task = submit_hooked(&world, &init, &cleanup, &script);
        wait_until("the batch", || record.count() == 1);
        world.expect(0, &format!("{verb} {task}"));
        batches.release(1);
        wait_for_trace(&world, &["init", "cleanup"]);
        first.kill();
        if verb == "terminate" {
            let refused = world.expect(3, &format!("resume {task}"));
            assert!(refused.stderr.contains("hooks have begun"), "{refused:?}");
        }

        let _second = world.worker("");
        wait_for_trace(&world, &["init", "cleanup", "cleanup"]);
        cleanups.release(1);
        world.wait_exits(task, code);
        assert_eq!(world.row(task).state.word, state);
        assert_eq!(trace(&world).len(), 3);
        assert_eq!(record.items(), ["1"]);
    }
}

#[test]
fn a_suspension_withdrawn_after_its_worker_died_in_cleanup_is_cleaned_up_after_and_goes_on() {
    let world = World::new();
    let (record, batches, cleanups) = (world.record(), world.gate(), world.gate());
    let init = hook(&world, "init", "");
    let cleanup = hook(&world, "cleanup", &cleanups.pass());
    let first = world.worker("");
    let script = record.note() + &batches.pass();
    let task = submit_hooked(&world, &init, &cleanup, &script);
    wait_until("the batch", || record.count() == 1);
    world.expect(0, &format!("suspend {task}"));
    batches.release(1);
    wait_for_trace(&world, &["init", "cleanup"]);
    first.kill();
    world.expect(0, &format!("resume {task}"));

    let _second = world.worker("");
    wait_for_trace(&world, &["init", "cleanup", "cleanup"]);
    cleanups.release(2);
    wait_for_trace(&world, &["init", "cleanup", "cleanup", "init"]);
    batches.release(1);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "2"]);
    // It did not die of a batch.
    assert_eq!(record.attempts(), [1, 1]);
}

#[test]
fn a_worker_killed_while_it_cleans_up_after_another_leaves_that_to_the_third() {
    let world = World::new();
    let (record, batches, cleanups) = (world.record(), world.gate(), world.gate());
    let init = hook(&world, "init", "");
    let cleanup = hook(&world, "cleanup", &cleanups.pass());
    let first = world.worker("");
    let script = record.note() + &batches.pass();
    let task = submit_hooked(&world, &init, &cleanup, &script);
    wait_until("the batch", || record.count() == 1);
    first.kill();
    let second = world.worker("");
    wait_for_trace(&world, &["init", "cleanup"]);
    second.kill();
    let _third = world.worker("");
    wait_for_trace(&world, &["init", "cleanup", "cleanup"]);
    assert_eq!(record.count(), 1);
    cleanups.release(2);
    wait_for_trace(&world, &["init", "cleanup", "cleanup", "init"]);
    batches.release(2);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "1", "2"]);
    // The second worker did not die of the batch.
    assert_eq!(record.attempts(), [1, 2, 1]);
}

#[test]
fn a_cleanup_that_kills_its_worker_each_time_is_given_up_after_three_attempts() {
    let world = World::new();
    let record = world.record();
    let init = hook(&world, "init", "");
    let cleanup = hook(&world, "cleanup", KILL);
    let task = submit_hooked(&world, &init, &cleanup, &record.note());
    let _worker = keep_a_worker_until(&world, "its end", || {
        world.view(task).current_state == StateWord::Terminate
    });
    assert_eq!(trace(&world), ["init", "cleanup", "cleanup", "cleanup"]);
    let started = world.events_that(task, What::HookStarted);
    let attempts: Vec<_> = started.iter().filter_map(|event| event.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(world.events_that(task, What::HookDropped).len(), 1);
    assert_eq!(world.view(task).outcome, Some(Outcome::Completed));
    assert_eq!(record.items(), ["1", "2"]);
}

/// How often a hook ran.
fn times(world: &World, hook: &str) -> usize {
    trace(world).iter().filter(|ran| *ran == hook).count()
}

#[test]
fn an_init_that_kills_its_worker_each_time_counts_as_a_failed_batch() {
    for (policy, state, code) in [
        ("suspend", StateWord::Suspend, 7),
        ("skip", StateWord::Suspend, 7),
        ("terminate", StateWord::Terminate, 1),
    ] {
        let world = World::new();
        let init = hook(&world, "init", KILL);
        let line = format!("--retries 1 --backoff 10ms --on-error {policy} --init");
        let mut options: Vec<_> = line.split(' ').map(str::to_owned).collect();
        options.push(init);
        let task = world.submit_args(options, "exit 0");
        let _worker = keep_a_worker_until(&world, "its rest", || {
            world.view(task).current_state == state
        });
        world.wait_exits(task, code);
        assert_eq!(times(&world, "init"), 2);
        let view = world.view(task);
        assert_eq!((view.batches_done, view.batches_failed), (0, 0));
        let error = view.error.expect("it failed");
        assert!(error.contains("its worker died 2 times"), "{error}");
    }
}

#[test]
fn a_batch_is_not_skipped_for_an_init_that_kills_its_workers() {
    let world = World::new();
    let record = world.record();
    let broken = world.path("broken");
    let init = format!("[ ! -e '{}' ] || {KILL}", broken.display());
    let init = hook(&world, "init", &init);
    let line = "--range 1..2 --batch-size 1 --retries 1 --backoff 10ms --on-error skip --init";
    let mut options: Vec<_> = line.split(' ').map(str::to_owned).collect();
    options.push(init);
    let script = format!(
        "{}[ $LONGHAUL_ATTEMPT != 1 ] || {{ : >'{broken}'; {kill}}}",
        record.note(),
        broken = broken.display(),
        kill = KILL.replace('\n', ";"),
    );
    let task = world.submit_args(options, &script);
    let _worker = keep_a_worker_until(&world, "its rest", || {
        world.view(task).current_state == StateWord::Suspend
    });
    assert_eq!(times(&world, "init"), 2);
    assert_eq!(world.view(task).batches_failed, 0);
    assert_eq!(record.items(), ["1"]);
}
