//! What the worker that holds a task writes. Each write bears the claim and is refused when it is
//! over; each gives back what is wanted by now, so that control is exact even if every bell is lost.

mod attempt;

use jiff::tz::TimeZone;

use super::Store;
use super::after;
use super::again;
use super::cordon;
use super::error::StoreError;
use super::failed::put_failure;
use super::marks::{self, Moved};
use super::policy::{Answered, budget_suspends, policy_suspends};
use super::queue;
use super::record::{Claim, Failure, State, TaskRow, Wish};
use super::request::act_unheld;
use super::schema::{PROGRESS, STATES, WISHES};
use super::slots;
use super::timers;
use super::tx::{Reads, Tx};
use crate::cordon::Hold;
use crate::event::{Event, What};
use crate::id::{RequestNumber, TaskNumber};
use crate::phase::waits;
use crate::progress::Progress;
use crate::rules::{self, Change, Happened, Step};
use crate::state::{Current, Desired, Ending, RollbackStage, StateWord};

pub use attempt::{AfterFailure, FailedAttempt, Halved};

/// The right under which a holder writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The task.
    pub task: TaskNumber,
    /// The claim.
    pub claim: Claim,
}

/// What is wanted of a held task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orders {
    /// The desired state.
    pub desired: Desired,
    /// The batch in flight is not waited for.
    pub force: bool,
    /// The request that said so.
    pub request: RequestNumber,
    /// How often the task's settings were changed: who works with older ones reads them again.
    pub settings: u64,
}

impl Orders {
    pub(super) fn of(wish: &Wish) -> Self {
        Self {
            desired: wish.desired,
            force: wish.force,
            request: wish.request,
            settings: wish.settings,
        }
    }
}

impl Store {
    /// Records that the task is prepared: INIT to RUN. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn prepared(&self, key: Key) -> Result<TaskRow, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            if row.state.word == StateWord::Run {
                // Durable already, although the commit was answered with an error.
                return Ok(row);
            }
            row.state.started_at.get_or_insert(tx.now);
            row.state.resumes = false;
            row.state.taken = None;
            row.state.stuck = None;
            row.progress.updated_at = tx.now;
            if row.backlog.is_some() {
                // What was tried was the init: the attempts at batches are counted one by one.
                row.progress.attempts = 0;
                row.progress.next_attempt_at = None;
            }
            change_state(tx, &mut row, Change::Prepared, |event| Event {
                worker: Some(key.claim.worker),
                ..event
            })?;
            tx.put_progress(key.task, &row.progress)?;
            queue::open(tx, &mut row)?;
            Ok(row)
        })
    }

    /// Records what the holder waits for before anything of the task may run; None: for nothing any
    /// more. The feed tells of it once, however what is waited for changes.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn stuck(&self, key: Key, on: Option<String>) -> Result<(), StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut state: State = tx.task_record(&STATES, key.task)?;
            let news = state.stuck.is_none();
            state.stuck = on.clone();
            tx.put(&STATES, key.task.0, &state)?;
            if news && let Some(on) = &on {
                tx.append(Event {
                    worker: Some(key.claim.worker),
                    detail: Some(on.clone()),
                    ..Event::of(key.task, What::Stuck, tx.now)
                })?;
            }
            Ok(())
        })
    }

    /// Records what the task's check said, if it keeps its batches from beginning; None: it does not. The feed
    /// tells of it once, however what it says changes.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn throttled(&self, key: Key, said: Option<String>) -> Result<(), StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut state: State = tx.task_record(&STATES, key.task)?;
            if state.throttled == said {
                return Ok(());
            }
            let news = state.throttled.is_none();
            state.throttled.clone_from(&said);
            tx.put(&STATES, key.task.0, &state)?;
            if news && let Some(said) = &said {
                tx.append(Event {
                    worker: Some(key.claim.worker),
                    detail: Some(said.clone()),
                    ..Event::of(key.task, What::Throttled, tx.now)
                })?;
            }
            Ok(())
        })
    }

    /// Records that what a dead worker left was killed, whom in words: nothing of it runs any more.
    /// Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn killed(&self, key: Key, whom: String) -> Result<(), StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut state: State = tx.task_record(&STATES, key.task)?;
            if state.taken.take().is_none() {
                // Durable already, although the commit was answered with an error.
                return Ok(());
            }
            tx.put(&STATES, key.task.0, &state)?;
            tx.append(Event {
                worker: Some(key.claim.worker),
                detail: Some(whom.clone()),
                ..Event::of(key.task, What::Killed, tx.now)
            })?;
            Ok(())
        })
    }

    /// Records that a batch is done, durably: the cursor moves in this commit. If the batch was
    /// the last and nobody wants the task terminated, this is the point of no return; the progress
    /// that comes back says which. The marks that go with it are kept in the same commit.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn checkpoint(
        &self,
        key: Key,
        moved: impl Into<Moved>,
    ) -> Result<(Progress, Orders), StoreError> {
        let moved = moved.into();
        self.commit(move |tx| {
            let (progress, orders) = checked(tx, key, &moved.progress)?;
            tx.put_progress(key.task, &progress)?;
            marks::keep(tx, key.task, &moved.marks)?;
            if let Some(batch) = moved.again {
                again::is_done(tx, key.task, batch)?;
            }
            Ok((progress, orders))
        })
    }

    /// Records that a batch, or some of its items, failed for good and is passed over: a checkpoint that
    /// also writes it to the failures. Once the error budget is spent the task is to be suspended, unless
    /// somebody asked for something since that request.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn skip(
        &self,
        key: Key,
        moved: impl Into<Moved>,
        failure: Failure,
        request: RequestNumber,
    ) -> Result<(Progress, Orders), StoreError> {
        let moved = moved.into();
        self.commit(move |tx| {
            let (progress, orders) = checked(tx, key, &moved.progress)?;
            if is_written(tx, key.task, &progress)? {
                return Ok((progress, orders));
            }
            tx.put_progress(key.task, &progress)?;
            again::leaves(tx, key.task, failure.batch)?;
            put_failure(tx, key.task, &failure)?;
            marks::keep(tx, key.task, &moved.marks)?;
            tx.append(Event {
                worker: Some(key.claim.worker),
                batch: Some(failure.batch),
                attempt: Some(failure.attempts),
                detail: Some(failure.in_words()),
                ..Event::of(key.task, What::Skipped, tx.now)
            })?;
            let mut wish: Wish = tx.task_record(&WISHES, key.task)?;
            let answered = (key.claim.worker, request);
            budget_suspends(tx, key.task, &mut wish, &progress, answered)?;
            Ok((progress, Orders::of(&wish)))
        })
    }

    /// Records that a batch whose retries are spent was halved, as the progress says: its number is not
    /// used again, and the cursor stays. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn halve(
        &self,
        key: Key,
        moved: impl Into<Moved>,
        halved: Halved,
    ) -> Result<Orders, StoreError> {
        let moved = moved.into();
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let wish: Wish = tx.task_record(&WISHES, key.task)?;
            if !is_written(tx, key.task, &moved.progress)? {
                tx.put_progress(key.task, &moved.progress)?;
                marks::keep(tx, key.task, &moved.marks)?;
                tx.append(halved.event(key.task, key.claim.worker, tx.now))?;
            }
            Ok(Orders::of(&wish))
        })
    }

    /// Records a failed attempt, and lets the policy ask for a suspension. The cursor stays.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn attempt_failed(&self, key: Key, failed: FailedAttempt) -> Result<Orders, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut wish: Wish = tx.task_record(&WISHES, key.task)?;
            let progress = &failed.progress;
            if is_written(tx, key.task, progress)? {
                return Ok(Orders::of(&wish));
            }
            tx.put_progress(key.task, progress)?;
            tx.append(Event {
                worker: Some(key.claim.worker),
                batch: Some(progress.batch),
                attempt: Some(progress.attempts),
                detail: Some(failed.error.clone()),
                ..Event::of(key.task, failed.then.told(), tx.now)
            })?;
            if let AfterFailure::Suspend(answered) = failed.then {
                policy_suspends(
                    tx,
                    key.task,
                    &mut wish,
                    &Answered {
                        worker: key.claim.worker,
                        request: answered,
                        batch: progress.batch,
                        attempts: progress.attempts,
                        error: &failed.error,
                    },
                )?;
            }
            Ok(Orders::of(&wish))
        })
    }

    /// Writes the state that the ending leads to and gives the claim back, in one transaction.
    /// None: something else is wanted by now, plan again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn settle(
        &self,
        key: Key,
        happened: Happened,
        ending: Ending,
        progress: Progress,
    ) -> Result<Result<Current, TaskRow>, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            if rules::plan(&row.standing(), happened) != Step::Settle(ending) {
                return Ok(Err(row));
            }
            match &row.backlog {
                // Who takes it over goes on with what is in flight.
                Some(backlog) if !backlog.is_at_rest() => {
                    if ending != Ending::Released {
                        return Ok(Err(row));
                    }
                }
                // Its batches are done and counted by many.
                Some(_) => row.progress.updated_at = tx.now,
                None => {
                    row.progress = progress.clone();
                    row.progress.updated_at = tx.now;
                }
            }
            settle_row(&mut row, ending);
            tx.put_progress(key.task, &row.progress)?;
            queue::close(tx, &mut row)?;
            let worker = Some(key.claim.worker);
            let request = matches!(ending, Ending::Suspended | Ending::Terminated)
                .then_some(row.wish.request);
            let detail = match (ending, happened) {
                (Ending::Released, Happened::Gated) => {
                    let gate = row.gate(tx.now);
                    gate.map(|gate| waits(&gate.waiting_for(tx.now, &TimeZone::UTC)))
                }
                (Ending::Released, Happened::Stopping) => {
                    let cordon = cordon::around(tx, key.claim.worker)?;
                    let drains = cordon.filter(|cordon| cordon.hold == Hold::Drained);
                    drains.map(|cordon| cordon.to_string())
                }
                _ => None,
            };
            change_state(tx, &mut row, Change::Settle(ending), |event| Event {
                worker,
                request,
                detail,
                ..event
            })?;
            row.claim = None;
            tx.set_claim(key.task, None)?;
            slots::give_back(tx, &row.spec)?;
            act_unheld(tx, &mut row, None)?;
            Ok(Ok(row.state.current()))
        })
    }
}

/// Whether this very progress is durable already, although its commit was answered with an error: the
/// feed must not tell of it twice.
fn is_written(tx: &Tx<'_>, task: TaskNumber, progress: &Progress) -> Result<bool, StoreError> {
    let stored: Progress = tx.task_record(&PROGRESS, task)?;
    Ok(stored == *progress)
}

/// Refuses a checkpoint of an old claim, and marks the point of no return unless a TERMINATE came
/// first.
fn checked(tx: &Tx<'_>, key: Key, progress: &Progress) -> Result<(Progress, Orders), StoreError> {
    tx.check_claim(key.task, key.claim)?;
    let wish: Wish = tx.task_record(&WISHES, key.task)?;
    let mut progress = progress.clone();
    if progress.exhausted && wish.desired == Desired::Terminate {
        // Unless the point of no return was behind it already.
        let stored: Progress = tx.task_record(&PROGRESS, key.task)?;
        progress.exhausted = stored.exhausted;
    }
    if progress.exhausted && wish.again.batches > 0 {
        // There is more to do than the input has.
        progress.exhausted = false;
    }
    if progress.exhausted {
        let behind = progress.items_tried();
        progress.items_total = Some(behind.max(progress.items_total.unwrap_or(0)));
    }
    Ok((progress, Orders::of(&wish)))
}

/// Clears what a stay with a worker leaves in the row.
pub(super) fn settle_row(row: &mut TaskRow, ending: Ending) {
    row.state.owed = rules::owed_once_settled(row.state.owed, ending);
    row.state.begun = None;
    row.state.hook = None;
    row.state.taken = None;
    row.state.stuck = None;
    row.state.throttled = None;
    row.state.hook_attempts = 0;
    // A rollback that another worker goes on with keeps its distance.
    if ending != Ending::Released && row.state.rollback == RollbackStage::None {
        row.progress.next_attempt_at = None;
    }
}

/// Changes the current state through the rule, and says so in the feed.
pub(super) fn change_state(
    tx: &Tx<'_>,
    row: &mut TaskRow,
    change: Change,
    told: impl FnOnce(Event) -> Event,
) -> Result<(), StoreError> {
    let task = row.spec.number;
    let from = row.state.word;
    let current = rules::transition(row.state.current(), change, tx.now)
        .expect("the rules plan only what they allow");
    row.state.set_current(current, tx.now);
    tx.put(&STATES, task.0, &row.state)?;
    if row.state.word == StateWord::Terminate {
        queue::forget(tx, row)?;
        marks::forget(tx, task)?;
        timers::forget(tx, row)?;
        slots::leave(tx, &row.spec)?;
        after::tell_followers(tx, row)?;
    }
    let event = tx.append(told(Event {
        from: Some(from),
        to: Some(row.state.word),
        outcome: match current {
            Current::Terminate { outcome, .. } => Some(outcome),
            Current::Init | Current::Run | Current::Suspend { .. } => None,
        },
        ..Event::of(task, What::State, tx.now)
    }))?;
    super::words::owe(tx, row, event)
}
