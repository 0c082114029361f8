//! The signals of a verb that works in the foreground, counted, and told to whoever waits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use longhaul_common::changes::Waker;
use longhaul_common::store::Store;
use longhaul_worker::heeded::{comes, unless_ignored};
use longhaul_worker::stop_self::stop_once_idle;
use nix::sys::signal::Signal;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal as Incoming, SignalKind, signal};

/// How often each signal came.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    interrupts: Arc<AtomicU32>,
    ends: Arc<AtomicU32>,
}

/// Signals that were caught, and nobody told of yet.
pub(crate) struct Caught {
    runtime: Runtime,
    interrupt: Option<Incoming>,
    terminate: Incoming,
    hangup: Option<Incoming>,
    suspend: Incoming,
    resume: Option<Incoming>,
}

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// ctrl-c.
    Interrupt,
    /// The program is to end, or has lost its terminal.
    End,
    /// ctrl-z.
    Suspend,
    /// `fg`, or whoever lets a stopped process go on.
    Resume,
}

impl Caught {
    /// Also hears when a stopped process is let go on.
    pub(crate) fn with_resume(mut self) -> io::Result<Self> {
        let resume = {
            let _inside = self.runtime.enter();
            signal(SignalKind::from_raw(Signal::SIGCONT as i32))?
        };
        self.resume = Some(resume);
        Ok(self)
    }

    /// Tells of SIGINT, SIGTERM and SIGHUP by waking whoever waits, also of those that came
    /// already. At ctrl-z the process stops once it is out of the store.
    pub(crate) fn tell(self, waker: Waker, store: Store) -> io::Result<Signals> {
        let signals = Signals::default();
        let counts = signals.clone();
        self.listen(move |came| {
            let count = match came {
                Came::Interrupt => &counts.interrupts,
                Came::End => &counts.ends,
                Came::Suspend => return stop_once_idle(&store),
                Came::Resume => return,
            };
            count.fetch_add(1, Ordering::AcqRel);
            waker.wake();
        })?;
        Ok(signals)
    }

    /// Hands each signal on, also those that came already.
    pub(crate) fn listen(mut self, hear: impl Fn(Came) + Send + 'static) -> io::Result<()> {
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                self.runtime.block_on(async {
                    loop {
                        hear(tokio::select! {
                            () = comes(&mut self.interrupt) => Came::Interrupt,
                            _ = self.terminate.recv() => Came::End,
                            () = comes(&mut self.hangup) => Came::End,
                            _ = self.suspend.recv() => Came::Suspend,
                            () = comes(&mut self.resume) => Came::Resume,
                        });
                    }
                });
            })?;
        Ok(())
    }
}

impl Signals {
    /// From now on SIGINT, SIGTERM, SIGHUP and ctrl-z don't end the process. What it was told to
    /// ignore by whoever started it (nohup, a shell that has it in the background) stays ignored.
    pub(crate) fn catch() -> io::Result<Caught> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let (interrupt, terminate, hangup, suspend) = {
            let _inside = runtime.enter();
            (
                unless_ignored(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                unless_ignored(SignalKind::hangup())?,
                signal(SignalKind::from_raw(nix::libc::SIGTSTP))?,
            )
        };
        Ok(Caught {
            runtime,
            interrupt,
            terminate,
            hangup,
            suspend,
            resume: None,
        })
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
