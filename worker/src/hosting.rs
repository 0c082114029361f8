//! A worker inside any program: no signal handlers, no global subscriber of its own.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use std::time::Duration;

use longhaul_common::actor::Actor;
use longhaul_common::alive::{AliveFile, Liveness};
use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::control::Control;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::lock_error::LockError;
use longhaul_common::store::{Accepts, Appetite, Held, Store, StoreError};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::cx::Cx;
use crate::meters::Meters;
use crate::notices::Notices;
use crate::registry::Registry;
use crate::retention::{self, Retention};
use crate::supervisor::{Message, Once, Process, Supervisor};
use crate::task::Task;

/// How long a worker that was asked to stop waits for the batches in flight.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(30);

/// For ever, and yet something that can be added to any time.
const LONGEST_GRACE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Why a worker could not start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The store refused.
    #[error("the worker can't use the store")]
    Store(#[from] StoreError),
    /// A lock file can't be used.
    #[error("the worker can't use its locks")]
    Lock(#[from] LockError),
    /// The system refused.
    #[error("the worker can't start its supervisor")]
    Start(#[source] std::io::Error),
    /// The supervisor broke down.
    #[error("the worker's supervisor broke down")]
    BrokeDown,
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// Every task was given back.
    InGoodOrder,
    /// The grace was over and something did not end; its claim is left to be taken over.
    Overdue,
}

/// Puts a worker together.
pub struct WorkerBuilder {
    store: Store,
    registry: Registry,
    kinds: BTreeSet<String>,
    only: Option<TaskNumber>,
    concurrency: NonZeroUsize,
    grace: Duration,
    once: Once,
    process: Process,
    notices: Notices,
    retention: Retention,
    meters: Meters,
    runtime: Option<Handle>,
}

/// A worker over `store`: as many tasks at once as there are cores, every kind.
#[must_use]
pub fn builder(store: Store) -> WorkerBuilder {
    WorkerBuilder {
        store,
        registry: Registry::default(),
        kinds: BTreeSet::new(),
        only: None,
        concurrency: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        grace: DEFAULT_GRACE,
        once: Once::No,
        process: Process::Hosted,
        notices: Notices::none(),
        retention: Retention::default(),
        meters: Meters::default(),
        runtime: None,
    }
}

impl WorkerBuilder {
    /// Lets the worker perform tasks of this kind in its own process; `shared` is lent to each.
    #[must_use]
    pub fn register<T: Task>(mut self, shared: T::Shared) -> Self {
        self.registry.register::<T>(shared);
        self
    }

    /// Has a test do something after each batch, before its checkpoint.
    #[must_use]
    pub(crate) fn after_each_batch(mut self, after: impl Fn(&Cx) + Send + Sync + 'static) -> Self {
        self.registry.after_each_batch(after);
        self
    }

    /// Lends a runtime that drives the futures of [async tasks](crate::AsyncTask): one that others drive
    /// too, so a multi-threaded one. Without it they have one of their own.
    #[must_use]
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// How many tasks at once.
    #[must_use]
    pub fn concurrency(mut self, tasks: NonZeroUsize) -> Self {
        self.concurrency = tasks;
        self
    }

    /// Takes tasks of these kinds only.
    #[must_use]
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = String>) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// Takes this task only.
    #[must_use]
    pub fn only(mut self, task: TaskNumber) -> Self {
        self.only = Some(task);
        self
    }

    /// Takes no task but those it is [handed](RunningWorker::adopt).
    #[must_use]
    pub fn adopting(self) -> Self {
        // No task has the number 0.
        self.only(TaskNumber(0))
    }

    /// How long the batches in flight are waited for once the worker is asked to stop.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace.min(LONGEST_GRACE);
        self
    }

    /// Stops by itself once nothing is claimable and nothing runs.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = Once::Yes;
        self
    }

    /// The process is the worker's own: should a batch in it ignore its cancellation for longer
    /// than the grace period, the worker gives its other tasks back and ends as
    /// [overdue](Finished::Overdue), and the program has to end then.
    #[must_use]
    pub fn owning_the_process(mut self) -> Self {
        self.process = Process::Ours;
        self
    }

    /// Prunes tasks that have ended as it goes; without it they stay.
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Counts its work with these.
    #[must_use]
    pub fn meters(mut self, meters: Meters) -> Self {
        self.meters = meters;
        self
    }

    /// Where notices go.
    #[must_use]
    pub fn notices(mut self, notices: Notices) -> Self {
        self.notices = notices;
        self
    }

    /// Takes the lock that says that it lives, introduces itself to the store and starts to work,
    /// on threads of its own.
    ///
    /// # Errors
    /// [`WorkerError`]; nothing runs then.
    pub fn spawn(self) -> Result<RunningWorker, WorkerError> {
        let store = self.store;
        store.refuse_to_run()?;
        let accepts = Accepts {
            kinds: self.kinds,
            registered: self.registry.names().collect(),
            only: self.only,
        };
        let number = store.next_worker()?;
        let alive = AliveFile::open(store.dir())?;
        let lock = AliveFile::hold(store.dir(), number)?;
        let locks = Arc::new(BatchLocks::open(store.dir())?);
        let dead = store
            .workers()?
            .into_iter()
            .filter(|row| !row.is_gone())
            .map(|row| row.number)
            .filter(|known| matches!(alive.probe(*known), Ok(Liveness::Dead)))
            .collect();
        // Before anybody can see that it is alive.
        store.publish_kinds(self.registry.published())?;
        store.worker_started(
            number,
            Actor::this_process(),
            self.concurrency.get() as u64,
            accepts.clone(),
            dead,
        )?;
        let ended = if self.retention.is_any() {
            let control = Control::new(store.clone())?;
            let notices = self.notices.clone();
            let started = retention::start(self.retention, control, number, notices);
            Some(started.map_err(WorkerError::Start)?)
        } else {
            None
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        let supervisor = Supervisor {
            store,
            number,
            accepts,
            registry: Arc::new(self.registry),
            locks,
            alive: Arc::new(alive),
            concurrency: self.concurrency.get(),
            grace: self.grace,
            once: self.once,
            process: self.process,
            notices: self.notices,
            ended,
            meters: self.meters,
            runtime: self.runtime,
            sender: sender.clone(),
            lives: Arc::new(lock),
            last_seat: AtomicU64::new(0),
        };
        let thread = std::thread::Builder::new()
            .name("supervisor".into())
            .spawn(move || supervisor.run(receiver))
            .map_err(WorkerError::Start)?;
        Ok(RunningWorker {
            number,
            sender,
            thread,
        })
    }
}

/// A worker that works. Dropping it without [`join`](Self::join) leaves its threads to the
/// process, and it works on. It counts as alive until the last of its threads has ended.
pub struct RunningWorker {
    number: WorkerNumber,
    sender: mpsc::UnboundedSender<Message>,
    thread: JoinHandle<Result<Finished, WorkerError>>,
}

/// Asks a worker to stop, from anywhere.
#[derive(Clone)]
pub struct Stopper(mpsc::UnboundedSender<Message>);

impl Stopper {
    /// Asks the worker to give its tasks back at their next batch boundaries and to end. A second
    /// call waits for no boundary.
    pub fn stop(&self) {
        // One that has ended needs no asking.
        let _ = self.0.send(Message::Stop);
    }
}

/// Takes tasks for a worker, from anywhere.
#[derive(Clone)]
pub struct Taker {
    worker: WorkerNumber,
    sender: mpsc::UnboundedSender<Message>,
}

impl Taker {
    /// Claims this task for the worker, if it waits for one: for one that takes nothing
    /// [by itself](WorkerBuilder::adopting).
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn take(&self, store: &Store, task: TaskNumber) -> Result<(), StoreError> {
        let caught = store.claim(Appetite {
            worker: self.worker,
            slots: 1,
            accepts: Accepts {
                only: Some(task),
                ..Accepts::default()
            },
            orphans: Vec::new(),
        })?;
        for held in caught.held {
            // One that has ended gives nothing back: its claims are taken over.
            let _ = self.sender.send(Message::Adopt(Box::new(held)));
        }
        Ok(())
    }
}

impl RunningWorker {
    /// Its number in the store.
    #[must_use]
    pub fn number(&self) -> WorkerNumber {
        self.number
    }

    /// Hands it a task that was claimed for it.
    pub fn adopt(&self, held: Held) {
        let _ = self.sender.send(Message::Adopt(Box::new(held)));
    }

    /// Something that takes tasks for it.
    #[must_use]
    pub fn taker(&self) -> Taker {
        Taker {
            worker: self.number,
            sender: self.sender.clone(),
        }
    }

    /// Something that asks it to stop.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(self.sender.clone())
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// [`WorkerError`] when it had to end.
    pub fn join(self) -> Result<Finished, WorkerError> {
        self.thread.join().unwrap_or(Err(WorkerError::BrokeDown))
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }
}
