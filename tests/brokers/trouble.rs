//! A broker that dies, hangs, is full, or is cut off while batches run.

use longhaul_common::event::What;

use crate::rabbit::Rabbit;
use crate::redis::Redis;
use crate::scene::Scene;
use crate::server::Broker;

fn dies<B: Broker>(broker: B) {
    let mut scene = Scene::held(broker, 300);
    scene.broker.kill();
    scene.let_run();
    scene.wait_until_unreachable();
    scene.broker.restart();
    let task = scene.task;
    let world = scene.ends_well();
    assert_eq!(world.events_that(task, What::QueueBack).len(), 1);
}

/// Nobody answers, and no connection breaks.
fn hangs<B: Broker>(broker: B) {
    let scene = Scene::held(broker, 300);
    scene.broker.stop();
    scene.let_run();
    scene.wait_until_unreachable();
    scene.broker.go_on();
    scene.ends_well();
}

fn is_full<B: Broker>(broker: B) {
    let scene = Scene::held(broker, 300);
    scene.broker.fill();
    scene.let_run();
    scene.wait_until_unreachable();
    scene.broker.make_room();
    scene.ends_well();
}

fn is_cut_off<B: Broker>(broker: B) {
    let scene = Scene::begin(broker, 300);
    for _ in 0..5 {
        scene.broker.cut();
        scene.wait_for_batches(10);
    }
    scene.ends_well();
}

/// Suspended and terminated while the broker is away: both are done without it.
fn is_not_needed_to_stop<B: Broker>(broker: B) {
    let mut scene = Scene::held(broker, 3000);
    scene.broker.kill();
    scene.let_run();
    scene.wait_until_unreachable();
    let (world, task) = (&scene.world, scene.task);
    world.expect(0, &format!("suspend {task} --wait --timeout 10s"));
    world.expect(0, &format!("resume {task}"));
    world.expect(0, &format!("terminate {task} --wait --timeout 10s"));
}

both! {
    a_redis_that_dies_and_forgets_all_costs_nothing_but_time a_rabbitmq_that_dies_costs_nothing_but_time dies;
    a_redis_that_hangs_holds_nobody_up_for_ever a_rabbitmq_that_hangs_holds_nobody_up_for_ever hangs;
    a_redis_without_memory_is_told_of_and_waited_for a_rabbitmq_without_memory_is_told_of_and_waited_for is_full;
    connections_to_a_redis_are_made_anew connections_to_a_rabbitmq_are_made_anew is_cut_off;
    a_task_ends_without_its_redis a_task_ends_without_its_rabbitmq is_not_needed_to_stop;
}

#[test]
fn a_redis_that_dies_and_keeps_its_data_costs_nothing_but_time() {
    let settings = ["--appendonly", "yes", "--appendfsync", "always"];
    if let Some(broker) = Redis::with(&settings) {
        dies(broker);
    }
}

#[test]
fn a_rabbitmq_without_disk_is_told_of_and_waited_for() {
    let Some(broker) = Rabbit::start() else {
        return;
    };
    let scene = Scene::held(broker, 300);
    scene.broker.fill_disk();
    scene.let_run();
    scene.wait_until_unreachable();
    scene.broker.make_room_on_disk();
    scene.ends_well();
}
