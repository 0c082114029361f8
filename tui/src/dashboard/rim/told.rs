//! What the loop is told by the threads around it.

use std::sync::mpsc::Sender;

use crate::dashboard::message::{Message, News};

/// Something that wakes the loop.
pub(super) enum Told {
    /// For the core.
    Message(Box<Message>),
    /// The program is to end: a signal, or its terminal is gone.
    End,
    /// A thread panicked; it was reported.
    Panicked,
    /// Stopped before, it goes on: the terminal was another's.
    GoesOn,
}

/// Where threads tell the loop. Cheap to clone.
#[derive(Clone)]
pub(super) struct Teller(Sender<Told>);

/// The loop is gone.
pub(super) struct Gone;

impl Teller {
    pub(super) fn new(sender: Sender<Told>) -> Self {
        Self(sender)
    }

    pub(super) fn tell(&self, told: Told) -> Result<(), Gone> {
        self.0.send(told).map_err(|_| Gone)
    }

    pub(super) fn message(&self, message: Message) -> Result<(), Gone> {
        self.tell(Told::Message(Box::new(message)))
    }

    pub(super) fn news(&self, news: News) -> Result<(), Gone> {
        self.message(Message::News(news))
    }
}
