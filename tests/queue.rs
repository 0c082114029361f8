//! Tasks with a queue of their own, whose batches any number of workers perform.

mod harness;

#[path = "queue/asked.rs"]
mod asked;
#[path = "queue/campaign.rs"]
mod campaign;
#[path = "queue/coordinator.rs"]
mod coordinator;
#[path = "queue/deserted.rs"]
mod deserted;
#[path = "queue/failing.rs"]
mod failing;
#[path = "queue/hooks.rs"]
mod hooks;
#[path = "queue/order.rs"]
mod order;
#[path = "harness/rabbit.rs"]
mod rabbit_server;
#[allow(dead_code, reason = "its own tests use all of it")]
#[path = "harness/redis.rs"]
mod redis_server;
#[path = "queue/slots.rs"]
mod slots;
#[path = "queue/witness.rs"]
mod witness;

use harness::{World, wait_until};
use longhaul_common::backlog::Backlog;
use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;

/// What is planned and not done of a task.
#[track_caller]
fn backlog(world: &World, task: TaskNumber) -> Backlog {
    world.row(task).backlog.expect("it has a queue")
}

/// Waits until so many batches are in flight.
#[track_caller]
fn wait_for_flight(world: &World, task: TaskNumber, batches: usize) {
    wait_until(&format!("{batches} batches in flight"), || {
        backlog(world, task).begun.len() == batches
    });
}

/// A suspended task holds nothing: no claim, no batch, no lock, and no process runs for it.
#[track_caller]
fn assert_rests(world: &World, task: TaskNumber, slots: u16) {
    let row = world.row(task);
    assert_eq!((row.state.word, row.claim), (StateWord::Suspend, None));
    let backlog = row.backlog.expect("it has a queue");
    assert!(!backlog.serving && backlog.begun.is_empty(), "{backlog:?}");
    let locks = BatchLocks::open(world.store_dir()).expect("batches ran");
    for slot in 0..=slots {
        let free = locks.is_free(task, slot).expect("the locks can be read");
        assert!(free, "the lock of slot {slot} is held");
    }
}
