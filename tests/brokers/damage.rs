//! Queues that somebody tampers with.

use longhaul_common::event::What;
use longhaul_common::id::TaskId;

use crate::harness::wait_until;
use crate::scene::Scene;
use crate::server::Broker;

/// While it runs and while it rests.
fn is_removed<B: Broker>(broker: B) {
    let scene = Scene::begin(broker, 300);
    scene.broker.remove(scene.id());
    scene.wait_for_batches(80);
    scene.suspend();
    scene.broker.remove(scene.id());
    scene.resume();
    scene.ends_well();
}

/// A task that rests is filled up once it goes on; one whose messages get lost under it is told of.
fn loses_messages<B: Broker>(broker: B) {
    let scene = Scene::begin(broker, 300);
    scene.suspend();
    scene.broker.lose_some(scene.id());
    scene.resume();
    scene.ends_well();
}

/// Batches that take long, so that what waits behind them is known to be lost.
#[allow(clippy::needless_pass_by_value, reason = "called as the others are")]
fn loses_what_waits<B: Broker>(broker: B) {
    let world = crate::harness::World::new();
    let gate = world.gate();
    let task = world.submit(
        &format!(
            "--range 1..40 --batch-size 1 --parallel 2 --queue {}",
            broker.address()
        ),
        &gate.pass(),
    );
    let worker = world.worker("--concurrency 2");
    let id = world.row(task).spec.id;
    let backlog = || world.row(task).backlog.expect("it has a queue");
    wait_until("two in flight, the others sent", || {
        backlog().begun.len() == 2 && broker.messages(id) >= 38
    });
    broker.lose_some(id);
    wait_until("it is told that messages were lost", || {
        backlog().sent_again > 0
    });
    assert!(!world.events_that(task, What::QueueHealed).is_empty());
    wait_until("the queue holds what waits again", || {
        broker.messages(id) >= 38
    });
    gate.release(40);
    world.wait_exits(task, 0);
    assert_eq!(world.view(task).batches_done, 40);
    assert_eq!(worker.stop(), Some(0));
}

/// Garbage, another task's messages, and our own once more.
fn holds_foreign_messages<B: Broker>(broker: B) {
    let scene = Scene::begin(broker, 300);
    scene.suspend();
    let other = TaskId::new();
    for body in [
        "rubbish".to_owned(),
        String::from("\u{1b}[31m"),
        format!("longhaul {other} 7"),
        format!("longhaul {} 999999999", scene.id()),
        format!("longhaul {} 3", scene.id()),
    ] {
        scene.broker.put(scene.id(), &body);
    }
    scene.resume();
    let task = scene.task;
    let world = scene.ends_well();
    let backlog = world.row(task).backlog.expect("it has a queue");
    assert!(backlog.foreign >= 4, "{backlog:?}");
    assert!(backlog.redelivered >= 1, "{backlog:?}");
}

/// What is fed while it runs goes the same way.
#[allow(clippy::needless_pass_by_value, reason = "called as the others are")]
fn carries_what_is_fed<B: Broker>(broker: B) {
    let world = crate::harness::World::new();
    let options = format!("--feed --batch-size 2 --queue {}", broker.address());
    let task = world.submit(&options, "cat >/dev/null");
    let workers = [(); 2].map(|()| world.worker("--concurrency 2"));
    for round in 1..=5_u64 {
        let feeding = world.command(["feed", &task.to_string()]);
        let output = world.finish(feeding, b"one\ntwo\nthree\n");
        assert_eq!(output.stdout.trim(), "3", "{output:?}");
        wait_until("what was fed is done", || {
            world.view(task).items_done == 3 * round
        });
    }
    world.expect(0, &format!("close {task}"));
    world.wait_exits(task, 0);
    assert_eq!(world.view(task).items_total, Some(15));
    assert_eq!(broker.messages(world.row(task).spec.id), 0);
    for worker in workers {
        assert_eq!(worker.stop(), Some(0));
    }
}

both! {
    a_stream_that_was_removed_is_made_anew a_queue_that_was_removed_is_made_anew is_removed;
    a_stream_with_half_of_its_messages_is_filled_up a_queue_without_its_messages_is_filled_up loses_messages;
    a_loss_from_a_stream_is_noticed_and_told a_loss_from_a_queue_is_noticed_and_told loses_what_waits;
    a_stream_carries_what_is_fed a_queue_carries_what_is_fed carries_what_is_fed;
    what_is_foreign_in_a_stream_is_refused what_is_foreign_in_a_queue_is_refused holds_foreign_messages;
}
