//! The messages of one task's queue at a broker, as the seats of this process share them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use longhaul_common::broker_address::BrokerAddress;
use longhaul_common::id::{BatchNumber, TaskId};

use crate::broker::{self, BrokerError, Mailbox, Message, Receipt, TaskQueue};
use crate::line::Line;

/// A task's messages.
pub(crate) struct Mail {
    queue: Box<dyn TaskQueue>,
    mailbox: Mutex<Option<Arc<dyn Mailbox>>>,
    /// Seats that wait for a message, by their number.
    waiting: Mutex<BTreeMap<u64, Arc<Line>>>,
    /// The mailbox rang while the seats could not be told.
    rang: AtomicBool,
}

/// A message that was taken.
pub(crate) struct Letter {
    /// The batch it names; None: it is none of ours.
    pub(crate) batch: Option<BatchNumber>,
    /// Whether it was delivered before, to somebody who did not begin the batch.
    pub(crate) again: bool,
    receipt: Receipt,
}

impl Mail {
    /// Connects to nothing yet.
    pub(crate) fn new(address: &BrokerAddress, task: TaskId) -> Result<Self, BrokerError> {
        Ok(Self {
            queue: broker::open(address, task)?,
            mailbox: Mutex::default(),
            waiting: Mutex::default(),
            rang: AtomicBool::new(false),
        })
    }

    /// A message, if one is there.
    pub(crate) fn take(self: &Arc<Self>) -> Result<Option<Letter>, BrokerError> {
        let delivery = self.mailbox()?.take()?;
        Ok(delivery.map(|delivery| Letter {
            batch: match delivery.message {
                Message::Batch(batch) => Some(batch),
                Message::Foreign => None,
            },
            again: delivery.redelivered,
            receipt: delivery.receipt,
        }))
    }

    /// The broker may forget it. What can't be said comes again, and is known then.
    pub(crate) fn acknowledge(self: &Arc<Self>, letter: Letter) {
        if let Ok(mailbox) = self.mailbox() {
            let _ = mailbox.acknowledge(letter.receipt);
        }
    }

    /// Somebody else may have it. What can't be said is found missing, and sent again.
    pub(crate) fn give_back(self: &Arc<Self>, letter: Letter) {
        if let Ok(mailbox) = self.mailbox() {
            let _ = mailbox.give_back(letter.receipt);
        }
    }

    /// Notes that a seat waits for a message, until the guard is dropped.
    pub(crate) fn wait(self: &Arc<Self>, seat: u64, line: &Arc<Line>) -> Waiting {
        self.change(|waiting| {
            waiting.insert(seat, Arc::clone(line));
        });
        Waiting {
            mail: Arc::clone(self),
            seat,
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<u64, Arc<Line>>)) {
        let mut waiting = lock(&self.waiting);
        change(&mut waiting);
        // Said while nobody else changes it: the last word must be the last count.
        if let Some(mailbox) = &*lock(&self.mailbox) {
            mailbox.want(waiting.len());
        }
        drop(waiting);
        if self.rang.swap(false, Ordering::AcqRel) {
            self.ring();
        }
    }

    fn mailbox(self: &Arc<Self>) -> Result<Arc<dyn Mailbox>, BrokerError> {
        let waiting = lock(&self.waiting);
        let mut mailbox = lock(&self.mailbox);
        if let Some(mailbox) = &*mailbox {
            return Ok(Arc::clone(mailbox));
        }
        let mail: Weak<Self> = Arc::downgrade(self);
        let opened: Arc<dyn Mailbox> = Arc::from(self.queue.mailbox(Arc::new(move || {
            if let Some(mail) = mail.upgrade() {
                mail.ring();
            }
        }))?);
        opened.want(waiting.len());
        Ok(Arc::clone(mailbox.insert(opened)))
    }

    fn ring(&self) {
        // Called by whatever thread, also from within what says how many wait: that one rings then.
        self.rang.store(true, Ordering::Release);
        if let Ok(waiting) = self.waiting.try_lock() {
            self.rang.store(false, Ordering::Release);
            waiting.values().for_each(|line| line.nudge());
        }
    }
}

/// A seat that waits.
pub(crate) struct Waiting {
    mail: Arc<Mail>,
    seat: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let seat = self.seat;
        self.mail.change(|waiting| {
            waiting.remove(&seat);
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
