//! The slow tick: catches what no bell told, a commit whose process died before ringing and a
//! worker whose death left no event. It reads on a thread of its own and wakes nobody while
//! nothing changed.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};

use longhaul_common::alive::{AliveFile, Liveness};
use longhaul_common::bell::TICK;
use longhaul_common::store::StoreError;

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
                while ends.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    reap_orphans();
                    // A store that can't be read is for the supervisor to find out and to tell.
                    if news().unwrap_or(true) && sender.send(Message::Ticked).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Pulse(pulse))
    }
}

fn is_dead(alive: &AliveFile, worker: longhaul_common::id::WorkerNumber) -> bool {
    matches!(alive.probe(worker), Ok(Liveness::Dead))
}
