//! Queues outside the store: one per task, at a broker. They only hint at what could be done next; the
//! store decides. So a message may come twice, late or never, and nothing that a broker does by itself
//! (redelivery, idle claims, timeouts, limits of delivery) changes what becomes of a batch.

mod amqp;
mod patience;
mod post;
mod redis;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use longhaul_common::broker_address::{Broker, BrokerAddress};
use longhaul_common::id::{BatchNumber, TaskId};

/// How long a call to a broker may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The queue of a task at the broker of this address. Connects to nothing yet.
pub(crate) fn open(
    address: &BrokerAddress,
    task: TaskId,
) -> Result<Box<dyn TaskQueue>, BrokerError> {
    match address.broker() {
        Broker::Redis { .. } => redis::open(&address.text(), task),
        Broker::Amqp { .. } => amqp::open(&address.text(), task),
    }
}

/// Tries, within 5 s, all that a task will ask of the broker of this address: for whoever submits one.
///
/// # Errors
/// What the broker or the network says, and what to do.
pub fn check(address: &BrokerAddress) -> Result<(), BrokerError> {
    match address.broker() {
        Broker::Redis { .. } => redis::check(&address.text()),
        Broker::Amqp { .. } => amqp::check(&address.text()),
    }
}

/// A task's queue at a broker, for whoever plans its batches.
///
/// Calls block, each for at most [`PATIENCE`]; a connection that broke is made anew by the next call.
/// Can be shared between threads.
pub(crate) trait TaskQueue: Send + Sync + fmt::Debug {
    /// Puts a message for each batch into the queue, which is made if it isn't there. Returns once the
    /// broker has them all.
    fn push(&self, batches: &[BatchNumber]) -> Result<(), BrokerError>;

    /// How many messages there are. A queue that isn't there holds none.
    fn depth(&self) -> Result<Depth, BrokerError>;

    /// Removes the queue with all that is in it; one that isn't there is no error.
    fn remove(&self) -> Result<(), BrokerError>;

    /// Opens this process's mailbox for the queue. `ring` is called, from any thread and as often as it
    /// likes, when a message may be there to be taken, or the connection broke or came back. It must be short
    /// and call nothing of the broker: all connections wait for it. A broker that can't be reached now is no
    /// error: taking says so, and `ring` says when it is back.
    fn mailbox(&self, ring: Arc<dyn Fn() + Send + Sync>) -> Result<Box<dyn Mailbox>, BrokerError>;
}

/// What a queue holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depth {
    /// Messages that nobody has taken.
    pub(crate) ready: u64,
    /// Messages that were delivered and are not acknowledged; None where the broker doesn't tell.
    pub(crate) unacknowledged: Option<u64>,
}

/// Where the messages of a task's queue reach this process. All seats of the process that serve the task
/// share it.
///
/// Dropping it gives back what was not acknowledged, and closes it.
pub(crate) trait Mailbox: Send + Sync {
    /// Says how many seats wait for a message now. The broker is asked for no more than that; with 0 it
    /// delivers nothing, and what was delivered and not taken goes back at once, so that another worker gets it.
    fn want(&self, seats: usize);

    /// A message, if one is there. Never waits for one to come; may take one round trip.
    fn take(&self) -> Result<Option<Delivery>, BrokerError>;

    /// Acknowledges what was taken: the broker forgets it. Losing it costs no more than a second delivery, so
    /// it need not be waited for, and may travel with the next call.
    fn acknowledge(&self, receipt: Receipt) -> Result<(), BrokerError>;

    /// Gives back what was taken: somebody gets it again.
    fn give_back(&self, receipt: Receipt) -> Result<(), BrokerError>;
}

/// A message that was taken.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// What it says.
    pub(crate) message: Message,
    /// To acknowledge it with.
    pub(crate) receipt: Receipt,
    /// Whether the broker says that it was delivered before.
    pub(crate) redelivered: bool,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// This batch of the task may be performed.
    Batch(BatchNumber),
    /// Nothing that we put there: garbage, or another task's.
    Foreign,
}

impl Message {
    /// The body of a message. Says whose it is, so that one that strays is noticed.
    pub(crate) fn encode(task: TaskId, batch: BatchNumber) -> String {
        format!("longhaul {task} {batch}")
    }

    /// Reads the body of a message.
    pub(crate) fn decode(task: TaskId, body: &[u8]) -> Self {
        let batch = || {
            let mut words = str::from_utf8(body).ok()?.split(' ');
            let ours = words.next() == Some("longhaul") && words.next() == Some(&task.to_string());
            let batch = words.next()?.parse().ok()?;
            (ours && words.next().is_none()).then_some(BatchNumber(batch))
        };
        batch().map_or(Self::Foreign, Self::Batch)
    }
}

/// Names a delivery to the mailbox it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt(pub(crate) String);

/// Why a broker can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// Nobody answers, or the connection broke. Passes, perhaps.
    #[error("{broker} can't be reached: {what}")]
    Unreachable {
        /// The address, without its password.
        broker: String,
        /// What happened.
        what: String,
    },
    /// It answers and refuses: password, permission, virtual host, a queue of another kind. Lasts until somebody
    /// mends something.
    #[error("{broker} refuses: {what}")]
    Refused {
        /// The address, without its password.
        broker: String,
        /// What it says, and what to do.
        what: String,
    },
    /// It can't take more: out of memory or disk. Passes, perhaps.
    #[error("{broker} is full: {what}")]
    Full {
        /// The address, without its password.
        broker: String,
        /// What it says.
        what: String,
    },
}
