//! A worker that is killed: the next one ends what is left of its process before it starts its own.

use super::actor::{Actor, WAYS};
use crate::harness::{World, runs, wait_until};

#[test]
fn the_process_of_a_killed_worker_is_ended_before_another_starts() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let first = world.worker("");
        // It ignores the end of its input, and what it started has lost its key.
        let hang = "
note('child', subprocess.Popen(['env', '-i', 'sleep', '1000'], close_fds=False).pid)
note('hangs', os.getpid())
while True: time.sleep(1000)
";
        let task = actor.submit(
            &world,
            &format!("--range 1..3 -b 1 {way}"),
            &[("1/1", hang), ("start", "left()")],
        );
        wait_until("a batch that hangs", || !actor.notes("hangs").is_empty());
        first.kill();
        let old = actor.starts()[0];
        assert!(runs(old), "it does not end by itself");
        let _second = world.worker("");
        world.wait_exits(task, 0);
        assert!(!runs(old));
        // Two at once would have shown in the record.
        assert_eq!(actor.starts().len(), 2);
        assert_eq!(actor.runs.attempts(), [1, 1, 2, 1]);
        assert_eq!(actor.notes("left"), Vec::<String>::new());
        actor.wait_until_gone();
    }
}

#[test]
fn a_request_on_the_task_of_a_dead_worker_ends_its_process_too() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let first = world.worker("");
        let hang = "note('hangs', os.getpid())\nwhile True: time.sleep(1000)";
        let task = actor.submit(&world, &format!("--range 1..3 -b 1 {way}"), &[("1", hang)]);
        wait_until("a batch that hangs", || !actor.notes("hangs").is_empty());
        first.kill();
        world.expect(0, &format!("terminate {task} --wait --timeout 10s"));
        actor.wait_until_gone();
        world.wait_exits(task, 8);
    }
}

#[test]
fn a_process_that_waits_for_its_next_batch_is_ended_too_when_its_worker_was_killed() {
    let world = World::new();
    let actor = Actor::new(&world);
    let first = world.worker("");
    // Its only batch is to be tried again in a minute: nothing is in flight.
    let plan = [
        (
            "0/1",
            "first = not os.path.exists(record + '.said'); note('said', 1); say(error='later') if first else say(ok=True)",
        ),
        ("before", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"),
        ("end", "time.sleep(1000 if first else 0)"),
    ];
    let task = actor.submit(&world, "--range 1..2 -b 1 --backoff 60s", &plan);
    wait_until("a failed attempt", || world.view(task).retries == 1);
    let old = actor.starts()[0];
    assert!(runs(old));
    first.kill();
    let _second = world.worker("");
    wait_until("its end", || !runs(old));
    world.expect(0, &format!("suspend {task}"));
    world.expect(0, &format!("resume {task}"));
    world.wait_exits(task, 0);
    assert_eq!(actor.starts().len(), 2);
}

#[test]
fn whose_names_the_task_of_a_persistent_process() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        let hang = "note('hangs', os.getpid())\nwhile True: time.sleep(1000)";
        let task = actor.submit(&world, &format!("--range 1..3 -b 1 {way}"), &[("0", hang)]);
        wait_until("a batch that hangs", || !actor.notes("hangs").is_empty());
        let pid = actor.starts()[0];
        let told = world.expect(0, &format!("whose {pid}")).stdout;
        assert!(
            told.contains(&format!("task {task}: persistent command")),
            "{told}"
        );
        assert!(!told.contains("which is over"), "{told}");
        let json = world.expect(0, &format!("whose {pid} --json")).json();
        assert_eq!(json["persistent"], true);
        assert_eq!(json["over"], false);
    }
}
