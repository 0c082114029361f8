//! Progress from inside a batch of a Rust task.

use longhaul_common::spec::{Queue, Way};
use longhaul_common::state::Outcome;

use crate::house::{House, Trick, stop, wait_until};

/// The second batch of 10 items tells at once that so many are done, and then says nothing: so much is shown.
#[track_caller]
fn shows(way: Way, told: u64, shown: u64) {
    let house = House::new();
    let worker = house.worker();
    let release = house.dir.path().join("release");
    let mut task = house.task(20, 1, Trick::Tells(told, release.display().to_string()));
    task.spec.way = way;
    let task = house.submit(task);
    wait_until("the batch's items are shown", || {
        house.view(task).items_done == 10 + shown
    });
    // The durable progress is that of the last checkpoint.
    let row = house.control.store().task(task).unwrap();
    assert_eq!(row.progress.items_done, 10);
    std::fs::write(release, "").unwrap();
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.items_done, view.batches_done), (20, 2));
    stop(worker);
}

#[test]
fn the_last_items_that_a_batch_tells_of_are_shown_while_it_runs() {
    shows(Way::Direct, 7, 7);
    shows(Way::Queued(Queue::default()), 7, 7);
}

#[test]
fn more_items_than_the_batch_has_are_all_of_them() {
    shows(Way::Direct, 1_000, 10);
    shows(Way::Queued(Queue::default()), 1_000, 10);
}
