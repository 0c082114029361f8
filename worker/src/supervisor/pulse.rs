//! The slow tick: catches what no bell told, a commit whose process died before ringing and a
//! worker whose death left no event, and a clock that was set. It reads on a thread of its own and wakes nobody
//! while nothing changed.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use longhaul_common::alive::{AliveFile, Liveness};
use longhaul_common::bell::TICK;
use longhaul_common::store::StoreError;
use longhaul_common::time::Timestamp;

use super::{Message, Supervisor};
use crate::process::reap_orphans;

/// Beats until it is dropped.
pub(super) struct Pulse(#[allow(dead_code, reason = "its drop ends the thread")] mpsc::Sender<()>);

impl Supervisor {
    pub(super) fn start_pulse(&self) -> io::Result<Pulse> {
        let (pulse, ends) = mpsc::channel::<()>();
        let (store, worker) = (self.store.clone(), self.number);
        let (alive, sender) = (Arc::clone(&self.alive), self.sender.clone());
        let mut seen = None;
        let mut news = move || -> Result<bool, StoreError> {
            let (last, claims) = store.pulse()?;
            let changed = seen.replace(last) != Some(last);
            let orphaned = claims
                .iter()
                .any(|(_, claim)| claim.worker != worker && is_dead(&alive, claim.worker));
            Ok(changed || orphaned)
        };
        std::thread::Builder::new()
            .name("pulse".into())
            .spawn(move || {
                let mut clock = Clock::now();
                while ends.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    reap_orphans();
                    let told = match (clock.was_set(), news()) {
                        (true, _) => Message::ClockSet,
                        (false, Ok(false)) => continue,
                        // A store that can't be read is for the supervisor to find out and to tell.
                        (false, Ok(true) | Err(_)) => Message::Ticked,
                    };
                    if sender.send(told).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Pulse(pulse))
    }
}

/// A clock that differs by less was not set: it is only kept right.
const KEPT_RIGHT: Duration = Duration::from_millis(500);

/// The wall clock beside one that nobody sets. What waits for a time of the one sleeps by the other.
struct Clock {
    wall: Timestamp,
    steady: Instant,
}

impl Clock {
    fn now() -> Self {
        Self {
            wall: Timestamp::now(),
            steady: Instant::now(),
        }
    }

    /// Whether the wall clock was set since this was asked last, or the machine slept.
    fn was_set(&mut self) -> bool {
        let before = std::mem::replace(self, Self::now());
        let expected = before.wall.after(self.steady - before.steady);
        let differs = self.wall.since(expected).max(expected.since(self.wall));
        differs > KEPT_RIGHT
    }
}

fn is_dead(alive: &AliveFile, worker: longhaul_common::id::WorkerNumber) -> bool {
    matches!(alive.probe(worker), Ok(Liveness::Dead))
}
