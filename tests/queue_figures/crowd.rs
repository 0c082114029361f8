//! A running task beside suspended ones whose queues are full, against one that is alone.

use std::num::NonZeroUsize;

use longhaul_common::spec::{Queue, Way};

use crate::beat::{self, Beats, stop};
use crate::lab::Lab;
use crate::parked::park;
use crate::rabbit_server;
use crate::redis::queue_at;
use crate::redis_server;
use crate::sample::Rounds;
use crate::store::{SLICE, SLOTS};
use crate::table::{Goal, Row};

/// Suspended tasks.
const OTHERS: NonZeroUsize = NonZeroUsize::new(10).expect("ten is not zero");

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let mut rows = vec![beside(lab, "store", &Queue::default())];
    if let Some(server) = redis_server::Server::start() {
        rows.push(beside(lab, "Redis", &queue_at(&server.address())));
    }
    if let Some(server) = rabbit_server::Server::start() {
        rows.push(beside(lab, "RabbitMQ", &queue_at(&server.address())));
    }
    rows
}

fn beside(lab: &Lab, place: &str, queue: &Queue) -> Row {
    // So that each has a batch in flight.
    let narrow = Queue {
        parallel: 1,
        ..queue.clone()
    };
    let crowded = lab.store(&format!("crowded-{place}"));
    let worker = beat::shut_worker(&crowded, OTHERS);
    let others = (0..OTHERS.get()).map(|_| {
        let task = beat::task(Way::Queued(narrow.clone()));
        let submitted = crowded.submit(task).expect("it can be submitted");
        submitted.number
    });
    park(&crowded, &others.collect::<Vec<_>>());
    stop(worker);
    let crowded = Beats::start_queued(&crowded, SLOTS, queue.clone());
    let alone = lab.store(&format!("alone-{place}"));
    let alone = Beats::start_queued(&alone, SLOTS, queue.clone());
    let mut rounds = Rounds::default();
    for round in 0..lab.pick(40, 4) {
        rounds.take(round, || crowded.slice(SLICE), || alone.slice(SLICE));
    }
    crowded.stop();
    alone.stop();
    Row {
        figure: format!(
            "empty batches/s of a task through {place} beside {OTHERS} suspended ones of its kind with full queues, \
             against alone"
        ),
        measured: rounds.told("/s"),
        value: rounds.times(),
        goal: Goal::AtLeast(0.95),
    }
}
