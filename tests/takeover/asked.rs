//! What is asked of a task whose worker is dead, and who does it.

use longhaul_common::event::What;
use longhaul_common::state::{Desired, Outcome, StateWord};

use crate::harness::{World, pids, runs, wait_until};
use crate::{hook, submit_hooked, trace, wait_for_trace};

#[test]
fn a_request_on_a_worker_that_died_in_init_and_owes_nothing_acts_at_once() {
    for (verb, state) in [
        ("suspend", StateWord::Suspend),
        ("terminate", StateWord::Terminate),
    ] {
        let world = World::new();
        let (gate, started) = (world.gate(), world.path("started"));
        let body = format!("echo $$ >>'{}'\n{}", started.display(), gate.pass());
        let init = hook(&world, "init", &body);
        let worker = world.worker("");
        let task = world.submit_args(vec!["--init".into(), init], "exit 0");
        wait_until("the init", || !pids(&started).is_empty());
        assert_eq!(world.row(task).state.word, StateWord::Init);
        worker.kill();
        assert!(runs(pids(&started)[0]), "nothing is left to end");

        world.expect(0, &format!("{verb} {task} --wait --timeout 10s"));
        assert_eq!(world.row(task).state.word, state);
        assert!(
            !runs(pids(&started)[0]),
            "the dead worker's init still runs"
        );
    }
}

#[test]
fn a_request_that_acts_for_a_dead_worker_claims_first_and_a_resumption_starts_anew() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let script = record.note() + &gate.pass();
    let first = world.worker("");
    let task = world.submit("--range 1..2 --batch-size 1", &script);
    wait_until("the batch", || record.count() == 1);
    let held = world.row(task).state.epoch;
    first.kill();
    world.expect(0, &format!("suspend {task} --wait --timeout 10s"));
    let row = world.row(task);
    assert_eq!((row.claim, row.state.word), (None, StateWord::Suspend));
    assert_eq!(row.state.epoch, held.next());
    let whats: Vec<_> = world.events(task).iter().map(|event| event.what).collect();
    let acted = [What::Requested, What::TakenOver, What::Killed, What::State];
    assert!(whats.ends_with(&acted), "{whats:?}");

    let _second = world.worker("");
    world.expect(0, &format!("resume {task}"));
    gate.release(2);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "1", "2"]);
    assert_eq!(record.attempts(), [1, 1, 1]);
}

#[test]
fn what_a_dead_worker_owes_is_done_by_a_worker_of_the_kind_alone_and_no_batch_runs() {
    for (verb, state, code) in [
        ("suspend", StateWord::Suspend, 7),
        ("terminate", StateWord::Terminate, 8),
    ] {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let init = hook(&world, "init", "");
        let cleanup = hook(&world, "cleanup", "");
        let first = world.worker("");
        let script = record.note() + &gate.pass();
        let task = submit_hooked(&world, &init, &cleanup, &script);
        wait_until("the batch", || record.count() == 1);
        first.kill();
        let _other = world.worker("--kinds other");
        world.expect(6, &format!("{verb} {task} --wait"));
        assert_eq!(world.row(task).state.word, StateWord::Run);
        assert_eq!(trace(&world), ["init"]);

        let _second = world.worker("");
        world.wait_exits(task, code);
        assert_eq!(world.row(task).state.word, state);
        wait_for_trace(&world, &["init", "cleanup"]);
        assert!(!runs(record.runs()[0].pid), "the batch still runs");
        assert_eq!(record.count(), 1);
    }
}

#[test]
fn a_suspension_withdrawn_while_nobody_lives_to_obey_costs_nothing_but_the_batch_in_flight() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let init = hook(&world, "init", "");
    let cleanup = hook(&world, "cleanup", "");
    let first = world.worker("");
    let script = record.note() + &gate.pass();
    let task = submit_hooked(&world, &init, &cleanup, &script);
    wait_until("the batch", || record.count() == 1);
    first.kill();
    world.expect(0, &format!("suspend {task}"));
    assert_eq!(world.row(task).wish.desired, Desired::Suspend);
    world.expect(0, &format!("resume {task}"));

    let _second = world.worker("");
    wait_for_trace(&world, &["init", "cleanup", "init"]);
    gate.release(2);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "1", "2"]);
}

#[test]
fn a_task_whose_worker_died_after_the_last_batch_ends_as_completed_whatever_is_asked() {
    for verb in ["suspend", "terminate"] {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let init = hook(&world, "init", "");
        let cleanup = hook(&world, "cleanup", &gate.pass());
        let first = world.worker("");
        let task = submit_hooked(&world, &init, &cleanup, &record.note());
        wait_for_trace(&world, &["init", "cleanup"]);
        first.kill();
        world.expect(0, &format!("{verb} {task}"));
        let _second = world.worker("");
        wait_for_trace(&world, &["init", "cleanup", "cleanup"]);
        gate.release(1);
        world.wait_exits(task, 0);
        assert_eq!(world.view(task).outcome, Some(Outcome::Completed));
        assert_eq!(record.items(), ["1", "2"]);
    }
}
