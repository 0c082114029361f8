//! Several operators have the same failures tried again in the same moment: it happens once.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;

use crate::harness::{Output, World, wait_until};

/// How many ask in the same moment.
const ASK: usize = 8;

/// What became of those who asked; one of them got it.
fn asked_at_once(world: &World, task: TaskNumber) -> Vec<Output> {
    let asking = [(); ASK].map(|()| world.start(["retry", &task.to_string()]));
    let answers: Vec<Output> = asking.into_iter().map(|one| one.ended()).collect();
    let codes = |code| {
        let those = answers.iter().filter(|answer| answer.code == Some(code));
        those.count()
    };
    assert_eq!((codes(0), codes(3)), (1, ASK - 1), "{answers:?}");
    answers
}

#[test]
fn of_many_who_retry_an_ended_task_one_makes_the_task() {
    let world = World::new();
    let worker = world.worker("");
    let task = world.submit("--range 1..3 --batch-size 1", "exit 65");
    world.wait_exits(task, 1);
    assert_eq!(worker.stop(), Some(0));
    let answers = asked_at_once(&world, task);
    let again = world.view(task).retried_by.expect("one was made");
    assert_eq!(again, TaskNumber(2));
    // The next one has the next number.
    assert_eq!(world.submit("", "true"), TaskNumber(3));
    let told = format!("is tried again by task {again} already");
    let refused = answers.iter().filter(|answer| answer.code == Some(3));
    for answer in refused {
        assert!(answer.stderr.contains(&told), "{answer:?}");
    }
}

#[test]
fn of_many_who_retry_a_live_task_one_queues_its_failures() {
    for way in ["", "--queue store --parallel 1"] {
        let world = World::new();
        let worker = world.worker("");
        let options = format!("--range 1..9 --batch-size 1 --max-failures 2 {way}");
        let task = world.submit(&options, "exit 65");
        wait_until("its budget is spent", || {
            world.view(task).items_failed == 3 && world.row(task).claim.is_none()
        });
        assert_eq!(worker.stop(), Some(0));
        asked_at_once(&world, task);
        let events = world.events_that(task, What::QueuedAgain);
        assert_eq!(events.len(), 1, "{events:?}");
        let view = world.view(task);
        assert_eq!((view.items_failed, view.batches_failed), (0, 0));
        assert_eq!(world.row(task).progress.items_failed, 0);
    }
}
