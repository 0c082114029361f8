//! How many batches run at once, and in which order they begin.

use std::collections::BTreeSet;

use crate::harness::{World, wait_for_growth, wait_until};
use crate::witness::{Note, Witness};
use crate::{backlog, wait_for_flight};

#[test]
fn as_many_batches_run_at_once_as_were_asked_for_over_all_workers_and_never_more() {
    let world = World::new();
    let (witness, gate) = (Witness::new(&world, "witness"), world.gate());
    let _workers = [(); 3].map(|()| world.worker("--concurrency 2"));
    let task = world.submit(
        "--range 1..40 --batch-size 1 --queue store --parallel 4",
        &witness.around(&gate.pass()),
    );
    witness.wait_for(4);
    wait_for_flight(&world, task, 4);
    let performers: BTreeSet<u32> = witness.begun().iter().map(|note| note.worker).collect();
    assert!(performers.len() > 1, "one worker alone: {performers:?}");
    gate.release(40);
    world.wait_exits(task, 0);
    assert_eq!(witness.most_at_once(), 4);
    assert_eq!(witness.assert_whole(40, 40), 0);
}

#[test]
fn planning_runs_no_further_ahead_than_it_was_asked_to() {
    let world = World::new();
    let (witness, gate) = (Witness::new(&world, "witness"), world.gate());
    let _worker = world.worker("--concurrency 2");
    let task = world.submit(
        "--range 1..1000 --batch-size 1 --queue store --depth 10",
        &witness.around(&gate.pass()),
    );
    for passed in 0..30 {
        witness.wait_for(passed + 2);
        let waiting = backlog(&world, task).waiting();
        assert!(waiting <= 10, "{waiting} batches are planned ahead");
        gate.release(1);
    }
}

/// How many of the lower numbers had not ended yet when a batch began first.
fn passed_over(notes: &[Note]) -> usize {
    let mut most = 0;
    let mut seen = BTreeSet::new();
    for (place, note) in notes.iter().enumerate() {
        if note.is_end || !seen.insert(note.batch) {
            continue;
        }
        let ended: BTreeSet<u64> = notes[..place]
            .iter()
            .filter(|note| note.is_end)
            .map(|note| note.batch)
            .collect();
        let open = (0..note.batch).filter(|batch| !ended.contains(batch));
        most = most.max(open.count());
    }
    most
}

#[test]
fn ordered_batches_begin_in_the_order_of_their_numbers_also_after_a_retry() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let _workers = [(); 3].map(|()| world.worker("--concurrency 2"));
    let task = world.submit(
        "--range 1..60 --batch-size 1 --queue store --parallel 3 --ordered --backoff 50ms",
        &witness.around("[ $((LONGHAUL_BATCH % 7)) != 3 ] || [ $LONGHAUL_ATTEMPT != 1 ] || exit 1"),
    );
    wait_for_growth("batches in order", 60, || world.view(task).batches_done);
    world.wait_exits(task, 0);
    // Two of those before it may still run.
    let most = passed_over(&witness.notes());
    assert!(most <= 2, "{most} batches before one had not begun");
    assert_eq!(world.view(task).retries, 9);
    assert_eq!(witness.assert_whole(60, 60), 9);
}

#[test]
fn a_batch_that_waits_for_its_next_attempt_keeps_no_other_waiting_and_starts_anew_at_a_resume() {
    let world = World::new();
    let (witness, mended) = (Witness::new(&world, "witness"), world.path("mended"));
    let _workers = [(); 2].map(|()| world.worker("--concurrency 2"));
    let script = format!(
        "[ $LONGHAUL_BATCH != 0 ] || [ -e '{}' ] || exit 1",
        mended.display()
    );
    let task = world.submit(
        "--range 1..20 --batch-size 1 --queue store --backoff 60s",
        &witness.around(&script),
    );
    wait_until("the others", || world.view(task).batches_done == 19);
    assert_eq!(witness.attempts(0), [1]);
    let tried = backlog(&world, task).tried;
    assert_eq!((tried.len(), tried[0].attempts), (1, 1));
    assert!(tried[0].not_before.is_some());

    world.file("mended", "");
    world.expect(0, &format!("suspend {task} --wait --timeout 10s"));
    world.expect(0, &format!("resume {task}"));
    world.wait_exits(task, 0);
    assert_eq!(witness.attempts(0), [1, 1]);
    assert_eq!(witness.assert_whole(20, 20), 1);
}
