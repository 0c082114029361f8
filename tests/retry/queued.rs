//! What failed of a task with a queue is tried again in the place that its number has there.

use longhaul_common::event::What;

use crate::harness::{World, assert_each_done_once, wait_until};
use crate::scene::{Scene, numbers};

#[test]
fn where_the_order_counts_the_lowest_number_comes_first() {
    let scene = Scene::new();
    let world = &scene.world;
    let _worker = world.worker("");
    let options = "--range 1..8 --batch-size 1 --ordered --parallel 1";
    let task = scene.submit(options, "2|4");
    wait_until("the first batch", || scene.record.count() == 1);
    scene.let_through(4);
    scene.mend();
    world.expect(0, &format!("retry {task}"));
    scene.gate.release(9);
    world.wait_exits(task, 0);
    assert_eq!(
        scene.record.items(),
        numbers([1, 2, 3, 4, 5, 2, 4, 6, 7, 8])
    );
}

#[test]
fn what_was_fed_and_failed_is_kept_until_it_is_done() {
    let scene = Scene::new();
    let world = &scene.world;
    let _worker = world.worker("");
    let task = scene.submit("--feed --batch-size 1 --parallel 1", "two|four");
    let feed = |text: &str| {
        let fed = world.finish(world.command(["feed", &task.to_string()]), text.as_bytes());
        assert_eq!(fed.code, Some(0), "{fed:?}");
    };
    scene.gate.release(99);
    feed("one\ntwo\nthree\nfour\n");
    wait_until("all were tried", || scene.record.count() == 4);
    wait_until("two failed", || world.view(task).items_failed == 2);
    // In vain, and then not.
    world.expect(0, &format!("retry {task}"));
    wait_until("two were tried again", || scene.record.count() == 6);
    wait_until("two failed", || world.view(task).items_failed == 2);
    assert_eq!(scene.items(task, "failed"), ["two", "four"]);
    scene.mend();
    world.expect(0, &format!("retry {task}"));
    wait_until("all are done", || world.view(task).items_done == 4);
    feed("five\n");
    wait_until("the last is done", || world.view(task).items_done == 5);
    let trimmed = || world.row(task).fed.map(|fed| fed.trimmed);
    wait_until("nothing of them is kept", || trimmed() == Some(5));
    world.expect(0, &format!("close {task}"));
    world.wait_exits(task, 0);
    assert_eq!(world.view(task).items_failed, 0);
    let again: Vec<_> = scene.record.items().split_off(4);
    for (item, times) in [("two", 2), ("four", 2), ("five", 1)] {
        let those = again.iter().filter(|one| *one == item);
        assert_eq!(those.count(), times, "{again:?}");
    }
}

#[test]
fn a_task_that_was_fed_and_closed_tries_what_failed_again_before_it_ends() {
    let scene = Scene::new();
    let world = &scene.world;
    let _worker = world.worker("");
    let task = scene.submit("--feed --batch-size 1 --parallel 1", "two");
    let fed = world.finish(
        world.command(["feed", &task.to_string()]),
        b"one\ntwo\nthree\n",
    );
    assert_eq!(fed.code, Some(0), "{fed:?}");
    world.expect(0, &format!("close {task}"));
    wait_until("the first batch", || scene.record.count() == 1);
    scene.let_through(2);
    scene.mend();
    world.expect(0, &format!("retry {task}"));
    scene.gate.release(9);
    world.wait_exits(task, 0);
    assert_eq!(scene.record.items(), ["one", "two", "three", "two"]);
    let none: [&str; 0] = [];
    assert_eq!(scene.items(task, "failed"), none);
}

#[test]
fn many_at_once_try_what_failed_again_while_others_go_on() {
    let world = World::new();
    let workers = [(); 2].map(|()| world.worker("--concurrency 4"));
    let (seen, mended) = (world.path("seen"), world.path("mended"));
    // A line is written in one piece.
    let script = format!(
        "read -r item\n[ -e '{}' ] || [ $((item % 3)) != 0 ] || exit 65\necho $LONGHAUL_BATCH_KEY $item >>'{}'",
        mended.display(),
        seen.display()
    );
    let gate = world.gate();
    let last = format!("[ $LONGHAUL_BATCH != 299 ] || {}", gate.pass());
    let task = world.submit(
        "--range 1..300 --batch-size 1 --parallel 6 --depth 16",
        &(last + &script),
    );
    wait_until("some failed", || world.view(task).batches_failed > 10);
    // Some of these fail again.
    world.expect(0, &format!("retry {task}"));
    wait_until("more failed", || world.view(task).batches_failed > 20);
    wait_until("all but the last were tried", || {
        let view = world.view(task);
        view.batches_done + view.batches_failed == 299
    });
    world.file("mended", "");
    world.expect(0, &format!("retry {task}"));
    wait_until("all but the last are done", || {
        world.view(task).batches_done == 299
    });
    gate.release(1);
    world.wait_exits(task, 0);
    assert_eq!(world.events_that(task, What::QueuedAgain).len(), 2);
    assert_each_done_once(&seen, 300);
    for worker in workers {
        assert_eq!(worker.stop(), Some(0));
    }
    world.expect(0, "doctor");
}
