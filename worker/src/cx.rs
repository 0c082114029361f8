//! What a task may ask and say while one of its methods runs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use longhaul_common::id::{BatchNumber, Epoch, RequestNumber, TaskId, TaskNumber};
use longhaul_common::store::PassedItem;
use longhaul_common::task_log::Stream;
use serde_bytes::ByteBuf;

use crate::failure::{Failure, shortened};
use crate::journal::Journal;
use crate::line::Line;
use crate::mark::Mark;
use crate::teller::{Teller, Who};
use crate::testing::point;

/// What a method of a task may ask and say while it runs.
pub struct Cx {
    pub(crate) task: TaskId,
    pub(crate) number: TaskNumber,
    pub(crate) batch: BatchNumber,
    pub(crate) key: String,
    /// Whose lock it runs under.
    pub(crate) slot: u16,
    pub(crate) attempt: u32,
    pub(crate) store: PathBuf,
    pub(crate) line: Arc<Line>,
    /// Of a hook: the request that was known when it began; only a later one stops it. The end of
    /// the worker's grace does not: what can't be finished by then is left to the next worker.
    pub(crate) heeds: Option<RequestNumber>,
    /// What it says it is at, until the runner takes it.
    pub(crate) said: Arc<Mutex<Option<String>>>,
    pub(crate) journal: Arc<Mutex<Journal>>,
    /// Whether the task was told to stop. Kept, since the request may be withdrawn before the task
    /// comes back.
    pub(crate) told_to_stop: Arc<AtomicBool>,
    /// The claim it runs under; of a task with a queue, none.
    pub(crate) epoch: Epoch,
    /// The batch, if it runs in one.
    pub(crate) planned: Option<PlannedBatch>,
    /// Whether its mark was asked for, and may be kept by now.
    pub(crate) marked: AtomicBool,
    pub(crate) passed: Mutex<Vec<PassedItem>>,
    pub(crate) teller: Arc<Teller>,
}

/// How a batch is cut.
#[derive(Clone, Debug)]
pub(crate) struct PlannedBatch {
    pub(crate) from: Vec<u8>,
    pub(crate) next: Vec<u8>,
    pub(crate) last: bool,
    pub(crate) items: u64,
}

impl Cx {
    /// The task's id.
    #[must_use]
    pub fn task(&self) -> TaskId {
        self.task
    }

    /// The task's number in its store.
    #[must_use]
    pub fn number(&self) -> TaskNumber {
        self.number
    }

    /// The number of the batch, from 0.
    #[must_use]
    pub fn batch(&self) -> BatchNumber {
        self.batch
    }

    /// The batch's stable key: the same key always means the same items.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Which attempt at the batch this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether the batch should stop in the middle: by force, or since the worker's grace is over.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.stop().cancelled()
    }

    /// Comes once the batch should stop in the middle.
    ///
    /// ```
    /// # use longhaul_worker::{Cx, Failure};
    /// # async fn answer() -> Result<u16, std::io::Error> { Ok(200) }
    /// # async fn batch(cx: &Cx) -> Result<(), Failure> {
    /// tokio::select! {
    ///     status = answer() => { status?; }
    ///     () = cx.until_cancelled() => return Err(Failure::Cancelled),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn until_cancelled(&self) {
        self.stop().until_cancelled().await;
    }

    /// The same, to be handed to others who work for this batch.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop {
            line: Arc::clone(&self.line),
            heeds: self.heeds,
            told: Arc::clone(&self.told_to_stop),
        }
    }

    /// The same for another process of its own, by its key.
    pub(crate) fn under(&self, key: String) -> Self {
        Self {
            task: self.task,
            number: self.number,
            batch: self.batch,
            key,
            slot: self.slot,
            attempt: self.attempt,
            store: self.store.clone(),
            line: Arc::clone(&self.line),
            heeds: self.heeds,
            said: Arc::clone(&self.said),
            journal: Arc::clone(&self.journal),
            told_to_stop: Arc::default(),
            epoch: self.epoch,
            planned: None,
            marked: AtomicBool::new(false),
            passed: Mutex::default(),
            teller: Arc::clone(&self.teller),
        }
    }

    /// Where its lines in the log come from: the batch's number, the hook's name, or both where a batch is
    /// undone.
    pub(crate) fn source(&self) -> String {
        match self.key.split_once(':') {
            Some((_, part)) => part.to_owned(),
            None => self.batch.to_string(),
        }
    }

    /// Ends the batch if it should stop in the middle. Call it often.
    ///
    /// # Errors
    /// [`Failure::Cancelled`].
    pub fn check(&self) -> Result<(), Failure> {
        point();
        self.stop().check()
    }

    /// Passes over an item of this batch: it goes to the task's failures, and the others count as done
    /// once the batch is. `place` is its place in the batch, from 0. Said again in another attempt, it
    /// counts once.
    pub fn skip_item(&self, place: usize, error: impl std::fmt::Display) {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        passed.push(PassedItem {
            place: place as u64,
            error: shortened(error.to_string()),
        });
    }

    /// What to keep beside this batch's effects, in the same transaction, so that they happen exactly once;
    /// [`Task::committed`](crate::Task::committed) gives it back. It holds the items passed over so far: ask for it last.
    ///
    /// # Errors
    /// [`Failure::Fatal`] where it runs in no batch: only a batch has one.
    pub fn mark(&self) -> Result<Mark, Failure> {
        let Some(planned) = &self.planned else {
            return Err(Failure::fatal("a mark was asked for outside of a batch"));
        };
        point();
        self.marked.store(true, Ordering::Release);
        let passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Mark {
            task: self.task,
            epoch: self.epoch,
            batch: self.batch,
            from: ByteBuf::from(planned.from.clone()),
            next: ByteBuf::from(planned.next.clone()),
            last: planned.last,
            items: planned.items,
            passed: passed.clone(),
        })
    }

    /// The items that were passed over.
    pub(crate) fn take_passed(&self) -> Vec<PassedItem> {
        std::mem::take(&mut *self.passed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says in a few words what the task is at; shown from the next checkpoint on.
    pub fn say(&self, message: impl Into<String>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        *said = Some(message.into());
    }

    /// Tells how many items of the batch are done so far. Shown while the batch runs, and no part of the
    /// checkpoint. Cheap: told on at most five times a second, the last call of a while too, and never for batches that
    /// are shorter; call it as often as you like.
    pub fn progress(&self, items_done: u64) {
        let most = self.planned.as_ref().map_or(u64::MAX, |cut| cut.items);
        self.report(Some(items_done.min(most)), None);
    }

    /// Tells how far it is within the batch, and what it is at.
    pub(crate) fn report(&self, items_done: Option<u64>, message: Option<String>) {
        if let Some(message) = &message {
            self.say(message.clone());
        }
        let who = Who {
            task: self.number,
            id: self.task,
            batch: self.batch,
            attempt: self.attempt,
        };
        self.teller.tell(&who, items_done, message);
    }

    /// Writes a line to the task's log, where it can be read at once.
    pub fn log(&self, line: impl Into<String>) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.line(&self.source(), Stream::Out, line.into().as_bytes());
        journal.flush();
    }
}

/// Says whether a batch should stop in the middle, wherever it is worked on: in another thread, or
/// in a task of a runtime. Cheap to clone.
#[derive(Clone)]
pub struct Stop {
    line: Arc<Line>,
    heeds: Option<RequestNumber>,
    told: Arc<AtomicBool>,
}

impl Stop {
    /// Whether it should.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        let told = self.line.told();
        let cancelled = match self.heeds {
            None => told.interrupts(),
            Some(known) => told.forced() && told.orders.request > known,
        };
        if cancelled {
            self.told.store(true, Ordering::Release);
        }
        cancelled
    }

    /// Whether it is, or was meanwhile.
    pub(crate) fn was_told(&self) -> bool {
        self.cancelled() || self.told.load(Ordering::Acquire)
    }

    /// The same, for something else.
    pub(crate) fn afresh(&self) -> Self {
        Self {
            told: Arc::default(),
            ..self.clone()
        }
    }

    /// Ends the batch if it should.
    ///
    /// # Errors
    /// [`Failure::Cancelled`].
    pub fn check(&self) -> Result<(), Failure> {
        if self.cancelled() {
            Err(Failure::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Comes once it should.
    pub async fn until_cancelled(&self) {
        self.line.until(|| self.cancelled()).await;
    }
}
