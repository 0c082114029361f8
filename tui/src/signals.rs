//! The signals of a verb that works in the foreground, counted, and told to whoever waits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use longhaul_common::changes::Waker;
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
    suspend: Option<Incoming>,
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
    pub(crate) fn tell(self, waker: Waker) -> io::Result<Signals> {
        let signals = Signals::default();
        let counts = signals.clone();
        self.listen(move |came| {
            let count = match came {
                Came::Interrupt => &counts.interrupts,
                Came::End => &counts.ends,
                Came::Suspend => return stop_once_idle(),
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
                            () = comes(&mut self.suspend) => Came::Suspend,
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
                unless_ignored(SignalKind::from_raw(Signal::SIGTSTP as i32))?,
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

/// From now on ctrl-z stops this process once it is out of the store, for a verb that heeds no other
/// signal. Where that can't be had it stops at once, as any program.
pub(crate) fn stop_outside_the_store() {
    let stop = SignalKind::from_raw(Signal::SIGTSTP as i32);
    let caught = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .and_then(|runtime| {
            let suspend = {
                let _inside = runtime.enter();
                unless_ignored(stop)?
            };
            Ok((runtime, suspend))
        });
    let Ok((runtime, mut suspend @ Some(_))) = caught else {
        return;
    };
    // Where no thread is to be had the store has none either, and the verb ends at once.
    let _ = std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(async {
                loop {
                    comes(&mut suspend).await;
                    stop_once_idle();
                }
            });
        });
}
