//! Progress from inside a batch: seen while the batch runs, and no part of the checkpoint.

mod harness;

use harness::{World, wait_until};
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;

const PROGRAM: &str = env!("CARGO_BIN_EXE_longhaul");

const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];

#[track_caller]
fn wait_for_done(world: &World, task: TaskNumber, items: u64) {
    wait_until(&format!("{items} items that are done"), || {
        world.view(task).items_done == items
    });
}

#[test]
fn a_batch_in_flight_tells_how_many_items_are_done_and_what_it_is_at() {
    for way in WAYS {
        let world = World::new();
        let gate = world.gate();
        let _worker = world.worker("");
        let script = format!(
            "sh -c '{PROGRAM} progress 3 --message \"at three\"' || exit 78\n{}",
            gate.pass()
        );
        let task = world.submit(&format!("--range 1..20 -b 10 {way}"), &script);
        wait_for_done(&world, task, 3);
        let view = world.view(task);
        assert_eq!(view.message.as_deref(), Some("at three"));
        assert_eq!(view.fraction, Some(3.0 / 20.0));
        // The durable progress is that of the last checkpoint.
        assert_eq!(world.row(task).progress.items_done, 0);
        let listed = world.expect(0, "list --json").json();
        assert_eq!(listed["tasks"][0]["items_done"], 3);
        assert_eq!(listed["tasks"][0]["message"], "at three");
        assert!(
            world
                .expect(0, &format!("show {task}"))
                .stdout
                .contains("3 of 20 items")
        );
        gate.release(1);
        wait_for_done(&world, task, 13);
        gate.release(2);
        world.wait_exits(task, 0);
        assert_eq!(world.view(task).items_done, 20);
        assert_eq!(world.view(task).message.as_deref(), Some("at three"));
    }
}

#[test]
fn several_batches_in_flight_add_up() {
    let world = World::new();
    let gate = world.gate();
    let _worker = world.worker("--concurrency 4");
    let script = format!("{PROGRAM} progress 2 || exit 78\n{}", gate.pass());
    let task = world.submit("--range 1..9 -b 3 --parallel 3", &script);
    wait_for_done(&world, task, 6);
    gate.release(3);
    world.wait_exits(task, 0);
    assert_eq!(world.view(task).items_done, 9);
}

#[test]
fn what_a_failed_attempt_told_counts_no_more() {
    for way in WAYS {
        let world = World::new();
        let gate = world.gate();
        let _worker = world.worker("");
        let script = format!(
            "if [ $LONGHAUL_ATTEMPT = 1 ]; then {PROGRAM} progress 4 || exit 78; exit 1; fi\ntouch '{}'\n{}",
            world.path("second").display(),
            gate.pass()
        );
        let task = world.submit(&format!("--range 1..5 -b 5 --backoff 1ms {way}"), &script);
        wait_until("the second attempt", || world.path("second").exists());
        assert_eq!(world.view(task).items_done, 0);
        gate.release(1);
        world.wait_exits(task, 0);
    }
}

#[test]
fn it_is_refused_outside_of_a_batch_and_beyond_its_items() {
    let world = World::new();
    let told = world.expect(2, "progress 1").stderr;
    assert!(told.contains("there is no batch here"), "{told}");
    let _worker = world.worker("");
    let script = format!("{PROGRAM} progress 4; [ $? = 2 ] || exit 78");
    let task = world.submit("--range 1..3 -b 3", &script);
    world.wait_exits(task, 0);
    assert!(
        world
            .expect(0, &format!("logs {task}"))
            .stdout
            .contains("4 of 3 items can't be done")
    );
    let hook = format!("--cleanup={PROGRAM} progress 1");
    let args = vec!["--range=1..3".to_owned(), hook];
    let task = world.submit_args(args, "true");
    world.wait_exits(task, 0);
    let log = world.expect(0, &format!("logs {task}")).stdout;
    assert!(log.contains("this is the cleanup of its task"), "{log}");
}

#[test]
fn it_is_refused_once_the_batch_is_over() {
    for way in WAYS {
        let world = World::new();
        let _worker = world.worker("");
        let noted = world.path("noted");
        let script = format!("env | grep ^LONGHAUL_ >>'{}'", noted.display());
        let task = world.submit(&format!("--range 1..3 -b 3 {way}"), &script);
        world.wait_exits(task, 0);
        let mut command = world.command(["progress", "1"]);
        for line in std::fs::read_to_string(&noted)
            .expect("it was noted")
            .lines()
        {
            let (name, value) = line.split_once('=').expect("a variable");
            command.env(name, value);
        }
        let output = world.finish(command, b"");
        assert_eq!(output.code, Some(3), "{output:?}");
        assert!(output.stderr.contains("the batch is over"), "{output:?}");
        assert_eq!(world.view(task).items_done, 3);
    }
}

#[test]
fn a_persistent_command_tells_it_with_a_line() {
    for way in WAYS {
        let world = World::new();
        let gate = world.path("gate");
        let _worker = world.worker("");
        let script = format!(
            "while read -r line; do
  echo '{{\"items_done\":2,\"message\":\"at two\"}}'
  while [ ! -e '{}' ]; do sleep 0.01; done
  echo '{{\"ok\":true}}'
done",
            gate.display()
        );
        let task = world.submit(&format!("--persistent --range 1..6 -b 3 {way}"), &script);
        wait_for_done(&world, task, 2);
        assert_eq!(world.view(task).message.as_deref(), Some("at two"));
        assert_eq!(world.row(task).progress.items_done, 0);
        std::fs::write(&gate, "").expect("the test's folder can be written");
        world.wait_exits(task, 0);
        assert_eq!(world.view(task).items_done, 6);
    }
}

#[test]
fn a_child_of_a_persistent_command_tells_it_too() {
    let world = World::new();
    let gate = world.path("gate");
    let _worker = world.worker("");
    let script = format!(
        "while read -r line; do
  {PROGRAM} progress 1 >&2
  while [ ! -e '{}' ]; do sleep 0.01; done
  echo '{{\"ok\":true}}'
done",
        gate.display()
    );
    let task = world.submit("--persistent --range 1..6 -b 3", &script);
    wait_for_done(&world, task, 1);
    std::fs::write(&gate, "").expect("the test's folder can be written");
    world.wait_exits(task, 0);
}

#[test]
fn a_suspended_task_shows_what_is_durable() {
    for way in WAYS {
        let world = World::new();
        let gate = world.gate();
        let _worker = world.worker("");
        let script = format!("{PROGRAM} progress 3 || exit 78\n{}", gate.pass());
        let task = world.submit(&format!("--range 1..20 -b 10 {way}"), &script);
        wait_for_done(&world, task, 3);
        world.expect(0, &format!("suspend {task} --force"));
        world.wait_for_state(task, StateWord::Suspend);
        assert_eq!(world.view(task).items_done, 0);
    }
}
