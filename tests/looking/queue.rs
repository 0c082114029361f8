//! `longhaul queue`, and what others tell of a task with a queue of its own.

use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::completed;
use crate::harness::{World, wait_until};

/// Waits until so many batches are in flight, and gives what `queue` says.
#[track_caller]
fn in_flight(world: &World, task: longhaul_common::id::TaskNumber, count: u64) -> Value {
    let told = || world.expect(0, &format!("queue {task} --json")).json();
    wait_until("the batches in flight", || told()["in_flight"] == count);
    told()
}

#[test]
fn a_queue_is_told_with_what_waits_and_who_performs_what() {
    let world = World::new();
    let gate = world.gate();
    let workers = [
        world.worker("--concurrency 1"),
        world.worker("--concurrency 1"),
    ];
    let options = "--name wide --range 1..40 -b 2 --queue store --parallel 2 --depth 6 --ordered";
    let task = world.submit(options, &gate.pass());
    let told = in_flight(&world, task, 2);
    for (key, value) in [("place", "store"), ("name", "wide"), ("phase", "running")] {
        assert_eq!(told[key], value, "{told}");
    }
    for (key, value) in [
        ("parallel", 2),
        ("depth", 6),
        ("redelivered", 0),
        ("foreign", 0),
    ] {
        assert_eq!(told[key], value, "{told}");
    }
    assert_eq!(told["ordered"], true);
    assert_eq!(told["serving"], true);
    let planned = told["planned"].as_u64().unwrap();
    assert_eq!(told["waiting"], planned - 2, "{told}");
    assert!(told["oldest_seconds"].as_f64().is_some(), "{told}");
    assert!(told["unreachable"].is_null() && told["unreachable_since"].is_null());
    let batches = told["batches"].as_array().unwrap();
    let mut pids: Vec<u64> = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        assert_eq!(batch["batch"], at, "{told}");
        assert_eq!(batch["attempt"], 1);
        assert_eq!(batch["condition"], "running");
        assert_eq!(batch["worker"]["alive"], true);
        pids.push(batch["worker"]["pid"].as_u64().unwrap());
    }
    pids.sort_unstable();
    let mut expected = workers.each_ref().map(|worker| u64::from(worker.pid()));
    expected.sort_unstable();
    assert_eq!(pids, expected);
    let words = world.expect(0, "queue wide").stdout;
    for part in [
        "queue      store, at most 2 at once, 6 planned ahead, in order",
        "in flight  2 batches, by 2 workers",
        "in slot 2 by worker",
        ", the oldest for ",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let listed = world.expect(0, "list").stdout;
    assert!(
        listed.contains("1 +1") || listed.contains("2 +1"),
        "{listed}"
    );
    let shown = world.expect(0, &format!("show {task} --json")).json();
    for key in [
        "planned",
        "waiting",
        "in_flight",
        "workers",
        "parallel",
        "sent_again",
    ] {
        assert_eq!(shown["queue"][key], told[key], "{key}");
    }
    gate.release(100);
    world.wait_exits(task, 0);
    let ended = world.expect(0, &format!("queue {task} --json")).json();
    assert_eq!(ended["planned"], 20);
    assert_eq!(
        (&ended["waiting"], &ended["in_flight"]),
        (&0.into(), &0.into())
    );
    assert_eq!(ended["batches"], Value::Array(Vec::new()));
    for rate in ["batches_per_second", "items_per_second"] {
        assert!(
            ended[rate].as_f64().is_some_and(|rate| rate > 0.0),
            "{ended}"
        );
    }
}

#[test]
fn a_suspension_names_the_batches_that_it_waits_for() {
    let world = World::new();
    let gate = world.gate();
    let _worker = world.worker("--concurrency 3");
    let task = world.submit("--range 1..9 -b 1 --queue store", &gate.pass());
    in_flight(&world, task, 3);
    let asked = world.expect(0, &format!("suspend {task}")).stdout;
    assert!(
        asked.contains("RUN → SUSPEND, waits for 3 batches in flight"),
        "{asked}"
    );
    let view = world.view(task);
    assert_eq!(view.phase, Phase::Suspending);
    let listed = world.expect(0, "list").stdout;
    assert!(listed.contains("waits for 3 batches in flight"), "{listed}");
    gate.release(100);
    world.wait_for_state(task, StateWord::Suspend);
    let rests = world.expect(0, &format!("queue {task}")).stdout;
    assert!(rests.contains("none may begin now"), "{rests}");
    assert!(rests.contains("in flight  0 batches\n"), "{rests}");
    let ran = world.view(task).running_seconds;
    assert!((world.view(task).running_seconds - ran).abs() < f64::EPSILON);
}

#[test]
fn a_stopped_worker_and_a_dead_one_are_told_with_their_batches() {
    let world = World::new();
    let gate = world.gate();
    let first = world.worker("--concurrency 1");
    let task = world.submit("--range 1..9 -b 1 --queue store", &gate.pass());
    in_flight(&world, task, 1);
    let second = world.worker("--concurrency 1");
    in_flight(&world, task, 2);
    second.signal(Signal::SIGSTOP);
    let told = || world.expect(0, &format!("queue {task}")).stdout;
    wait_until("it is told", || {
        told().contains("worker 2, which is stopped (SIGSTOP)")
    });
    // Whoever coordinates is stopped too: nothing is put back meanwhile.
    first.signal(Signal::SIGSTOP);
    second.signal(Signal::SIGCONT);
    second.kill();
    let words = told();
    assert!(words.contains("by worker 2, which died"), "{words}");
    let report = world.expect(0, "doctor --json").stdout;
    first.signal(Signal::SIGCONT);
    gate.release(100);
    assert!(
        report.contains("of batch 1 of task 1, whose worker is dead"),
        "{report}"
    );
    world.wait_exits(task, 0);
}

#[test]
fn a_process_of_a_slot_belongs_to_its_batch() {
    let world = World::new();
    let worker = world.worker("--concurrency 2");
    let left = world.path("left");
    let script = format!(
        "if [ $LONGHAUL_BATCH = 1 ]; then env -i LONGHAUL_STORE=$LONGHAUL_STORE \
         sh -c 'echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600'; else sleep 600; fi",
        left.display()
    );
    let task = world.submit("--range 1..9 -b 1 --queue store --parallel 2", &script);
    wait_until("its number", || left.exists());
    let pid = std::fs::read_to_string(&left).unwrap();
    let said = world.expect(0, &format!("whose {pid}")).stdout;
    assert!(
        said.contains(&format!("task {task}: batch 1, attempt 1\n")),
        "{said}"
    );
    assert!(said.contains("as the lock of the batch says"), "{said}");
    worker.kill();
}

#[test]
fn a_task_without_a_queue_says_so() {
    let world = World::new();
    let task = completed(&world, "--name plain --range 1..3", "true");
    let words = world.expect(0, &format!("queue {task}")).stdout;
    assert!(
        words.starts_with("task 1 (plain) has no queue of its own"),
        "{words}"
    );
    assert!(world.expect(0, "queue plain --json").json().is_null());
    world.expect(3, "queue nothing");
    world.expect(2, "queue");
}
