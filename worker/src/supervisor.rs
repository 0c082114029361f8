//! The supervisor: reads what is desired and what is, and closes the difference. It is
//! level-triggered: a bell only says "look again", and the slow tick looks again by itself.

mod allot;
mod floor;
mod pulse;
mod sight;
mod start;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use longhaul_common::alive::{AliveFile, AliveLock};
use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::bell::TICK;
use longhaul_common::id::{Epoch, TaskNumber, WorkerNumber};
use longhaul_common::store::{Accepts, Held, Orders, Store, StoreError};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::failure::chain;
use crate::hosting::{Finished, WorkerError};
use crate::meters::Meters;
use crate::notices::Notices;
use crate::registry::Registry;
use crate::retention::Ended;
use crate::runner::Left;
use crate::words::{Rest, WordTeller, WordTelltale};
use floor::{Floor, Trouble};
use sight::{Breadth, News, Sight};

/// How long runners may still take once they were told not to wait for the boundary.
const LAST_CALL: Duration = Duration::from_secs(5);

/// What the supervisor is told.
pub(crate) enum Message {
    /// Something changed: look again.
    Dirty,
    /// A worker may have gone: look at its claims too.
    Departed,
    /// What is wanted of the tasks that run here. Told as soon as it is read: the rest of the look
    /// may take its time.
    Wanted(Vec<(TaskNumber, Orders)>),
    /// Something changed, or somebody died, that no bell may have told: look at everything.
    Ticked,
    /// The clock was set: whoever waits for a time looks at it again.
    ClockSet,
    /// A task was claimed for this worker.
    Adopt(Box<Held>),
    /// A runner is done with its task.
    Left(Place, Left),
    /// A seat at which batches of a queued task were performed is free.
    Rose(u64, Left),
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
    pub(crate) once: Once,
    pub(crate) process: Process,
    pub(crate) notices: Notices,
    /// The command that is told what becomes of tasks.
    pub(crate) tells: Option<String>,
    pub(crate) meters: Meters,
    /// Who prunes what has ended is told of it.
    pub(crate) ended: Option<Ended>,
    /// Lent by the host, for the futures of tasks.
    pub(crate) runtime: Option<Handle>,
    pub(crate) sender: UnboundedSender<Message>,
    /// Held by every runner too: what still runs must not be taken for dead, and be run again
    /// beside itself.
    pub(crate) lives: Arc<AliveLock>,
    /// The last seat that was given.
    pub(crate) last_seat: AtomicU64,
}

/// Whether a worker ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Once {
    /// Once nothing is claimable and nothing runs.
    Yes,
    /// Never.
    No,
}

/// Whose process a worker runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Process {
    /// The worker's own: it may end it.
    Ours,
    /// A host program's.
    Hosted,
}

type Looking = Pin<Box<dyn Future<Output = Result<Sight, StoreError>>>>;

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
        let news = Arc::new(News::default());
        let _watcher = self.watch(&news);
        let mut floor = Floor::new(self.concurrency);
        let _pulse = self.start_pulse().map_err(WorkerError::Start)?;
        let telltale = self.start_teller().map_err(WorkerError::Start)?;
        // What to look at once the look under way is over; at the start, at everything.
        let mut wanted = Some(Breadth::Claims);
        let mut looking: Option<Looking> = None;
        loop {
            if looking.is_none()
                && let Some(breadth) = wanted.take()
            {
                floor.look();
                looking = Some(self.look(&floor, breadth));
            }
            tokio::select! {
                message = messages.recv() => {
                    let mut next = message;
                    while let Some(message) = next {
                        wanted = wanted.max(self.hear(message, &mut floor, &news));
                        next = messages.try_recv().ok();
                    }
                }
                seen = seen(&mut looking) => {
                    looking = None;
                    if matches!(&seen, Ok(sight) if sight.owes_words) {
                        telltale.owes();
                    }
                    wanted = wanted.max(self.close_the_difference(seen, &mut floor));
                }
                () = sleep_until(floor.wake(self.grace)) => {
                    wanted = wanted.max(Some(Breadth::Claims));
                }
            }
            self.press(&mut floor);
            let busy = looking.is_some() || wanted.is_some();
            if let Some(finished) = floor.finished(self.once, busy) {
                if let Some(error) = floor.lost() {
                    return Err(error.into());
                }
                let rest = match (self.once, floor.stops()) {
                    (Once::Yes, false) => Rest::Told,
                    (Once::Yes, true) | (Once::No, _) => Rest::Left,
                };
                // A command that is being run ends first, within reason: another worker would run it again.
                let (done, ended) = tokio::sync::oneshot::channel();
                let ending = std::thread::Builder::new()
                    .name("teller's end".into())
                    .spawn(move || {
                        telltale.end(rest);
                        // Whoever waits no more needs no telling.
                        let _ = done.send(());
                    });
                if ending.is_ok() {
                    // Late, it is left to itself; whoever takes it over says so.
                    let _ = tokio::time::timeout(self.grace, ended).await;
                }
                self.take_leave().await;
                return Ok(finished);
            }
        }
    }

    fn start_teller(&self) -> std::io::Result<WordTelltale> {
        WordTeller {
            store: self.store.clone(),
            alive: Arc::clone(&self.alive),
            worker: self.number,
            command: self.tells.clone(),
            notices: self.notices.clone(),
        }
        .start()
    }

    fn hear(&self, message: Message, floor: &mut Floor, news: &News) -> Option<Breadth> {
        match message {
            Message::Dirty => {
                news.taken();
                Some(Breadth::Own)
            }
            Message::Departed => {
                floor.tell_departure();
                Some(Breadth::Departures)
            }
            Message::Rose(seat, left) => {
                floor.rose(seat, &left);
                match left {
                    Left::Settled => Some(Breadth::Own),
                    // Opened again at once, it would be left again at once.
                    Left::Abandoned => {
                        floor.look_again_in(TICK);
                        None
                    }
                    Left::StoreLost(error) => {
                        self.lose_store(error, floor);
                        None
                    }
                }
            }
            Message::Ticked => Some(Breadth::Claims),
            Message::ClockSet => {
                floor.rouse();
                Some(Breadth::Claims)
            }
            Message::Wanted(orders) => {
                floor.pass_on(&orders);
                None
            }
            Message::Adopt(held) => {
                self.start(*held, floor);
                None
            }
            Message::Left(place, left) => {
                floor.left(place, &left);
                if matches!(left, Left::Settled) {
                    self.notices
                        .mention(&format!("task {} is settled", place.0));
                }
                if let Some(ended) = &self.ended {
                    // One that broke down prunes nothing more.
                    let _ = ended.send(());
                }
                match left {
                    Left::Settled | Left::Abandoned => Some(Breadth::Own),
                    Left::StoreLost(error) => {
                        self.lose_store(error, floor);
                        None
                    }
                }
            }
            Message::Stop => {
                floor.stop(self.grace, LAST_CALL);
                None
            }
        }
    }

    /// Does what a look showed to be missing; gives what to look at next.
    fn close_the_difference(
        &self,
        seen: Result<Sight, StoreError>,
        floor: &mut Floor,
    ) -> Option<Breadth> {
        let sight = match seen {
            Ok(sight) => sight,
            Err(error) => return self.trouble(error, floor),
        };
        floor.note(&sight);
        let took = sight.held.len();
        for held in sight.strays {
            // What came or left meanwhile is no stray, and what was read of it is old.
            if !floor.moved(place_of(&held)) {
                self.start(held, floor);
            }
        }
        for held in sight.held {
            self.start(held, floor);
        }
        if sight.starved {
            floor.ask_for_slot();
        }
        for (seating, seats) in sight.seats {
            for _ in 0..seats.min(floor.slots()) {
                self.seat(&seating, floor);
            }
        }
        floor.nudge();
        // Whoever got something may get more: what was claimed may not have filled the slots.
        (took > 0 && floor.slots() > 0).then_some(Breadth::Own)
    }

    /// A look failed; gives what to look at next.
    fn trouble(&self, error: StoreError, floor: &mut Floor) -> Option<Breadth> {
        match floor.trouble(error.outlook()) {
            Trouble::Begins => {
                self.notices.tell(&format!(
                    "the store can't be reached and is tried again: {}",
                    chain(&error)
                ));
                floor.look_again_in(TICK);
                None
            }
            Trouble::GoesOn => {
                // What was due is due still, and nobody else may say so.
                floor.look_again_in(TICK);
                None
            }
            Trouble::MayLast => Some(Breadth::Claims),
            Trouble::Lasts => {
                self.lose_store(error, floor);
                None
            }
        }
    }

    fn lose_store(&self, error: StoreError, floor: &mut Floor) {
        let why = chain(&error);
        if floor.lose_store(error, LAST_CALL) {
            self.notices.tell(&format!(
                "the worker ends, its batches in flight are ended, and its tasks are left to be taken over: {why}"
            ));
        }
    }

    /// Presses on a stop whose time is over.
    fn press(&self, floor: &mut Floor) {
        if let Some(task) = floor.ignores_cancellation(self.grace) {
            match self.process {
                // Nothing else ends a thread that does not listen. Its siblings get the grace
                // period.
                Process::Ours => {
                    self.notices.tell(&format!(
                        "task {task} was cancelled and does not stop: the worker ends for it, and gives its other tasks back first"
                    ));
                    if !floor.stops() {
                        floor.stop(self.grace, LAST_CALL);
                    }
                }
                Process::Hosted => self
                    .notices
                    .tell(&format!("task {task} was cancelled and does not stop")),
            }
        }
        if floor.press(LAST_CALL) {
            self.notices.tell(
                "the grace period is over: the batches in flight are ended, and repeated later",
            );
        }
    }

    async fn take_leave(&self) {
        let number = self.number;
        let told = sight::ask(&self.store, move |store| store.worker_stopped(number)).await;
        if let Err(error) = told {
            self.notices.tell(&format!(
                "the worker's end is not recorded: {}",
                chain(&error)
            ));
        }
    }
}

/// The place of a task that was claimed.
fn place_of(held: &Held) -> Place {
    (held.key.task, held.key.claim.epoch)
}

/// The outcome of the look under way; never, if there is none.
async fn seen(looking: &mut Option<Looking>) -> Result<Sight, StoreError> {
    match looking {
        Some(looking) => looking.await,
        None => std::future::pending().await,
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
