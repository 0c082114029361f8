//! Queues at a Redis: a stream per task, read through one consumer group.
//!
//! All workers read as one consumer, since who has taken a message is of no interest: it is acknowledged as soon as
//! its batch has begun, so one that stays unacknowledged for long was lost with its worker, and whoever looks at the
//! depth puts it back. Nothing is fetched ahead, so no message ever lies in a process that can't perform it. Whoever
//! puts a message into a stream publishes that on a channel of the same name: no connection blocks to wait.

mod bells;
mod client;
mod link;
mod mailbox;
mod stream;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use longhaul_common::broker_address::BrokerAddress;
use longhaul_common::id::{BatchNumber, TaskId};

use super::{BrokerError, Depth, Mailbox, TaskQueue};
use bells::Bell;
use link::Link;
use mailbox::RedisMailbox;

/// How often those who wait are told of messages that nobody takes.
const REMINDER: Duration = Duration::from_secs(1);

/// The queue of a task at a Redis.
#[derive(Debug)]
pub(crate) struct RedisQueue {
    link: Arc<Link>,
    task: TaskId,
    stream: Arc<str>,
    born: Instant,
    /// Milliseconds of its age at the last reminder, plus one.
    reminded: AtomicU64,
}

/// The queue of `task` at the Redis of this address. Connects to nothing yet.
pub(crate) fn open(address: &str, task: TaskId) -> Result<Box<dyn TaskQueue>, BrokerError> {
    let link = Link::shared(&read(address)?)?;
    Ok(Box::new(RedisQueue::new(link, task)))
}

/// Tries once, under a name of its own, all that a task will ask of the Redis of this address.
pub(crate) fn check(address: &str) -> Result<(), BrokerError> {
    let link = Link::alone(&read(address)?)?;
    let queue = RedisQueue::new(Arc::clone(&link), TaskId::new());
    let (stream, task) = (Arc::clone(&queue.stream), queue.task);
    let too_old = link.call(async move |mut line| {
        let version = stream::version(&mut line).await?;
        if stream::is_too_old(&version) {
            return Ok(Some(version));
        }
        stream::push(&mut line, &stream, task, &[BatchNumber(0)]).await?;
        let tried = stream::try_all(&mut line, &stream).await;
        stream::remove(&mut line, &stream).await?;
        tried.map(|()| None)
    })?;
    match too_old {
        None => Ok(()),
        Some(version) => Err(link.refuses(&version)),
    }
}

fn read(address: &str) -> Result<BrokerAddress, BrokerError> {
    address
        .parse()
        .map_err(
            |error: longhaul_common::broker_address::ParseError| BrokerError::Refused {
                broker: "the queue".to_owned(),
                what: error.to_string(),
            },
        )
}

impl RedisQueue {
    fn new(link: Arc<Link>, task: TaskId) -> Self {
        Self {
            link,
            task,
            stream: format!("longhaul:{task}").into(),
            born: Instant::now(),
            reminded: AtomicU64::new(0),
        }
    }

    /// Whether a reminder is due; it counts as given.
    fn reminds(&self) -> bool {
        let age = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1;
        let last = self.reminded.load(Ordering::Relaxed);
        let due = last == 0 || u128::from(age - last) >= REMINDER.as_millis();
        due && self
            .reminded
            .compare_exchange(last, age, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

impl TaskQueue for RedisQueue {
    fn push(&self, batches: &[BatchNumber]) -> Result<(), BrokerError> {
        if batches.is_empty() {
            return Ok(());
        }
        let (stream, task, batches) = (Arc::clone(&self.stream), self.task, batches.to_vec());
        self.link
            .call(async move |mut line| stream::push(&mut line, &stream, task, &batches).await)
    }

    fn depth(&self) -> Result<Depth, BrokerError> {
        let stream = Arc::clone(&self.stream);
        let depth = self
            .link
            .call(async move |mut line| stream::depth(&mut line, &stream).await)?;
        // What others put there, they did not tell; without this it would lie unseen, and be counted.
        if depth.ready > 0 && self.reminds() {
            let stream = Arc::clone(&self.stream);
            self.link
                .post(async move |mut line| stream::remind(&mut line, &stream).await);
        }
        Ok(depth)
    }

    fn remove(&self) -> Result<(), BrokerError> {
        let stream = Arc::clone(&self.stream);
        self.link
            .call(async move |mut line| stream::remove(&mut line, &stream).await)
    }

    fn mailbox(&self, ring: Arc<dyn Fn() + Send + Sync>) -> Result<Box<dyn Mailbox>, BrokerError> {
        let bell = Arc::new(Bell::new(ring));
        let mailbox = RedisMailbox::new(
            Arc::clone(&self.link),
            self.task,
            Arc::clone(&self.stream),
            bell,
        );
        mailbox.open()?;
        Ok(Box::new(mailbox))
    }
}

#[cfg(test)]
mod tests;
