//! Workers that die around a batch.

use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::event::What;
use longhaul_common::state::StateWord;

use crate::harness::{World, runs, wait_until};
use crate::{KILL, keep_a_worker_until};

#[test]
fn the_next_worker_ends_what_is_left_of_a_batch_and_runs_the_same_items_under_the_same_key() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let first = world.worker("");
    let task = world.submit(
        "--range 1..6 --batch-size 3",
        &(record.note() + &gate.pass()),
    );
    wait_until("the batch", || record.count() == 1);
    let (dead, left) = (first.number(), record.runs()[0].pid);
    first.kill();
    assert!(
        runs(left),
        "the batch ended with its worker: nothing to clear"
    );

    let _second = world.worker("");
    wait_until("the batch again", || record.count() == 2);
    assert!(!runs(left), "what was left of it still runs");
    let both = record.runs();
    assert_eq!(both[0].same(), both[1].same());
    assert_eq!(record.attempts(), [1, 2]);
    gate.release(2);
    world.wait_exits(task, 0);

    let taken = world.events_that(task, What::TakenOver);
    assert_eq!(taken.len(), 1);
    let said = format!("from worker {dead}, which died");
    assert_eq!(taken[0].detail.as_deref(), Some(said.as_str()));
    let shown = world.expect(0, &format!("show {task}")).stdout;
    assert!(shown.contains(&said), "{shown}");
}

#[test]
fn a_batch_that_was_done_but_not_recorded_runs_once_more_and_no_other_does() {
    let world = World::new();
    let record = world.record();
    // The very last that it does.
    let script = format!(
        "{}[ $LONGHAUL_BATCH-$LONGHAUL_ATTEMPT != 1-1 ] || {KILL}",
        record.note()
    );
    let task = world.submit("--range 1..3 --batch-size 1", &script);
    let _worker = keep_a_worker_until(&world, "its end", || {
        world.view(task).current_state == StateWord::Terminate
    });
    assert_eq!(record.items(), ["1", "2", "2", "3"]);
    assert_eq!(record.attempts(), [1, 1, 2, 1]);
    let view = world.view(task);
    assert_eq!((view.items_done, view.batches_failed), (3, 0));
}

#[test]
fn a_worker_killed_between_its_claim_and_the_start_of_a_batch_or_an_init_has_started_nothing() {
    for (init, state) in [("", StateWord::Run), ("--init true", StateWord::Init)] {
        let world = World::new();
        let record = world.record();
        let task = world.submit(
            &format!("--range 1..2 --batch-size 1 {init}"),
            &record.note(),
        );
        // Nothing starts while the lock is somebody else's.
        let locks = BatchLocks::open(world.store_dir()).expect("the store has its locks");
        let lock = locks.lock(task, 0).expect("it can be asked for");
        let first = world.worker("");
        wait_until("a worker that is about to start it", || {
            let row = world.row(task);
            row.claim.is_some() && row.state.word == state
        });
        first.kill();
        assert_eq!(world.row(task).state.word, state);
        assert_eq!(locks.read_record(task, 0).expect("it can be read"), None);
        lock.expect("it was free").unlock().expect("it is ours");

        let _second = world.worker("");
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2"]);
        // Nobody can tell that it was not the batch that killed its worker.
        assert_eq!(record.attempts(), [2, 1]);
        assert!(world.events_that(task, What::Killed).is_empty());
    }
}

#[test]
fn the_feed_tells_of_a_takeover_what_it_ended_and_which_attempt_follows() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let first = world.worker("");
    let script = format!("{}{}[ $LONGHAUL_ATTEMPT = 3 ]", record.note(), gate.pass());
    let task = world.submit("--backoff 10ms", &script);
    wait_until("the batch", || record.count() == 1);
    first.kill();
    let _second = world.worker("");
    wait_until("the batch again", || record.count() == 2);
    gate.release(2);
    world.wait_exits(task, 0);
    assert_eq!(record.attempts(), [1, 2, 3]);

    let left = record.runs()[0].pid;
    let story = [
        "claimed by worker 1".to_owned(),
        "INIT → RUN by worker 1".to_owned(),
        "RUN → INIT, taken over by worker 2: from worker 1, which died".to_owned(),
        format!("processes killed by worker 2: {left} (sh)"),
        "INIT → RUN by worker 2".to_owned(),
        "batch 0 failed (attempt 2): exit status 1".to_owned(),
        "RUN → TERMINATE completed by worker 2".to_owned(),
    ];
    let told: Vec<_> = world
        .events(task)
        .iter()
        .map(longhaul_common::event::Event::sentence)
        .collect();
    assert_eq!(told[1..], story);
    for verb in ["events", "show"] {
        let shown = world.expect(0, &format!("{verb} {task}")).stdout;
        for sentence in &story[2..4] {
            assert!(shown.contains(sentence), "{verb}: {shown}");
        }
    }
}
