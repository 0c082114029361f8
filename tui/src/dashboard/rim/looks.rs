//! Reads what pages show, beside the loop and beside the reader of the list.

mod follow;
mod read;

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

use longhaul_common::id::TaskNumber;

use super::desk::Desk;
use super::told::{Gone, Teller};
use crate::dashboard::message::News;
use crate::dashboard::reading::Reading;
use follow::{Ears, Follower};

/// Where readings wait for their turn.
pub(super) struct Looks(Sender<Order>);

/// What is to be looked at.
#[derive(Clone, Copy)]
enum Order {
    Read(Reading),
    /// This task's log is listened to, and no other's.
    Listen(Option<TaskNumber>),
    /// This task's log is followed, and no other's.
    Follow(Option<TaskNumber>),
    /// A log that is listened to or followed changed.
    Changed,
}

impl Looks {
    pub(super) fn start(desk: Desk, teller: Teller) -> io::Result<Self> {
        let (sender, orders) = channel();
        let mut looker = Looker {
            desk,
            teller,
            changed: sender.clone(),
            listened: None,
            followed: None,
        };
        std::thread::Builder::new()
            .name("looks".into())
            .spawn(move || looker.run(&orders))?;
        Ok(Self(sender))
    }

    pub(super) fn read(&self, reading: Reading) {
        self.order(Order::Read(reading));
    }

    pub(super) fn listen(&self, task: Option<TaskNumber>) {
        self.order(Order::Listen(task));
    }

    pub(super) fn follow(&self, task: Option<TaskNumber>) {
        self.order(Order::Follow(task));
    }

    fn order(&self, order: Order) {
        // The thread ends with the loop only.
        let _ = self.0.send(order);
    }
}

struct Looker {
    desk: Desk,
    teller: Teller,
    /// Where logs say that they changed.
    changed: Sender<Order>,
    listened: Option<Ears>,
    followed: Option<Follower>,
}

impl Looker {
    /// Carries orders out until nobody is there to be told.
    fn run(&mut self, orders: &Receiver<Order>) {
        loop {
            let order = match self.due() {
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => orders.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            let done = match order {
                Ok(order) => self.carry_out(order),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if done.and_then(|()| self.look_at_logs()).is_err() {
                return;
            }
        }
    }

    /// When a log has to be looked at without being told of.
    fn due(&self) -> Option<Instant> {
        let listened = self.listened.as_ref().and_then(Ears::due);
        let followed = self.followed.as_ref().and_then(Follower::due);
        listened.into_iter().chain(followed).min()
    }

    fn carry_out(&mut self, order: Order) -> Result<(), Gone> {
        match order {
            Order::Read(reading) => {
                let news = read::read(&self.desk, reading)
                    .unwrap_or_else(|why| News::Unread(reading, why));
                self.teller.news(news)
            }
            Order::Listen(task) => {
                // Only one that begins anew tells: what was read for it is new enough.
                self.listened = None;
                self.listened = task.map(|task| self.ears(task, follow::SELDOM));
                Ok(())
            }
            Order::Follow(task) => {
                self.followed = None;
                self.followed = task.map(|task| {
                    let ears = self.ears(task, follow::OFTEN);
                    Follower::new(self.desk.dir(), task, ears)
                });
                Ok(())
            }
            Order::Changed => Ok(()),
        }
    }

    fn ears(&self, task: TaskNumber, pause: std::time::Duration) -> Ears {
        let changed = self.changed.clone();
        Ears::new(self.desk.dir(), task, pause, move || {
            // The looker is gone when the program is about to be.
            let _ = changed.send(Order::Changed);
        })
    }

    fn look_at_logs(&mut self) -> Result<(), Gone> {
        if let Some(ears) = &mut self.listened
            && ears.take()
        {
            self.teller.news(News::LogGrew(ears.task()))?;
        }
        if let Some(follower) = &mut self.followed {
            follower.look(&self.teller)?;
        }
        Ok(())
    }
}
