//! A runner: the thread that carries one task, batch by batch, from its claim until the task
//! leaves this worker. It waits for each checkpoint before the next batch starts.

mod again;
mod attempt;
mod batch;
mod check;
mod coordinate;
mod courier;
mod hooks;
mod mark;
mod rollback;
mod settings;
mod wait;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use longhaul_common::alive::AliveFile;
use longhaul_common::gate::{self, Closed, Site};
use longhaul_common::id::{RequestNumber, batch_key, init_key};
use longhaul_common::rules::{self, Happened, Standing, Step};
use longhaul_common::spec::{Place, TaskSpec};
use longhaul_common::state::Desired;
use longhaul_common::store::{Held, Key, Orders, Store, StoreError, Taken, TaskRow};
use longhaul_common::task_log::Stream;
use longhaul_common::time::Timestamp;

use crate::broker;
use crate::engine::{Engine, Resumes};
use crate::failure::{chain, shortened};
use crate::insist::{Over, Scribe};
use crate::journal::Journal;
use crate::line::{Line, Told};
use crate::notices::Notices;
use crate::task::Cx;
use crate::teller::Teller;
use crate::total::Total;
use again::WaitAgain;
use check::Check;
use coordinate::Desk;
use courier::Courier;
use rollback::WayBack;

/// The way to the task's queue, if that is at a broker.
fn courier(spec: &TaskSpec, notices: &Notices) -> Option<Courier> {
    let Place::Broker(address) = &spec.way.queue()?.place else {
        return None;
    };
    match broker::open(address, spec.id) {
        Ok(queue) => Some(Courier::new(queue)),
        Err(error) => {
            notices.tell(&format!("task {}: {}", spec.number, chain(&error)));
            None
        }
    }
}

/// How a runner's work ended.
#[derive(Debug)]
pub(crate) enum Left {
    /// The task was settled in good order, or the claim was over: somebody else has it.
    Settled,
    /// The store could not be written before the worker's grace was over, or a row of the task can't
    /// be read any more; the claim is left as it is.
    Abandoned,
    /// The store can't be used by this process any more; the claim is left to be taken over.
    StoreLost(StoreError),
}

/// Carries one task.
pub(crate) struct Runner {
    scribe: Scribe,
    pub(crate) key: Key,
    pub(crate) row: TaskRow,
    pub(crate) taken: Option<Taken>,
    pub(crate) line: Arc<Line>,
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) journal: Arc<Mutex<Journal>>,
    said: Arc<Mutex<Option<String>>>,
    resumes: Resumes,
    gave_up: bool,
    /// Why the batch at the cursor is passed over before it runs: it keeps killing its workers.
    deadly: Option<String>,
    retry_at: Option<Instant>,
    /// When the last batch ended here, and how long it took.
    last_batch: Option<(Instant, Duration)>,
    /// What the task's check said last.
    check: Option<Check>,
    /// The batch at the cursor may have run already: the task says whether it did.
    asks_mark: bool,
    heeded: RequestNumber,
    accounted: Instant,
    total: Total,
    /// The size that the last batch with marks was cut with.
    marked_cut: Option<u64>,
    /// What failed and waits to be tried again.
    again: WaitAgain,
    /// The way back over what is done, once the rollback has begun here.
    way_back: Option<WayBack>,
    /// How it coordinates others, if the task has a queue of its own.
    desk: Option<Desk>,
    /// How it sends messages, if that queue is at a broker.
    courier: Option<Courier>,
}

impl Runner {
    pub(crate) fn new(
        scribe: Scribe,
        held: Held,
        engine: Box<dyn Engine>,
        journal: Arc<Mutex<Journal>>,
        alive: &Arc<AliveFile>,
    ) -> Self {
        let resumes = if held.row.state.resumes {
            Resumes::Yes
        } else {
            Resumes::No
        };
        let total = Total::count(&held.row);
        let heeded = held.row.wish.request;
        let desk = held
            .row
            .spec
            .way
            .queue()
            .map(|queue| Desk::new(queue, alive));
        let courier = courier(&held.row.spec, &scribe.notices);
        let line = Arc::clone(&scribe.line);
        let wish = &held.row.wish;
        let again = WaitAgain::new(wish.again.batches, wish.settings);
        Self {
            scribe,
            key: held.key,
            row: held.row,
            taken: held.taken,
            line,
            engine,
            journal,
            said: Arc::default(),
            resumes,
            gave_up: false,
            deadly: None,
            retry_at: None,
            last_batch: None,
            check: None,
            asks_mark: false,
            heeded,
            accounted: Instant::now(),
            total,
            marked_cut: None,
            again,
            way_back: None,
            desk,
            courier,
        }
    }

    /// Works until the task leaves this worker.
    pub(crate) fn run(mut self) -> Left {
        let left = match self.work() {
            Ok(()) | Err(Over::Fenced) => Left::Settled,
            Err(Over::Abandoned) => Left::Abandoned,
            Err(Over::StoreLost(error)) => Left::StoreLost(error),
        };
        self.journal().flush();
        left
    }

    fn work(&mut self) -> Result<(), Over> {
        self.take_over()?;
        loop {
            self.heed_resume()?;
            self.heed_settings()?;
            let step = rules::plan(&self.standing(), self.happened());
            if !self.may_take(step)? {
                continue;
            }
            match step {
                Step::Rest => return Ok(()),
                Step::Init => self.init()?,
                Step::Batch if self.desk.is_some() => self.coordinate()?,
                Step::Batch => self.batch()?,
                Step::Hook(hook, ending) => self.hook(hook, ending)?,
                Step::Settle(ending) => {
                    self.account();
                    let cx = self.cx(batch_key(self.row.spec.id, self.row.progress.batch));
                    self.engine.leave(&cx);
                    // A task that rests holds none.
                    self.engine.let_go();
                    let (key, happened) = (self.key, self.happened());
                    let progress = self.row.progress.clone();
                    let settled = self.insist("settling", |store| {
                        store.settle(key, happened, ending, progress.clone())
                    })?;
                    match settled {
                        Ok(current) => {
                            let scribe = &self.scribe;
                            scribe.meters.settled(&scribe.store, key.task, current);
                            return Ok(());
                        }
                        Err(row) => self.learn(row),
                    }
                }
            }
        }
    }

    /// Attempts start anew when somebody resumes, also if the suspension was not reached yet.
    fn heed_resume(&mut self) -> Result<(), Over> {
        let orders = self.orders();
        if orders.request > self.heeded {
            self.heeded = orders.request;
            if orders.desired == Desired::Terminate && self.was_rolling_back() {
                self.row.progress.attempts = 0;
                self.row.progress.next_attempt_at = None;
                self.retry_at = None;
            }
            if orders.desired == Desired::Run {
                self.gave_up = false;
                self.deadly = None;
                self.row.progress.forgive();
                self.retry_at = None;
                self.forgive()?;
            }
        }
        Ok(())
    }

    fn standing(&self) -> Standing {
        self.row
            .state
            .standing(self.line.told().orders.desired, self.row.progress.exhausted)
    }

    fn happened(&self) -> Happened {
        if self.gave_up {
            Happened::GaveUp
        } else if self.told().stopping || self.told().leaves {
            Happened::Stopping
        } else if self.gate().is_some() {
            Happened::Gated
        } else {
            Happened::Boundary
        }
    }

    fn site(&self) -> Site<'_> {
        Site {
            spec: &self.row.spec,
            awaited: &self.row.awaited,
            now: Timestamp::now(),
        }
    }

    /// The gate that has closed on it.
    fn gate(&self) -> Option<Closed> {
        gate::closed(&self.site())
    }

    /// When a gate closes on it by itself, of those that are open.
    fn closes_at(&self) -> Option<Instant> {
        let site = self.site();
        let left = gate::closes_at(&site)?.since(site.now);
        Instant::now().checked_add(left)
    }

    fn init(&mut self) -> Result<(), Over> {
        if self.waits_for_retry() {
            return Ok(());
        }
        let cx = self.cx(init_key(self.row.spec.id));
        self.accounted = Instant::now();
        let resumes = self.resumes;
        let outcome = self.engine.init(resumes, &cx);
        self.hear();
        match outcome {
            Ok(()) => {
                let key = self.key;
                if self.desk.is_some() {
                    // Those who perform its batches take slots, not who coordinates them. Said before the
                    // others are told that there is something to do.
                    self.line.stick();
                }
                let row = self.insist("starting", |store| store.prepared(key))?;
                self.learn(row);
                self.asks_mark = true;
                self.accounted = Instant::now();
                if self.row.progress.items_total.is_none() {
                    self.row.progress.items_total = self.engine.total();
                }
                Ok(())
            }
            Err(failure) => self.failed(failure, None),
        }
    }

    /// Time since the progress was last written.
    fn ran(&mut self) -> Duration {
        let now = Instant::now();
        let ran = now - self.accounted;
        self.accounted = now;
        ran
    }

    fn account(&mut self) {
        let ran = self.ran();
        self.row.progress.account(ran, Timestamp::now());
    }

    fn told(&self) -> Told {
        self.line.told()
    }

    /// Takes what another transaction told of the task. The progress is this runner's own.
    fn learn(&mut self, row: TaskRow) {
        self.line.tell(row.orders());
        self.row.state = row.state;
        // The settings are as old as when they were read.
        let settings = self.row.wish.settings;
        self.row.wish = row.wish;
        self.row.wish.settings = settings;
        self.row.backlog = row.backlog;
        self.row.fed = row.fed;
        self.row.awaited = row.awaited;
    }

    fn insist<T>(
        &self,
        doing: &str,
        write: impl FnMut(&Store) -> Result<T, StoreError>,
    ) -> Result<T, Over> {
        self.scribe.insist(doing, write)
    }

    fn cx(&self, key: String) -> Cx {
        Cx {
            task: self.row.spec.id,
            number: self.row.spec.number,
            batch: self.row.progress.batch,
            key,
            slot: 0,
            attempt: self.row.progress.attempts + 1,
            store: self.scribe.store.dir().to_owned(),
            line: Arc::clone(&self.line),
            heeds: None,
            said: Arc::clone(&self.said),
            journal: Arc::clone(&self.journal),
            told_to_stop: Arc::default(),
            epoch: self.key.claim.epoch,
            planned: None,
            marked: AtomicBool::new(false),
            teller: Arc::new(Teller::new(&self.scribe.store)),
            passed: Mutex::default(),
        }
    }

    /// Takes what the task said.
    fn hear(&mut self) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(message) = said.take() {
            self.row.progress.message = Some(shortened(message));
        }
    }

    fn journal(&self) -> std::sync::MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, text: &str) {
        let mut journal = self.journal();
        let source = self.row.progress.batch.to_string();
        journal.line(&source, Stream::Sys, text.as_bytes());
        journal.flush();
    }

    fn orders(&self) -> Orders {
        self.told().orders
    }
}
