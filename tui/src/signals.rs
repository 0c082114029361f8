//! The signals of a verb that works in the foreground, counted, and told to whoever waits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use longhaul_common::changes::Waker;
use longhaul_common::store::Store;
use longhaul_worker::stop_self::stop_once_idle;
use nix::sys::signal::Signal;
use tokio::signal::unix::{SignalKind, signal};

/// How often each signal came.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    interrupts: Arc<AtomicU32>,
    ends: Arc<AtomicU32>,
}

impl Signals {
    /// Listens to SIGINT, SIGTERM and SIGHUP, and wakes whoever waits. At ctrl-z the process stops
    /// once it is out of the store.
    pub(crate) fn listen(waker: Waker, store: Store) -> io::Result<Self> {
        let signals = Self::default();
        let counts = signals.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let (mut interrupt, mut terminate, mut hangup, mut suspend) = {
            let _inside = runtime.enter();
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::from_raw(Signal::SIGTSTP as i32))?,
            )
        };
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                runtime.block_on(async {
                    loop {
                        let count = tokio::select! {
                            _ = interrupt.recv() => &counts.interrupts,
                            _ = terminate.recv() => &counts.ends,
                            _ = hangup.recv() => &counts.ends,
                            _ = suspend.recv() => {
                                stop_once_idle(&store);
                                continue;
                            }
                        };
                        count.fetch_add(1, Ordering::AcqRel);
                        waker.wake();
                    }
                });
            })?;
        Ok(signals)
    }

    /// How often ctrl-c was pressed.
    pub(crate) fn interrupts(&self) -> u32 {
        self.interrupts.load(Ordering::Acquire)
    }

    /// How often the program was asked to end, or lost its terminal.
    pub(crate) fn ends(&self) -> u32 {
        self.ends.load(Ordering::Acquire)
    }
}
