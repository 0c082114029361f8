//! Where the messages of a task's stream reach this process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use longhaul_common::id::TaskId;

use super::bells::{Bell, lock};
use super::link::Link;
use super::stream::{self, Entry};
use crate::broker::{BrokerError, Delivery, Mailbox, Message, Receipt};

/// A mailbox for the stream of one task.
pub(super) struct RedisMailbox {
    link: Arc<Link>,
    task: TaskId,
    stream: Arc<str>,
    bell: Arc<Bell>,
    /// What was taken and is neither acknowledged nor given back, by its id.
    taken: Mutex<HashMap<String, Entry>>,
}

impl fmt::Debug for RedisMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisMailbox")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

impl RedisMailbox {
    pub(super) fn new(link: Arc<Link>, task: TaskId, stream: Arc<str>, bell: Arc<Bell>) -> Self {
        Self {
            link,
            task,
            stream,
            bell,
            taken: Mutex::default(),
        }
    }

    pub(super) fn open(&self) -> Result<(), BrokerError> {
        self.link.hang(&self.stream, Arc::clone(&self.bell))
    }

    fn put_back(&self, entries: Vec<Entry>) -> Result<(), BrokerError> {
        let stream = Arc::clone(&self.stream);
        self.link
            .call(async move |mut line| stream::give_back(&mut line, &stream, &entries).await)
    }
}

impl Mailbox for RedisMailbox {
    fn want(&self, seats: usize) {
        if self.bell.want(seats) {
            self.link.ring(&self.bell);
        }
    }

    fn take(&self) -> Result<Option<Delivery>, BrokerError> {
        let before = self.bell.before_reading();
        let stream = Arc::clone(&self.stream);
        let entry = self
            .link
            .call(async move |mut line| stream::take(&mut line, &stream).await)?;
        let Some(entry) = entry else {
            self.bell.found_none(before);
            return Ok(None);
        };
        let delivery = Delivery {
            message: Message::decode(self.task, &entry.body),
            receipt: Receipt(entry.id.clone()),
            redelivered: entry.again,
        };
        lock(&self.taken).insert(entry.id.clone(), entry);
        Ok(Some(delivery))
    }

    fn acknowledge(&self, Receipt(id): Receipt) -> Result<(), BrokerError> {
        if lock(&self.taken).remove(&id).is_some() {
            let stream = Arc::clone(&self.stream);
            self.link
                .post(async move |mut line| stream::acknowledge(&mut line, &stream, &id).await);
        }
        Ok(())
    }

    fn give_back(&self, Receipt(id): Receipt) -> Result<(), BrokerError> {
        let entry = lock(&self.taken).remove(&id);
        entry.map_or(Ok(()), |entry| self.put_back(vec![entry]))
    }
}

impl Drop for RedisMailbox {
    fn drop(&mut self) {
        self.link.take_down(&self.stream, &self.bell);
        let taken: Vec<_> = lock(&self.taken).drain().map(|(_, entry)| entry).collect();
        if !taken.is_empty() {
            // Where it fails, whoever looks at the depth finds them.
            let _ = self.put_back(taken);
        }
    }
}
