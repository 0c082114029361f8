//! RabbitMQ: a durable quorum queue per task, `longhaul.<task-id>`, on the default exchange.
//!
//! A process has two connections to a broker at most, however many tasks have their queues there: one publishes, the
//! other does all else, so that a broker that takes no messages still gives some.

mod connection;
mod fault;
mod greeting;
mod house;
mod kit;
mod link;
mod mailbox;
mod place;
mod queue;
mod tls;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lapin::types::ShortString;
use longhaul_common::id::{BatchNumber, TaskId};

use super::{BrokerError, Depth, Mailbox, TaskQueue};
use fault::Fault;
use house::{House, deadline};
use queue::Sent;

/// The task's queue at this address. Doesn't connect yet.
pub(crate) fn open(address: &str, task: TaskId) -> Result<Box<dyn TaskQueue>, BrokerError> {
    Ok(Box::new(Queue {
        house: House::at(address)?,
        task,
        name: queue::name(task),
        made: AtomicBool::new(false),
    }))
}

/// Whether there is a broker at this address that lets us in.
pub(crate) fn check(address: &str) -> Result<(), BrokerError> {
    house::check(address)
}

/// A task's queue.
struct Queue {
    house: Arc<House>,
    task: TaskId,
    name: ShortString,
    /// Whether we saw to it that it is there. It may be gone again: the broker then tells.
    made: AtomicBool,
}

impl TaskQueue for Queue {
    fn push(&self, batches: &[BatchNumber]) -> Result<(), BrokerError> {
        if batches.is_empty() {
            return Ok(());
        }
        let deadline = deadline();
        let make = || {
            let make = async |connection: &_| queue::declare(connection, &self.name).await;
            self.house.ask(&self.house.consumer, deadline, make)?;
            self.made.store(true, Ordering::Relaxed);
            Ok(())
        };
        let send = || {
            let send = async |connection: &_| {
                queue::publish(connection, &self.name, self.task, batches).await
            };
            self.house.ask(&self.house.publisher, deadline, send)
        };
        if !self.made.load(Ordering::Relaxed) {
            make()?;
        }
        if send()? == Sent::All {
            return Ok(());
        }
        // Removed behind our back. Those that came in are pushed twice, which counts once.
        make()?;
        self.house.remade.send_modify(|times| *times += 1);
        match send()? {
            Sent::All => Ok(()),
            Sent::NotAll => {
                let what = format!(
                    "the queue {} takes no messages; see to its limits and policies",
                    self.name
                );
                Err(Fault::Full(what).at(&self.house.place))
            }
        }
    }

    fn depth(&self) -> Result<Depth, BrokerError> {
        let count = async |connection: &_| queue::ready(connection, &self.name).await;
        let ready = self.house.ask(&self.house.consumer, deadline(), count)?;
        Ok(Depth {
            ready,
            // Only its management plugin tells.
            unacknowledged: None,
        })
    }

    fn remove(&self) -> Result<(), BrokerError> {
        self.made.store(false, Ordering::Relaxed);
        let delete = async |connection: &_| queue::delete(connection, &self.name).await;
        self.house.ask(&self.house.consumer, deadline(), delete)
    }

    fn mailbox(&self, ring: Arc<dyn Fn() + Send + Sync>) -> Result<Box<dyn Mailbox>, BrokerError> {
        Ok(Box::new(mailbox::open(
            Arc::clone(&self.house),
            self.task,
            ring,
        )))
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("broker", &self.house.place)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
