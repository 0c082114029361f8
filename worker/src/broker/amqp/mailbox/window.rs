//! How many messages the broker may deliver to a mailbox, and which acknowledgements wait.
//!
//! The broker delivers up to a subscription's prefetch of messages that are not acknowledged. Changing that number
//! takes two round trips, acknowledging takes none. So a mailbox keeps its subscription while its seats are busy, and
//! keeps the acknowledgements of what they began too: each fills a place of the prefetch. When a seat waits again, the
//! acknowledgement that is sent then is what asks for the next message.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long an acknowledgement may wait. Brokers close channels with deliveries that nobody acknowledges, after half an
/// hour as they come, after minutes as some are set.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long a seat that waits relies on a message in another's hands: begun, it makes room within a commit. What is held
/// for longer is not to keep others waiting.
const SOON: Duration = Duration::from_millis(20);

/// How long a subscription by which nothing comes is believed. A broker may lose one without a word when its queue is
/// removed and made anew at once.
const BELIEVED: Duration = Duration::from_secs(60);

/// Names a delivery within a channel.
pub(super) type Tag = u64;

/// A message that was delivered and not taken.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) tag: Tag,
    /// The subscription it came by.
    pub(super) subscription: u64,
    pub(super) redelivered: bool,
    pub(super) body: Vec<u8>,
}

#[derive(Debug)]
struct Subscription {
    number: u64,
    prefetch: usize,
    /// Delivered by it and not acknowledged, as far as the broker knows.
    unacknowledged: usize,
    /// Of these, those that are in somebody's hands.
    taken: usize,
    /// When the last of them came into hands.
    last_taken: Option<Instant>,
    /// When it began, or the last letter came by it.
    heard: Instant,
    /// It is being ended: what the broker still delivers is kept or goes back.
    ending: bool,
}

/// What to do next about the broker.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Begin this subscription, for so many messages.
    Subscribe { number: u64, prefetch: usize },
    /// End the subscription, then see [`Window::ended`].
    Unsubscribe,
    /// Give these back.
    GiveBack(Vec<Tag>),
    /// Nothing until something changes, or until then.
    Rest(Option<Instant>),
}

/// What to send after a subscription has ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) acknowledge: Vec<Tag>,
    pub(super) give_back: Vec<Tag>,
}

/// A mailbox's letters and places. Knows one channel; a new channel starts with a new window.
#[derive(Debug, Default)]
pub(super) struct Window {
    want: usize,
    letters: VecDeque<Letter>,
    subscription: Option<Subscription>,
    subscriptions: u64,
    withheld: VecDeque<(Tag, Instant)>,
    returning: Vec<Tag>,
}

impl Window {
    /// For a new channel: so many seats wait.
    pub(super) fn new(want: usize) -> Self {
        Self {
            want,
            ..Self::default()
        }
    }

    /// How many seats wait.
    pub(super) fn wanted(&self) -> usize {
        self.want
    }

    /// So many seats wait now. Acknowledge what this gives at once.
    pub(super) fn want(&mut self, seats: usize) -> Vec<Tag> {
        self.want = seats;
        self.release()
    }

    /// A letter came.
    pub(super) fn arrived(&mut self, letter: Letter, now: Instant) {
        if let Some(current) = &mut self.subscription
            && current.number == letter.subscription
        {
            current.unacknowledged += 1;
            current.heard = now;
        }
        self.letters.push_back(letter);
    }

    /// Whether a letter is here.
    pub(super) fn has_letters(&self) -> bool {
        !self.letters.is_empty()
    }

    /// Takes a letter. The seat that takes it waits no more.
    pub(super) fn take(&mut self, now: Instant) -> Option<Letter> {
        let letter = self.letters.pop_front()?;
        self.want = self.want.saturating_sub(1);
        if let Some(current) = self.current(letter.subscription) {
            current.taken += 1;
            current.last_taken = Some(now);
        }
        Some(letter)
    }

    /// A letter that was taken was begun. Acknowledge what this gives at once.
    pub(super) fn acknowledge(&mut self, tag: Tag, subscription: u64, now: Instant) -> Vec<Tag> {
        let Some(current) = self.current(subscription) else {
            return vec![tag];
        };
        current.taken = current.taken.saturating_sub(1);
        self.withheld.push_back((tag, now));
        self.release()
    }

    /// A letter that was taken goes back, with the next step.
    pub(super) fn give_back(&mut self, tag: Tag, subscription: u64) {
        if let Some(current) = self.current(subscription) {
            current.taken = current.taken.saturating_sub(1);
        }
        self.returning.push(tag);
    }

    /// What to do next.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        let open = self.open();
        let Some(current) = &self.subscription else {
            let surplus = self.surplus();
            self.returning.extend(surplus);
            if !self.returning.is_empty() {
                return Step::GiveBack(std::mem::take(&mut self.returning));
            }
            if open < self.want {
                return self.subscribe(now);
            }
            return Step::Rest(None);
        };
        let soon = current
            .last_taken
            .filter(|_| open < self.want)
            .map(|taken| taken + SOON);
        let relied = if soon.is_some_and(|until| now < until) {
            current.taken
        } else {
            0
        };
        let too_few = open + relied < self.want;
        // What goes back leaves places that the broker fills at once.
        let too_many = open + self.returning.len() > self.want;
        let oldest = self
            .withheld
            .front()
            .map(|(_, since)| *since + LONGEST_WAIT);
        let believed = (open > self.letters.len()).then_some(current.heard + BELIEVED);
        let until = oldest.into_iter().chain(believed).min();
        if too_few || too_many || until.is_some_and(|until| until <= now) {
            return self.end();
        }
        if self.returning.is_empty() {
            return Step::Rest(soon.into_iter().chain(until).min());
        }
        let returning = std::mem::take(&mut self.returning);
        if let Some(current) = &mut self.subscription {
            current.unacknowledged = current.unacknowledged.saturating_sub(returning.len());
        }
        Step::GiveBack(returning)
    }

    /// The subscription has ended: nothing comes by it any more.
    pub(super) fn ended(&mut self) -> Settled {
        self.subscription = None;
        let mut give_back = std::mem::take(&mut self.returning);
        give_back.extend(self.surplus());
        Settled {
            acknowledge: self.withheld.drain(..).map(|(tag, _)| tag).collect(),
            give_back,
        }
    }

    /// What to send before the channel closes, which gives back the rest.
    pub(super) fn close(&mut self) -> Vec<Tag> {
        self.want = 0;
        self.withheld.drain(..).map(|(tag, _)| tag).collect()
    }

    /// Letters that nobody waits for, out of the window. The newest first: each goes back before those that are there.
    fn surplus(&mut self) -> Vec<Tag> {
        let kept = self.letters.len().min(self.want);
        let surplus = self.letters.drain(kept..).rev();
        surplus.map(|letter| letter.tag).collect()
    }

    fn subscribe(&mut self, now: Instant) -> Step {
        self.subscriptions += 1;
        let prefetch = self.want - self.letters.len();
        self.subscription = Some(Subscription {
            number: self.subscriptions,
            prefetch,
            unacknowledged: 0,
            taken: 0,
            last_taken: None,
            heard: now,
            ending: false,
        });
        Step::Subscribe {
            number: self.subscriptions,
            prefetch,
        }
    }

    fn end(&mut self) -> Step {
        if let Some(current) = &mut self.subscription {
            current.ending = true;
        }
        Step::Unsubscribe
    }

    /// Sends acknowledgements for as many seats as wait and have no place.
    fn release(&mut self) -> Vec<Tag> {
        let missing = self.want.saturating_sub(self.open());
        let released = missing.min(self.withheld.len());
        if let Some(current) = &mut self.subscription {
            current.unacknowledged = current.unacknowledged.saturating_sub(released);
        }
        self.withheld
            .drain(..released)
            .map(|(tag, _)| tag)
            .collect()
    }

    /// Letters that are here, and those that the broker may still deliver.
    fn open(&self) -> usize {
        let coming = self.subscription.as_ref().map_or(0, |current| {
            current.prefetch.saturating_sub(current.unacknowledged)
        });
        self.letters.len() + coming
    }

    /// The subscription by which such a letter came, if acknowledging it leaves a place there.
    fn current(&mut self, subscription: u64) -> Option<&mut Subscription> {
        let current = self.subscription.as_mut()?;
        (current.number == subscription && !current.ending).then_some(current)
    }
}

#[cfg(test)]
mod tests;
