//! The messages that say which batch may begin, and what the broker is told of them.

use std::time::Instant;

use longhaul_common::backlog::{NotBegun, Which};
use longhaul_common::store::{Begin, Met, Next};

use super::{Called, Consumer, UNREACHABLE};
use crate::insist::Over;
use crate::mail::Letter;

impl Consumer {
    /// What says that a batch may begin.
    pub(super) fn letter(&mut self) -> Called {
        let Some(mail) = &self.mail else {
            return Called::By(None);
        };
        match mail.take() {
            Ok(Some(letter)) => Called::By(Some(letter)),
            Ok(None) => Called::Nobody,
            Err(_) => {
                // Whoever coordinates the task looks what is wrong, and tells it.
                if let Some(coordinator) = &self.coordinator {
                    coordinator.tell_of_trouble();
                }
                let line = &self.scribe.line;
                line.stick();
                line.wait(Instant::now() + UNREACHABLE);
                line.unstick();
                Called::NoWay
            }
        }
    }

    /// Which batch a message lets begin; None: none of ours.
    pub(super) fn which(&self, letter: &Option<Letter>) -> Option<Which> {
        match letter {
            None => Some(Which::Next),
            // Where the order counts, it says no more than that one may.
            Some(letter) if self.performer.queue.ordered => letter.batch.map(|_| Which::Next),
            Some(letter) => letter.batch.map(Which::This),
        }
    }

    /// Says to the broker what became of a message.
    pub(super) fn settle(&mut self, letter: Option<Letter>, begin: &Result<Begin, NotBegun>) {
        let (Some(letter), Some(mail)) = (letter, &self.mail) else {
            return;
        };
        match begin {
            Err(NotBegun::Closed | NotBegun::Full | NotBegun::Throttled(_)) => {
                return mail.give_back(letter);
            }
            // From here on the store answers for it, or whoever coordinates the task sends it again in time.
            Ok(_) | Err(NotBegun::NotYet(_)) => self.met.again += u64::from(letter.again),
            Err(NotBegun::InFlight | NotBegun::Finished | NotBegun::Nothing) => self.met.again += 1,
            Err(NotBegun::Unknown) => self.met.foreign += 1,
        }
        mail.acknowledge(letter);
    }

    /// Reports the messages that led to no batch, once none is begun here whose report would.
    pub(super) fn tell_of_messages(&mut self) -> Result<(), Over> {
        let met = std::mem::take(&mut self.met);
        if met == Met::default() {
            return Ok(());
        }
        let performer = &self.performer;
        self.scribe.insist("counting messages", |store| {
            store.count_messages(performer, met)
        })
    }

    /// What begins in the transaction that ends this batch, and the message that says so.
    pub(super) fn follow(&mut self) -> (Option<Letter>, Next) {
        if !self.stays() || self.throttled().is_some() || self.braked().is_some() {
            return (None, Next::Leave);
        }
        let letter = match &self.mail {
            None => None,
            // A broker that is in trouble is met again once this batch is recorded.
            Some(mail) => match mail.take() {
                Ok(Some(letter)) => Some(letter),
                Ok(None) | Err(_) => return (None, Next::Leave),
            },
        };
        match self.which(&letter) {
            Some(which) => (letter, Next::Begin(which)),
            None => {
                self.settle(letter, &Err(NotBegun::Unknown));
                (None, Next::Leave)
            }
        }
    }
}
