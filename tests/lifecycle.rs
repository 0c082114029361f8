//! A long task through suspension, new processes and a killed worker: nothing lost, nothing twice.

mod harness;

use harness::{Record, World, runs, wait_for_growth, wait_until};
use longhaul_common::event::{Event, What};
use longhaul_common::state::{Desired, Outcome, StateWord};

#[test]
fn a_task_of_two_thousand_batches_is_suspended_and_goes_on_in_new_processes_with_every_line_done_once()
 {
    let world = World::new();
    let record = world.record();
    let lines: Vec<String> = (0..20_000).map(|line| format!("line-{line}")).collect();
    let input = world.file("input", lines.join("\n") + "\n");
    let first = world.worker("--concurrency 1");
    let options = format!("--lines {} --batch-size 10 --name long", input.display());
    let task = world.submit(&options, &record.note());
    let done = || world.view(task).batches_done;
    wait_for_growth("the first third", 700, done);

    world.expect(
        0,
        "suspend long --wait --timeout 10s --actor ann --reason backup",
    );
    let view = world.view(task);
    assert_eq!(view.current_state, StateWord::Suspend);
    assert!(view.worker.is_none(), "{view:?}");
    let at_rest = view.batches_done;
    assert_eq!(record.count() as u64, at_rest);

    // Its slot is free, and what another task does in it takes longer than a batch.
    let other = world.submit("--range 1..20 --batch-size 1", "cat");
    world.wait_exits(other, 0);
    assert_eq!(record.count() as u64, at_rest);
    assert_eq!(done(), at_rest);

    let first_number = first.number();
    assert_eq!(first.stop(), Some(0));
    let second = world.worker("--concurrency 1");
    assert_eq!(world.view(task).current_state, StateWord::Suspend);
    world.expect(
        0,
        "resume long --wait --timeout 10s --actor bob --reason done",
    );
    wait_for_growth("the rest", 2000, done);
    world.wait_exits(task, 0);

    let runs = record.runs();
    let batches: Vec<u64> = runs.iter().map(|run| run.batch).collect();
    assert_eq!(batches, (0..2000).collect::<Vec<_>>());
    assert!(runs.iter().all(|run| run.attempt == 1));
    assert_eq!(record.items(), lines);
    let view = world.view(task);
    assert_eq!((view.items_done, view.items_total), (20_000, Some(20_000)));

    let story: Vec<String> = world.events(task).iter().map(tell).collect();
    let (first, second) = (first_number, second.number());
    assert_eq!(
        story,
        [
            "submitted → INIT by a user".into(),
            format!("claimed by worker {first} under epoch 1"),
            format!("state INIT → RUN by worker {first}"),
            "requested SUSPEND by ann because backup as request 1".into(),
            format!("state RUN → SUSPEND by worker {first} as request 1"),
            "requested RUN by bob because done as request 2".into(),
            format!("claimed SUSPEND → INIT by worker {second} under epoch 2"),
            format!("state INIT → RUN by worker {second}"),
            format!("state RUN → TERMINATE completed by worker {second}"),
        ]
    );
}

/// An event with everything that has to be in it.
fn tell(event: &Event) -> String {
    let mut words = vec![event.what.as_str().to_owned()];
    words.extend(event.want.map(|want| want.to_string()));
    match (event.from, event.to) {
        (Some(from), Some(to)) => words.push(format!("{from} → {to}")),
        (None, Some(to)) => words.push(format!("→ {to}")),
        (_, None) => {}
    }
    words.extend(event.outcome.map(|outcome| outcome.to_string()));
    if let Some(actor) = &event.actor {
        assert!(actor.pid > 0 && !actor.user.is_empty(), "{actor:?}");
        words.push(format!(
            "by {}",
            actor.claimed.as_deref().unwrap_or("a user")
        ));
    }
    words.extend(event.worker.map(|worker| format!("by worker {worker}")));
    words.extend(event.reason.as_ref().map(|why| format!("because {why}")));
    words.extend(event.epoch.map(|epoch| format!("under epoch {epoch}")));
    words.extend(event.request.map(|number| format!("as request {number}")));
    words.join(" ")
}

#[test]
fn another_worker_goes_on_with_the_same_items_under_the_same_key_when_a_worker_is_killed() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let first = world.worker("");
    let task = world.submit(
        "--range 1..9 --batch-size 3",
        &(record.note() + &gate.pass()),
    );
    gate.release(1);
    wait_until("the second batch", || record.count() == 2);
    let second = world.worker("");
    let killed = first.number();
    first.kill();
    wait_until("the second batch again", || record.count() == 3);

    let [_, before, after] = record.runs().try_into().expect("three runs");
    assert_eq!(before.same(), after.same());
    assert_eq!((before.attempt, after.attempt), (1, 2));
    assert!(!runs(before.pid), "the killed worker's batch still runs");
    let taken = world.events_that(task, What::TakenOver);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].worker, Some(second.number()));
    let detail = taken[0].detail.as_deref();
    assert_eq!(detail, Some(&*format!("from worker {killed}, which died")));

    gate.release(2);
    world.wait_exits(task, 0);
    let batches: Vec<u64> = record.runs().iter().map(|run| run.batch).collect();
    assert_eq!(batches, [0, 1, 1, 2]);
    assert_eq!(world.view(task).items_done, 9);
}

#[test]
fn a_request_that_a_killed_worker_did_not_reach_is_obeyed_by_the_next() {
    let world = World::new();
    let (records, gate) = ([world.record(), world.record()], world.gate());
    let first = world.worker("--concurrency 2");
    let [suspended, ended] = records.each_ref().map(|record| {
        world.submit(
            "--range 1..2 --batch-size 1",
            &(record.note() + &gate.pass()),
        )
    });
    wait_until("both batches", || {
        records.iter().all(|record| record.count() == 1)
    });
    world.expect(0, &format!("suspend {suspended}"));
    world.expect(0, &format!("terminate {ended}"));
    first.kill();
    let _second = world.worker("");
    world.wait_for_state(suspended, StateWord::Suspend);
    world.wait_for_state(ended, StateWord::Terminate);
    assert_eq!(world.view(suspended).desired_state, Desired::Suspend);
    assert_eq!(world.view(ended).outcome, Some(Outcome::Terminated));
    for run in records.iter().flat_map(Record::runs) {
        assert!(!runs(run.pid), "{run:?} still runs");
    }
}
