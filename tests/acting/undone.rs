//! A request is taken back by its number, by anybody, and only where nothing came after it.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Desired, StateWord};

use super::{numbers, waiting, wanted};
use crate::harness::{World, wait_until};

#[test]
fn a_request_is_taken_back_on_all_its_tasks_and_on_no_others() {
    let world = World::new();
    let tasks = waiting(&world, &["--kind a", "--kind a", "--kind b", "--kind b"]);
    world.expect(0, "suspend --kind b --yes --reason lunch");
    let said = world.expect(0, "suspend --kind a --yes");
    assert!(said.stderr.contains("request 2"), "{said:?}");
    let undone = world.expect(0, "undo 2 --json --reason mistake");
    assert_eq!(numbers(&undone), [1, 2]);
    let wants = |task: &TaskNumber| wanted(&world, *task);
    let all: Vec<Desired> = tasks.iter().map(wants).collect();
    assert_eq!(
        all,
        [
            Desired::Run,
            Desired::Run,
            Desired::Suspend,
            Desired::Suspend
        ]
    );
    let event = world
        .events_that(tasks[0], What::Requested)
        .pop()
        .expect("it was asked");
    assert_eq!(event.detail.as_deref(), Some("undoes request 2"));
    assert_eq!(event.reason.as_deref(), Some("mistake"));
    assert_eq!(event.request.map(|request| request.0), Some(3));
    let told = world.expect(0, "events 1").stdout;
    assert!(told.contains("(request 3): undoes request 2"), "{told}");
}

#[test]
fn an_undoing_is_undone_and_what_was_asked_before_it_comes_next() {
    let world = World::new();
    let [task] = waiting(&world, &[""])[..] else {
        panic!("one")
    };
    world.expect(0, "suspend 1");
    world.expect(0, "resume 1");
    world.expect(0, "undo 2");
    assert_eq!(wanted(&world, task), Desired::Suspend);
    assert_eq!(
        world.row(task).wish.by,
        world.events_that(task, What::Requested)[0]
            .actor
            .clone()
            .unwrap()
    );
    world.expect(0, "undo 3");
    assert_eq!(wanted(&world, task), Desired::Run, "the undoing is undone");
    world.expect(0, "undo 4");
    assert_eq!(wanted(&world, task), Desired::Suspend);
    // By now it is again as the first request left it.
    world.expect(0, "undo 1");
    assert_eq!(wanted(&world, task), Desired::Run);
    let refused = world.expect(3, "undo 1");
    assert!(
        refused.stdout.contains("asked for RUN since"),
        "{refused:?}"
    );
}

#[test]
fn what_somebody_asked_for_since_stays_and_is_told_and_the_others_go_back() {
    let world = World::new();
    waiting(&world, &["", ""]);
    world.expect(0, "suspend 1 2");
    world.expect(0, "resume 1 --actor kim");
    world.expect(0, "suspend 1 --actor kim --reason mine");
    let wish = world.row(TaskNumber(1)).wish;
    let undone = world.expect(3, "undo 1");
    assert!(undone.stdout.contains("task 1: refused:"), "{undone:?}");
    assert!(
        undone
            .stdout
            .contains("\"kim\" asked for SUSPEND since, at "),
        "{undone:?}"
    );
    assert!(undone.stdout.contains("(request 3)"), "{undone:?}");
    assert!(
        undone.stdout.contains("task 2: SUSPEND → RUN"),
        "{undone:?}"
    );
    assert_eq!(world.row(TaskNumber(1)).wish, wish);
    assert_eq!(wanted(&world, TaskNumber(2)), Desired::Run);
    let before = world.last_event();
    let trial = world.expect(3, "undo 1 --dry-run");
    assert_eq!(trial.stdout.matches("refused").count(), 2, "{trial:?}");
    assert_eq!(world.last_event(), before);
}

#[test]
fn settings_go_back_by_the_number_of_the_request_that_changed_them() {
    let world = World::new();
    waiting(&world, &["--retries 5", ""]);
    world.expect(0, "set 1 2 retries=9 priority=4");
    let trial = world.expect(0, "undo 1 --dry-run");
    assert!(trial.stdout.contains("retries 9 → 5"), "{trial:?}");
    assert_eq!(world.row(TaskNumber(1)).spec.retries, 9);
    world.expect(0, "set 2 retries=8");
    let undone = world.expect(3, "undo 1");
    assert!(
        undone.stdout.contains("retries was changed to 8 since"),
        "{undone:?}"
    );
    assert_eq!(world.row(TaskNumber(1)).spec.retries, 5);
    assert_eq!(world.row(TaskNumber(1)).spec.priority, 0);
    assert_eq!(world.row(TaskNumber(2)).spec.retries, 8);
    world.expect(0, "undo 3");
    assert_eq!(
        world.row(TaskNumber(1)).spec.retries,
        9,
        "the undoing is undone"
    );
}

#[test]
fn a_termination_is_taken_back_until_its_hooks_begin() {
    let world = World::new();
    let (record, gate, ending) = (world.record(), world.gate(), world.gate());
    let begun = world.path("begun");
    let _worker = world.worker("");
    let cleanup = world.script(
        "cleanup",
        &format!("touch {}\n{}", begun.display(), ending.pass()),
    );
    let task = world.submit_args(
        [
            "--range",
            "1..9",
            "--batch-size",
            "1",
            "--cleanup",
            &cleanup,
        ]
        .map(str::to_owned)
        .into(),
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    world.expect(0, "terminate 1");
    world.expect(0, "undo 1");
    gate.release(1);
    wait_until("the second batch", || record.count() == 2);
    world.expect(0, "terminate 1");
    gate.release(1);
    wait_until("the cleanup", || begun.exists());
    let refused = world.expect(3, "undo 3");
    assert!(
        refused.stdout.contains("its hooks have begun"),
        "{refused:?}"
    );
    ending.release(1);
    world.wait_for_state(task, StateWord::Terminate);
    let refused = world.expect(3, "undo 3");
    assert!(
        refused.stdout.contains("it has ended (terminated)"),
        "{refused:?}"
    );
    assert_eq!(record.count(), 2);
}

#[test]
fn a_termination_that_was_withdrawn_comes_back_only_with_a_yes() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    world.submit(
        "--range 1..9 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    world.expect(0, "terminate 1");
    world.expect(0, "resume 1");
    let refused = world.expect(2, "undo 2");
    assert!(
        refused.stderr.contains("Terminate for good?"),
        "{refused:?}"
    );
    assert_eq!(wanted(&world, TaskNumber(1)), Desired::Run);
    world.expect(0, "undo 2 --yes");
    assert_eq!(wanted(&world, TaskNumber(1)), Desired::Terminate);
}

#[test]
fn a_request_that_never_was_and_one_of_which_nothing_is_left_are_told() {
    let world = World::new();
    waiting(&world, &["", ""]);
    world.expect(0, "suspend 1");
    let never = world.expect(3, "undo 7");
    assert!(never.stderr.contains("there is no request 7"), "{never:?}");
    world.expect(3, "undo 0");
    world.expect(3, "resume --request 7");
    world.expect(2, "undo");
    world.expect(2, "undo seven");
    world.expect(0, "terminate 1");
    world.expect(0, "prune 1");
    let gone = world.expect(3, "undo 1");
    assert!(
        gone.stderr.contains("nothing is kept of request 1"),
        "{gone:?}"
    );
}

#[test]
fn the_tasks_of_a_request_are_resumed_unless_changed_since() {
    let world = World::new();
    waiting(&world, &["--kind a", "--kind a", "--kind a", "--kind b"]);
    world.expect(0, "suspend --kind a --yes");
    world.expect(0, "suspend 4");
    world.expect(0, "resume 2");
    world.expect(0, "suspend 2 --actor kim");
    let would = world.expect(3, "resume --request 1 --dry-run");
    assert!(would.stdout.contains("task 2: refused"), "{would:?}");
    let resumed = world.expect(3, "resume --request 1 --json");
    assert_eq!(numbers(&resumed), [1, 2, 3]);
    let refused = resumed.json()[1]["refused"]
        .as_str()
        .expect("a reason")
        .to_owned();
    assert!(
        refused.contains("\"kim\" asked for SUSPEND since"),
        "{refused}"
    );
    let all = [1, 2, 3, 4].map(|task| wanted(&world, TaskNumber(task)));
    assert_eq!(
        all,
        [
            Desired::Run,
            Desired::Suspend,
            Desired::Run,
            Desired::Suspend
        ]
    );
    world.expect(2, "resume 4 --request 2");
    world.expect(2, "resume --kind b --request 2");
    world.expect(0, "set 4 retries=8");
    world.expect(3, "resume --request 6");
}
