//! Where a task's messages reach this process.

mod postman;
mod window;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lapin::Channel;
use lapin::options::BasicAckOptions;
use longhaul_common::id::TaskId;
use tokio::sync::Notify;
use tokio::sync::watch;

use super::fault::Fault;
use super::house::House;
use super::link::Standing;
use crate::broker::patience::set_off;
use crate::broker::{BrokerError, Delivery, Mailbox, Message, Receipt};
use window::{Tag, Window};

/// How long [`Mailbox::take`] waits for what it has just asked for. From a broker whose disk is well it takes one to
/// five milliseconds; what comes later rings.
const ANSWER: Duration = Duration::from_millis(20);

/// Opens a mailbox; its connection is made, and kept, from now on.
pub(super) fn open(
    house: Arc<House>,
    task: TaskId,
    ring: Arc<dyn Fn() + Send + Sync>,
) -> impl Mailbox {
    let wanted = house.consumer.wanted();
    let standing = house.consumer.standing();
    let shared = Arc::new(Shared {
        task,
        ring,
        inside: Mutex::new(Inside::default()),
        changed: Condvar::new(),
        errand: Notify::new(),
    });
    house.post.spawn(postman::serve(
        Arc::clone(&shared),
        standing.clone(),
        house.remade.subscribe(),
        wanted,
    ));
    Seats {
        shared,
        standing,
        house,
    }
}

/// A process's mailbox for a task's queue.
struct Seats {
    shared: Arc<Shared>,
    standing: watch::Receiver<Standing>,
    house: Arc<House>,
}

/// What a mailbox and its postman share.
struct Shared {
    task: TaskId,
    ring: Arc<dyn Fn() + Send + Sync>,
    inside: Mutex<Inside>,
    /// A letter came, or none can come.
    changed: Condvar,
    /// The postman has something to do.
    errand: Notify,
}

#[derive(Default)]
struct Inside {
    window: Window,
    channel: Option<Channel>,
    /// Counts channels: a receipt is of one of them, and worth nothing with another.
    channels: u64,
    /// Why there is no channel, where it is not the connection's fault.
    trouble: Option<Fault>,
    /// Threads that wait for a letter.
    waiting: usize,
    /// When a place was last opened.
    asked: Option<Instant>,
    closed: bool,
}

impl Shared {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// Sends acknowledgements, without waiting until they are written.
    fn acknowledge(&mut self, tags: &[Tag]) {
        let Some(channel) = &self.channel else {
            return;
        };
        for tag in tags {
            set_off(channel.basic_ack(*tag, BasicAckOptions::default()));
        }
    }

    /// So many seats wait: opens places for them as far as that can be done from here.
    fn want(&mut self, seats: usize) {
        let more = seats > self.window.wanted();
        let released = self.window.want(seats);
        if more || !released.is_empty() {
            self.asked = Some(Instant::now());
        }
        self.acknowledge(&released);
    }
}

impl Seats {
    /// Why nothing can be had from the broker now.
    fn trouble(&self, inside: &Inside) -> Option<Fault> {
        match &*self.standing.borrow() {
            Standing::Up(_) => inside.trouble.clone(),
            Standing::None(fault) => fault.clone(),
            Standing::Failed { fault, .. } => Some(fault.clone()),
        }
    }
}

impl Mailbox for Seats {
    fn want(&self, seats: usize) {
        self.shared.inside().want(seats);
        self.shared.errand.notify_one();
    }

    fn take(&self) -> Result<Option<Delivery>, BrokerError> {
        let mut inside = self.shared.inside();
        inside.waiting += 1;
        if inside.window.wanted() < inside.waiting && !inside.window.has_letters() {
            // Who takes waits, whatever was said before.
            let waiting = inside.waiting;
            inside.want(waiting);
            self.shared.errand.notify_one();
        }
        let until = inside.asked.map(|asked| asked + ANSWER);
        let letter = loop {
            if let Some(letter) = inside.window.take(Instant::now()) {
                break Ok(Some(letter));
            }
            if let Some(fault) = self.trouble(&inside) {
                break Err(fault.at(&self.house.place));
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let Some(left) = left.filter(|left| !left.is_zero()) else {
                break Ok(None);
            };
            let waited = self.shared.changed.wait_timeout(inside, left);
            inside = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        inside.waiting -= 1;
        let channel = inside.channels;
        drop(inside);
        Ok(letter?.map(|letter| Delivery {
            message: Message::decode(self.shared.task, &letter.body),
            receipt: Receipt(format!("{channel} {} {}", letter.subscription, letter.tag)),
            redelivered: letter.redelivered,
        }))
    }

    fn acknowledge(&self, receipt: Receipt) -> Result<(), BrokerError> {
        let mut inside = self.shared.inside();
        if let Some((subscription, tag)) = read(&receipt, inside.channels) {
            let released = inside.window.acknowledge(tag, subscription, Instant::now());
            inside.acknowledge(&released);
            drop(inside);
            // One that waits now has a time at which it is to be sent.
            self.shared.errand.notify_one();
        }
        Ok(())
    }

    fn give_back(&self, receipt: Receipt) -> Result<(), BrokerError> {
        let mut inside = self.shared.inside();
        if let Some((subscription, tag)) = read(&receipt, inside.channels) {
            inside.window.give_back(tag, subscription);
            drop(inside);
            self.shared.errand.notify_one();
        }
        Ok(())
    }
}

/// Subscription and tag of a receipt; None if its channel is closed: the broker has taken back what it names.
fn read(receipt: &Receipt, channels: u64) -> Option<(u64, Tag)> {
    let mut words = receipt.0.split(' ').map(str::parse);
    let mut word = || words.next()?.ok();
    (word()? == channels).then_some(())?;
    Some((word()?, word()?))
}

impl Drop for Seats {
    fn drop(&mut self) {
        self.shared.inside().closed = true;
        self.shared.errand.notify_one();
    }
}

impl fmt::Debug for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox")
            .field("task", &self.shared.task)
            .finish_non_exhaustive()
    }
}
