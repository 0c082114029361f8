//! What is wrong with a broker is said where the task is submitted, and nothing is written.

use crate::harness::World;
use crate::rabbit::Rabbit;
use crate::redis::Redis;
use crate::server::Broker;

#[track_caller]
fn refused(world: &World, address: &str) -> String {
    let output = world.cli(["submit", "--queue", address, "--", "true"]);
    assert_eq!(output.code, Some(2), "{address}: {output:?}");
    assert_eq!(output.stdout, "");
    let tasks = world
        .control()
        .store()
        .list(9, |_| true)
        .expect("it can be read");
    assert!(tasks.rows.is_empty());
    output.stderr
}

#[track_caller]
fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "\"{word}\" in {said}");
    }
}

#[test]
fn an_address_that_is_none_is_a_mistake() {
    let world = World::new();
    says(
        &refused(&world, "kafka://localhost"),
        &["--queue", "redis://", "amqp://"],
    );
    says(&refused(&world, "redis://"), &["--queue"]);
    says(
        &refused(&world, "redis://localhost/seven"),
        &["--queue", "redis://localhost/1"],
    );
    says(&refused(&world, "shop"), &["--queue"]);
}

#[test]
fn a_broker_that_is_not_there_is_told_of_at_once() {
    let world = World::new();
    for address in ["redis://127.0.0.1:1", "amqp://127.0.0.1:1"] {
        says(
            &refused(&world, address),
            &["127.0.0.1:1", "can't be reached"],
        );
    }
}

#[test]
fn a_wrong_password_of_a_redis_is_told_of_and_none_is_shown() {
    let Some(broker) = Redis::with(&["--requirepass", "sesame"]) else {
        return;
    };
    let world = World::new();
    let port = broker.port();
    let said = refused(&world, &format!("redis://:tulip@127.0.0.1:{port}"));
    says(&said, &["refuses", "password"]);
    assert!(!said.contains("tulip"), "{said}");
    says(
        &refused(&world, &format!("redis://127.0.0.1:{port}")),
        &["refuses", "password"],
    );
    let beyond = format!("redis://:sesame@127.0.0.1:{port}/9999");
    let said = refused(&world, &beyond);
    says(&said, &["refuses", "9999"]);
    assert!(!said.contains("sesame"), "{said}");
    let fine = world.submit(&format!("--queue {}", broker.address()), "true");
    let worker = world.worker("--once");
    world.wait_exits(fine, 0);
    drop(worker);
    // Nowhere in what people see.
    for verb in ["show", "events", "queue"] {
        let output = world.cli([verb, "1"]);
        assert!(!output.stdout.contains("sesame"), "{verb}: {output:?}");
    }
    let output = world.cli(["show", "1", "--json"]);
    assert!(!output.stdout.contains("sesame"), "{output:?}");
}

#[test]
fn a_wrong_password_or_virtual_host_of_a_rabbitmq_is_told_of_and_none_is_shown() {
    let Some(broker) = Rabbit::start() else {
        return;
    };
    let world = World::new();
    let (user, port) = (broker.user(), broker.port());
    let said = refused(&world, &format!("amqp://{user}:tulip@127.0.0.1:{port}"));
    says(&said, &["refuses", "password"]);
    assert!(!said.contains("tulip"), "{said}");
    let said = refused(&world, &format!("{}/elsewhere", broker.address()));
    says(&said, &["refuses", "elsewhere"]);
    assert!(!said.contains(broker.password()), "{said}");
}
