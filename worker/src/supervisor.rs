//! The supervisor: reads what is desired and what is, and closes the difference. It is
//! level-triggered: a bell only says "look again", and the slow tick looks again by itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use longhaul_common::alive::{AliveFile, Liveness};
use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::bell::{TICK, Watch, Watcher, Watching};
use longhaul_common::id::{Epoch, TaskNumber, WorkerNumber};
use longhaul_common::spec::Work;
use longhaul_common::store::{Accepts, Appetite, Claim, Held, Store, StoreError};
use longhaul_common::time::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::MissedTickBehavior;

use crate::command::CommandEngine;
use crate::engine::Engine;
use crate::failure::{Failure, chain};
use crate::hosting::{Finished, WorkerError};
use crate::journal::Journal;
use crate::line::Line;
use crate::notices::Notices;
use crate::process::reap_orphans;
use crate::registry::Registry;
use crate::runner::{Left, Runner};
use crate::unrunnable::Unrunnable;

/// How long runners may still take once they were told not to wait for the boundary.
const LAST_CALL: Duration = Duration::from_secs(5);
/// A dead worker's lock is dropped a little after its files are closed: the probe is repeated
/// after these, then left to the tick.
const PROBES: [u64; 8] = [0, 1, 2, 4, 8, 16, 32, 64];

/// What the supervisor is told.
pub(crate) enum Message {
    /// Something changed: look again.
    Dirty,
    /// A task was claimed for this worker.
    Adopt(Box<Held>),
    /// A runner is done with its task.
    Left(Place, Left),
    /// Stop; a second time: at once.
    Stop,
}

/// A runner's place on the floor: its task and the epoch of its claim. A runner that takes leave
/// late may meet the next one of its task.
pub(crate) type Place = (TaskNumber, Epoch);

/// Keeps a worker's slots filled and its runners told.
pub(crate) struct Supervisor {
    pub(crate) store: Store,
    pub(crate) number: WorkerNumber,
    pub(crate) accepts: Accepts,
    pub(crate) registry: Arc<Registry>,
    pub(crate) locks: Arc<BatchLocks>,
    pub(crate) alive: Arc<AliveFile>,
    pub(crate) concurrency: usize,
    pub(crate) grace: Duration,
    pub(crate) once: bool,
    pub(crate) notices: Notices,
    pub(crate) sender: UnboundedSender<Message>,
}

#[derive(Default)]
struct Floor {
    runners: BTreeMap<Place, Arc<Line>>,
    stopping: Option<Stopping>,
    next_due: Option<Timestamp>,
    overdue: bool,
    troubled: bool,
}

/// A stop that is under way.
#[derive(Clone, Copy)]
enum Stopping {
    /// The boundaries are waited for until then.
    Gracefully(Instant),
    /// They are not; runners that don't come back by then are left behind.
    Now(Instant),
}

impl Stopping {
    fn deadline(self) -> Instant {
        match self {
            Self::Gracefully(at) | Self::Now(at) => at,
        }
    }
}

/// Why the supervisor looks again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// At its own claims and at what waits.
    Claims,
    /// Also at the claims of the dead.
    Orphans,
}

impl Supervisor {
    pub(crate) fn run(self, messages: UnboundedReceiver<Message>) -> Result<Finished, WorkerError> {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(WorkerError::Start)?
            .block_on(self.supervise(messages))
    }

    async fn supervise(
        self,
        mut messages: UnboundedReceiver<Message>,
    ) -> Result<Finished, WorkerError> {
        let pending = Arc::new(AtomicBool::new(false));
        let _watcher = self.watch(&pending);
        let mut floor = Floor::default();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let wake = floor.wake();
            let look = tokio::select! {
                message = messages.recv() => {
                    let mut look = None;
                    let mut next = message;
                    while let Some(message) = next {
                        look = self.hear(message, &mut floor, &pending).or(look);
                        next = messages.try_recv().ok();
                    }
                    look
                }
                _ = tick.tick() => {
                    reap_orphans();
                    Some(Look::Orphans)
                }
                () = sleep_until(wake) => Some(Look::Claims),
            };
            self.press(&mut floor);
            if let Some(look) = look
                && let Err(error) = self.look(&mut floor, look).await
            {
                self.trouble(&mut floor, &error);
            }
            if let Some(finished) = self.finished(&mut floor) {
                self.take_leave().await;
                return Ok(finished);
            }
        }
    }

    fn watch(&self, pending: &Arc<AtomicBool>) -> Watcher {
        let (sender, pending) = (self.sender.clone(), Arc::clone(pending));
        let watcher = Watcher::start(self.store.dir(), Watch::ControlAndAlive, move || {
            // All that come before the supervisor looks count as one.
            if !pending.swap(true, Ordering::AcqRel) {
                let _ = sender.send(Message::Dirty);
            }
        });
        if let Watching::TickOnly(reason) = watcher.watching() {
            self.notices.tell(&format!(
                "changes are noticed every {} s only: {}",
                TICK.as_secs(),
                chain(reason)
            ));
        }
        watcher
    }

    fn hear(&self, message: Message, floor: &mut Floor, pending: &AtomicBool) -> Option<Look> {
        match message {
            Message::Dirty => {
                pending.store(false, Ordering::Release);
                Some(Look::Orphans)
            }
            Message::Adopt(held) => {
                self.start(*held, floor);
                None
            }
            Message::Left(place, left) => {
                floor.leaves(place, &left);
                Some(Look::Claims)
            }
            Message::Stop => {
                let now = Instant::now();
                let stopping = match floor.stopping {
                    None => Stopping::Gracefully(now + self.grace),
                    Some(Stopping::Gracefully(_)) => Stopping::Now(now + LAST_CALL),
                    Some(stopping @ Stopping::Now(_)) => stopping,
                };
                floor.stopping = Some(stopping);
                for line in floor.runners.values() {
                    match stopping {
                        Stopping::Gracefully(_) => line.stop(),
                        Stopping::Now(_) => line.stop_now(),
                    }
                }
                None
            }
        }
    }

    /// Presses on a stop whose time is over.
    fn press(&self, floor: &mut Floor) {
        let now = Instant::now();
        match floor.stopping {
            Some(Stopping::Gracefully(until)) if until <= now => {
                floor.overdue = !floor.runners.is_empty();
                if floor.overdue {
                    self.notices.tell(
                        "the grace period is over: the batches in flight are ended, and repeated later",
                    );
                }
                floor.stopping = Some(Stopping::Now(now + LAST_CALL));
                for line in floor.runners.values() {
                    line.stop_now();
                }
            }
            Some(Stopping::Gracefully(_) | Stopping::Now(_)) | None => {}
        }
    }

    /// Reads what is desired and what is, and closes the difference.
    async fn look(&self, floor: &mut Floor, look: Look) -> Result<(), StoreError> {
        self.tell_runners(floor).await?;
        if floor.stopping.is_some() {
            return Ok(());
        }
        let slots = self.concurrency.saturating_sub(floor.runners.len());
        if slots == 0 {
            floor.next_due = None;
            return Ok(());
        }
        let orphans = match look {
            Look::Claims => Vec::new(),
            Look::Orphans => self.orphans().await?,
        };
        let accepts = self.accepts.clone();
        let due = self.ask(move |store| store.waits(accepts)).await?;
        floor.next_due = due.next;
        floor.troubled = false;
        if due.now.is_empty() && orphans.is_empty() {
            return Ok(());
        }
        let appetite = Appetite {
            worker: self.number,
            slots,
            accepts: self.accepts.clone(),
            orphans,
        };
        let caught = self.ask(move |store| store.claim(appetite)).await?;
        floor.next_due = caught.next_due;
        for held in caught.held {
            self.start(held, floor);
        }
        Ok(())
    }

    async fn tell_runners(&self, floor: &Floor) -> Result<(), StoreError> {
        if floor.runners.is_empty() {
            return Ok(());
        }
        let tasks: Vec<TaskNumber> = floor.runners.keys().map(|(task, _)| *task).collect();
        let orders = self.ask(move |store| store.orders(tasks)).await?;
        for (line, orders) in floor.runners.values().zip(orders) {
            line.tell(orders);
        }
        Ok(())
    }

    /// The claims whose owners are dead.
    async fn orphans(&self) -> Result<Vec<(TaskNumber, Claim)>, StoreError> {
        let mine = self.number;
        let mut claims = self.ask(Store::claims).await?;
        claims.retain(|(_, claim)| claim.worker != mine);
        if claims.is_empty() {
            return Ok(claims);
        }
        for pause in PROBES {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let dead: Vec<_> = claims
                .iter()
                .filter(|(_, claim)| matches!(self.alive.probe(claim.worker), Ok(Liveness::Dead)))
                .copied()
                .collect();
            if !dead.is_empty() {
                return Ok(dead);
            }
        }
        Ok(Vec::new())
    }

    /// Calls the store, which may block, off this thread.
    async fn ask<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.store.clone();
        let dir = store.dir().to_owned();
        tokio::task::spawn_blocking(move || call(&store))
            .await
            .unwrap_or(Err(StoreError::Unknown {
                path: dir,
                waited: Duration::ZERO,
            }))
    }

    fn start(&self, held: Held, floor: &mut Floor) {
        let task = held.key.task;
        let line = match Line::new(held.row.orders()) {
            Ok(line) => Arc::new(line),
            Err(error) => {
                // The claim stays ours; the tick of another worker can't take it while we live.
                self.notices
                    .tell(&format!("task {task} can't be started: {}", chain(&error)));
                return;
            }
        };
        match floor.stopping {
            None => {}
            Some(Stopping::Gracefully(_)) => line.stop(),
            Some(Stopping::Now(_)) => line.stop_now(),
        }
        let place = (task, held.key.claim.epoch);
        floor.runners.insert(place, Arc::clone(&line));
        let journal = Arc::new(Mutex::new(Journal::open(
            self.store.dir(),
            task,
            self.notices.clone(),
        )));
        let engine = self.engine(&held, &journal);
        let runner = Runner::new(
            self.store.clone(),
            held,
            line,
            engine,
            journal,
            self.notices.clone(),
        );
        let sender = self.sender.clone();
        let started = std::thread::Builder::new()
            .name(format!("task-{task}"))
            .spawn(move || {
                let left = runner.run();
                let _ = sender.send(Message::Left(place, left));
            });
        if let Err(error) = started {
            self.notices
                .tell(&format!("task {task} can't be started: {}", chain(&error)));
            let _ = self.sender.send(Message::Left(place, Left::Abandoned));
        }
    }

    fn engine(&self, held: &Held, journal: &Arc<Mutex<Journal>>) -> Box<dyn Engine> {
        let spec = &held.row.spec;
        let made: Result<Box<dyn Engine>, Failure> = match &spec.work {
            Work::Command(work) => Ok(Box::new(CommandEngine::new(
                spec,
                work,
                Arc::clone(&self.locks),
                Arc::clone(journal),
            ))),
            Work::Registered(work) => self.registry.engine(&spec.kind, work),
        };
        made.unwrap_or_else(|failure| Box::new(Unrunnable(failure)))
    }

    fn finished(&self, floor: &mut Floor) -> Option<Finished> {
        if let Some(Stopping::Now(until)) = floor.stopping
            && until <= Instant::now()
            && !floor.runners.is_empty()
        {
            return Some(Finished::Overdue);
        }
        if !floor.runners.is_empty() {
            return None;
        }
        let done =
            floor.stopping.is_some() || (self.once && floor.next_due.is_none() && !floor.troubled);
        done.then_some(if floor.overdue {
            Finished::Overdue
        } else {
            Finished::InGoodOrder
        })
    }

    async fn take_leave(&self) {
        let number = self.number;
        if let Err(error) = self.ask(move |store| store.worker_stopped(number)).await {
            self.notices.tell(&format!(
                "the worker's end is not recorded: {}",
                chain(&error)
            ));
        }
    }

    fn trouble(&self, floor: &mut Floor, error: &StoreError) {
        if !floor.troubled {
            floor.troubled = true;
            self.notices.tell(&format!(
                "the store can't be read and is tried again: {}",
                chain(error)
            ));
        }
    }
}

impl Floor {
    fn leaves(&mut self, place: Place, left: &Left) {
        self.runners.remove(&place);
        self.overdue |= matches!(left, Left::Abandoned);
    }

    /// When something is due without anybody saying so.
    fn wake(&self) -> Option<Instant> {
        let due = self.next_due.map(|at| {
            let left = at.since(Timestamp::now());
            Instant::now() + left
        });
        let stop = self.stopping.map(Stopping::deadline);
        match (due, stop) {
            (Some(due), Some(stop)) => Some(due.min(stop)),
            (due, stop) => due.or(stop),
        }
    }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
