mod faults;
mod queue;
mod refusals;
#[path = "../../../../tests/harness/redis.rs"]
#[allow(dead_code, reason = "end-to-end tests use the rest")]
mod server;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use longhaul_common::id::{BatchNumber, TaskId};
use server::Server;

use super::link::Link;
use super::{RedisQueue, open, read};
use crate::broker::{Delivery, Depth, Mailbox, Message, TaskQueue};

const DEADLINE: Duration = Duration::from_secs(10);

/// Waits until something is so.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(
            began.elapsed() < DEADLINE,
            "not so after {DEADLINE:?}: {what}"
        );
        sleep(Duration::from_millis(2));
    }
}

/// Counts how often it was rung.
#[derive(Clone, Default)]
struct Ear(Arc<AtomicU64>);

impl Ear {
    fn ring(&self) -> Arc<dyn Fn() + Send + Sync> {
        let heard = Arc::clone(&self.0);
        Arc::new(move || {
            heard.fetch_add(1, Ordering::SeqCst);
        })
    }

    fn heard(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    #[track_caller]
    fn hears_more_than(&self, before: u64) {
        wait_until("rung", || self.heard() > before);
    }
}

/// The queue as another process has it: over a connection of its own.
fn another(server: &Server, task: TaskId) -> RedisQueue {
    let address = read(&server.address()).unwrap();
    RedisQueue::new(Link::alone(&address).unwrap(), task)
}

fn stream(task: TaskId) -> String {
    format!("longhaul:{task}")
}

fn numbers(numbers: std::ops::Range<u64>) -> Vec<BatchNumber> {
    numbers.map(BatchNumber).collect()
}

fn batch(delivery: &Delivery) -> u64 {
    match delivery.message {
        Message::Batch(BatchNumber(number)) => number,
        Message::Foreign => panic!("a foreign message"),
    }
}

#[track_caller]
fn take(mailbox: &dyn Mailbox) -> Delivery {
    mailbox.take().unwrap().expect("a message is there")
}

fn depth(ready: u64, unacknowledged: u64) -> Depth {
    Depth {
        ready,
        unacknowledged: Some(unacknowledged),
    }
}

/// Acknowledging is not waited for.
#[track_caller]
fn depth_becomes(queue: &dyn TaskQueue, ready: u64, unacknowledged: u64) {
    let goal = depth(ready, unacknowledged);
    wait_until("as many messages", || queue.depth().unwrap() == goal);
}

fn silent() -> Arc<dyn Fn() + Send + Sync> {
    Arc::new(|| {})
}

fn opened(server: &Server, task: TaskId) -> Box<dyn TaskQueue> {
    open(&server.address(), task).unwrap()
}
