//! The line between the supervisor and a runner: what is wanted of the task, in one atomic word,
//! and a descriptor that wakes a runner who waits for a process or for a retry.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use longhaul_common::brake::Share;
use longhaul_common::id::RequestNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::Orders;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use tokio::sync::Notify;

const STOP: u64 = 1;
const STOP_NOW: u64 = 1 << 1;
const FORCE: u64 = 1 << 2;
const SUSPEND: u64 = 1 << 3;
const TERMINATE: u64 = 1 << 4;
const YIELD: u64 = 1 << 5;
/// The worker is drained.
const LEAVE: u64 = 1 << 6;
const REQUEST_SHIFT: u32 = 8;
const STOPS: u64 = STOP | STOP_NOW;
/// What is no order: kept when an order comes.
const KEPT: u64 = STOPS | YIELD | LEAVE;

/// What a runner is told while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What is wanted of the task.
    pub(crate) orders: Orders,
    /// The worker stops: give the task back at the next boundary.
    pub(crate) stopping: bool,
    /// The worker's grace is over: do not wait for the boundary.
    pub(crate) stopping_now: bool,
    /// Somebody else waits for the slot: leave it at the next boundary.
    pub(crate) yields: bool,
    /// The worker is drained: give the task back at the next boundary, unless that is lifted before.
    pub(crate) leaves: bool,
}

impl Told {
    /// Whether the batch in flight is not to be waited for.
    pub(crate) fn interrupts(self) -> bool {
        self.stopping_now || self.forced()
    }

    /// Whether a request says so.
    pub(crate) fn forced(self) -> bool {
        self.orders.force && self.orders.desired != Desired::Run
    }
}

/// Whether a task is to be given back because its worker is drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// It is.
    Asked,
    /// It is not any more.
    TakenBack,
}

/// One end writes, the runner reads.
#[derive(Debug)]
pub(crate) struct Line {
    word: AtomicU64,
    /// How often the task's settings were changed.
    settings: AtomicU64,
    /// The share of its time that the slot is to work, in percent; 0: all of it.
    brake: AtomicU8,
    /// Said by the runner: it waits for something that nobody can hasten, and needs no slot.
    stuck: AtomicBool,
    /// Somebody asked it to look again, and it has not yet.
    nudged: AtomicBool,
    /// A seat found that the task's broker can't be used.
    troubled: AtomicBool,
    /// Said by a consumer: it holds its slot and finds nothing to do.
    lingers: AtomicBool,
    /// A worker may have died since it looked last.
    departed: AtomicBool,
    /// The request up to which force has been obeyed: what runs now is not the batch that it was about.
    obeyed: AtomicU64,
    wake: EventFd,
    /// The same for futures.
    rung: Notify,
}

impl Line {
    pub(crate) fn new(orders: Orders) -> io::Result<Self> {
        Ok(Self {
            word: AtomicU64::new(encode(orders)),
            settings: AtomicU64::new(orders.settings),
            brake: AtomicU8::new(0),
            stuck: AtomicBool::new(false),
            nudged: AtomicBool::new(false),
            troubled: AtomicBool::new(false),
            lingers: AtomicBool::new(false),
            departed: AtomicBool::new(false),
            obeyed: AtomicU64::new(0),
            wake: EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?,
            rung: Notify::new(),
        })
    }

    /// What is wanted now: two atomic loads.
    pub(crate) fn told(&self) -> Told {
        let word = self.word.load(Ordering::Acquire);
        Told {
            orders: Orders {
                settings: self.settings.load(Ordering::Acquire),
                ..decode(word)
            },
            stopping: word & STOP != 0,
            stopping_now: word & STOP_NOW != 0,
            yields: word & YIELD != 0,
            leaves: word & LEAVE != 0,
        }
    }

    /// Says that force which this request asked for has been obeyed.
    pub(crate) fn obeys(&self, request: RequestNumber) {
        self.obeyed.store(request.0, Ordering::Release);
    }

    /// Whether what is in flight now is not to be waited for.
    pub(crate) fn interrupts(&self) -> bool {
        let told = self.told();
        let obeyed = self.obeyed.load(Ordering::Acquire);
        told.stopping_now || (told.forced() && told.orders.request.0 > obeyed)
    }

    /// Tells what is wanted, unless a later request is known already.
    pub(crate) fn tell(&self, orders: Orders) {
        let new = encode(orders);
        let before = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
                let known = word >> REQUEST_SHIFT;
                (new >> REQUEST_SHIFT >= known).then_some((word & KEPT) | new)
            });
        let renewed = self.settings.fetch_max(orders.settings, Ordering::AcqRel) < orders.settings;
        if renewed || before.is_ok_and(|before| before & !KEPT != new) {
            self.ring();
        }
    }

    /// Asks the runner to give the task back at the next boundary.
    pub(crate) fn stop(&self) {
        self.word.fetch_or(STOP, Ordering::AcqRel);
        self.ring();
    }

    /// Asks the runner to give the task back without waiting for the boundary.
    pub(crate) fn stop_now(&self) {
        self.word.fetch_or(STOPS, Ordering::AcqRel);
        self.ring();
    }

    /// Asks the runner to give the task back at the next boundary, or takes that back.
    pub(crate) fn leave(&self, leave: Leave) {
        let before = match leave {
            Leave::Asked => self.word.fetch_or(LEAVE, Ordering::AcqRel),
            Leave::TakenBack => self.word.fetch_and(!LEAVE, Ordering::AcqRel),
        };
        if (before & LEAVE != 0) != (leave == Leave::Asked) {
            self.ring();
        }
    }

    /// Says what share of its time the slot is to work.
    pub(crate) fn brake(&self, share: Option<Share>) {
        let percent = share.map_or(0, Share::percent);
        if self.brake.swap(percent, Ordering::AcqRel) != percent {
            self.ring();
        }
    }

    /// What share of its time the slot is to work; None: all of it.
    pub(crate) fn braked(&self) -> Option<Share> {
        Share::new(self.brake.load(Ordering::Acquire)).ok()
    }

    /// Asks for the slot at the next boundary.
    pub(crate) fn ask_for_slot(&self) {
        self.word.fetch_or(YIELD, Ordering::AcqRel);
        self.ring();
    }

    /// Asks whoever waits at the other end to look again. Costs next to nothing where somebody has
    /// asked already.
    pub(crate) fn nudge(&self) {
        if !self.nudged.swap(true, Ordering::AcqRel) {
            self.ring();
        }
    }

    /// Wakes whoever waits at the other end, for whatever.
    pub(crate) fn rouse(&self) {
        self.ring();
    }

    /// Says that a worker may have died.
    pub(crate) fn tell_departure(&self) {
        self.departed.store(true, Ordering::Release);
        self.nudge();
    }

    /// Says that the task's broker can't be used.
    pub(crate) fn tell_of_trouble(&self) {
        self.troubled.store(true, Ordering::Release);
        self.nudge();
    }

    /// Whether that was said since it was asked last.
    pub(crate) fn hears_of_trouble(&self) -> bool {
        self.troubled.swap(false, Ordering::AcqRel)
    }

    /// Takes note of what was asked: whoever asks from now on wakes us again. True: a worker may have
    /// died.
    pub(crate) fn heed(&self) -> bool {
        self.nudged.store(false, Ordering::Release);
        self.departed.swap(false, Ordering::AcqRel)
    }

    /// Says that the runner waits for something that nobody can hasten.
    pub(crate) fn stick(&self) {
        self.stuck.store(true, Ordering::Release);
    }

    /// Says that it does no longer.
    pub(crate) fn unstick(&self) {
        self.stuck.store(false, Ordering::Release);
    }

    /// Whether it waits like that.
    pub(crate) fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Acquire)
    }

    /// Readable once something changed.
    pub(crate) fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// Waits until something changes, at most until `deadline`.
    pub(crate) fn wait(&self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        // Rounded up: waking a millisecond early would mean one more turn.
        let left = left.saturating_add(Duration::from_millis(1));
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let mut polled = [PollFd::new(self.wake.as_fd(), PollFlags::POLLIN)];
        // Interrupted or not, the caller looks again.
        let _ = nix::poll::poll(&mut polled, timeout);
        let _ = self.wake.read();
    }

    /// Waits like [`wait`](Self::wait), and can be told meanwhile from one that works.
    pub(crate) fn linger(&self, deadline: Instant) {
        self.lingers.store(true, Ordering::Release);
        // What was asked before that is seen by the caller's next look.
        if !self.nudged.load(Ordering::Acquire) {
            self.wait(deadline);
        }
        self.lingers.store(false, Ordering::Release);
    }

    /// Whether it waits for something to do.
    pub(crate) fn is_lingering(&self) -> bool {
        self.lingers.load(Ordering::Acquire)
    }

    /// Waits until something changes.
    pub(crate) fn wait_for_news(&self) {
        let mut polled = [PollFd::new(self.wake.as_fd(), PollFlags::POLLIN)];
        // Interrupted or not, the caller looks again.
        let _ = nix::poll::poll(&mut polled, PollTimeout::NONE);
        let _ = self.wake.read();
    }

    /// Comes once `so` holds; looks again at each change.
    pub(crate) async fn until(&self, so: impl Fn() -> bool) {
        loop {
            let mut rung = pin!(self.rung.notified());
            // Before the look, so that no change between the two is missed.
            rung.as_mut().enable();
            if so() {
                return;
            }
            rung.await;
        }
    }

    fn ring(&self) {
        // Full means that it is readable already.
        let _ = self.wake.write(1);
        self.rung.notify_waiters();
    }
}

fn encode(orders: Orders) -> u64 {
    let desired = match orders.desired {
        Desired::Run => 0,
        Desired::Suspend => SUSPEND,
        Desired::Terminate => TERMINATE,
    };
    (orders.request.0 << REQUEST_SHIFT) | desired | if orders.force { FORCE } else { 0 }
}

fn decode(word: u64) -> Orders {
    let desired = if word & TERMINATE != 0 {
        Desired::Terminate
    } else if word & SUSPEND != 0 {
        Desired::Suspend
    } else {
        Desired::Run
    };
    Orders {
        desired,
        force: word & FORCE != 0,
        request: RequestNumber(word >> REQUEST_SHIFT),
        settings: 0,
    }
}

#[cfg(test)]
mod tests;
