//! What seats keep from batch to batch: a process that performs all batches of its seat runs on between two
//! of them, under the lock of its first.

use serde::{Deserialize, Serialize};

use super::{Backlog, Begun, Seat};

/// A slot that a seat keeps for its process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The seat.
    pub seat: Seat,
    /// Whose lock the process holds.
    pub slot: u16,
}

impl Backlog {
    /// Whether nothing of the task runs at any seat.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.begun.is_empty() && self.kept.is_empty()
    }

    /// Notes that what performs this batch stays at its seat, until the seat [lets it go](Self::let_go).
    pub fn keep(&mut self, begun: Begun) {
        if self.kept_at(begun.seat).is_none() {
            self.kept.push(Kept {
                seat: begun.seat,
                slot: begun.slot,
            });
        }
    }

    /// Notes that a seat keeps nothing any more; gives whether it did.
    pub fn let_go(&mut self, seat: Seat) -> bool {
        let before = self.kept.len();
        self.kept.retain(|kept| kept.seat != seat);
        self.kept.len() < before
    }

    /// What is kept at seats that perform no batch now.
    pub fn idle(&self) -> impl Iterator<Item = Kept> + '_ {
        let kept = self.kept.iter().copied();
        kept.filter(|kept| self.at(kept.seat).is_none())
    }

    fn kept_at(&self, seat: Seat) -> Option<u16> {
        let kept = self.kept.iter().find(|kept| kept.seat == seat);
        kept.map(|kept| kept.slot)
    }

    /// The slot for a batch at a seat: the one it keeps, else the lowest that is free.
    pub(super) fn slot_at(&self, seat: Seat) -> u16 {
        self.kept_at(seat).unwrap_or_else(|| {
            let is_free = |slot: &u16| {
                self.begun.iter().all(|begun| begun.slot != *slot)
                    && self.kept.iter().all(|kept| kept.slot != *slot)
            };
            (1..=u16::MAX).find(is_free).unwrap_or(u16::MAX)
        })
    }
}
