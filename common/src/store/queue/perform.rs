//! What whoever performs the batches of a queued task writes: begun, done, failed.

mod words;

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use super::{failure_of, halve, pass_over, planned, take_planned};
use crate::backlog::{Backlog, Begun, Blocked, NotBegun, Seat, Which};
use crate::event::{Event, What};
use crate::fed;
use crate::id::TaskNumber;
use crate::progress::Progress;
use crate::spec::TaskSpec;
use crate::state::Desired;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::failed::put_failure;
use crate::store::fed::trim;
use crate::store::hold::Orders;
use crate::store::policy::{Answered, breakpoint_suspends, budget_suspends, policy_suspends};
use crate::store::record::{Failure, PassedItem, Wish};
use crate::store::row_name::RowName;
use crate::store::schema::{PLANNED, SPECS, WISHES};
use crate::store::tx::{InHand, Reads, Tx};

pub use words::{Begin, Ended, Failing, Met, Next, Performed, Performer, Report, Turn};

/// How much longer than its performance a batch may last at most, with its transactions.
const SLACK: Duration = Duration::from_secs(60);

impl Store {
    /// Begins a batch at a seat: what the seat has begun already is told again. Commits on the calling
    /// thread.
    ///
    /// # Errors
    /// The store's own.
    pub fn begin_batch(
        &self,
        task: &Performer,
        seat: Seat,
        which: Which,
    ) -> Result<Turn, StoreError> {
        let task = task.clone();
        self.commit(move |tx| {
            let mut at = Desk::of(tx, &task)?;
            let begin = at.begin(seat, which)?;
            let turn = at.turn(begin);
            if turn.begin.is_ok() {
                at.leave();
            }
            Ok(turn)
        })
    }

    /// Ends a batch that a seat had begun, and begins the next in the same transaction. Saying so
    /// again changes nothing. Commits on the calling thread.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the seat does not perform the batch any more, and the store's own.
    pub fn end_batch(
        &self,
        task: &Performer,
        seat: Seat,
        report: Report,
        next: Next,
    ) -> Result<Turn, StoreError> {
        let task = task.clone();
        self.commit(move |tx| {
            let mut at = Desk::of(tx, &task)?;
            match at.backlog.finish(seat, report.batch) {
                Some(begun) => {
                    at.end(begun, &report)?;
                    at.stop(seat)?;
                    // Whoever waits for the last one is told.
                    if at.backlog.begun.is_empty() && at.is_over_or_dry()? {
                        tx.ring();
                    }
                }
                // Durable already, although the commit was answered with an error.
                None if at.is_over(seat, &report) => {}
                None => {
                    return Err(StoreError::Fenced {
                        task: task.task,
                        worker: seat.worker,
                    });
                }
            }
            let begin = match next {
                Next::Begin(which) if at.goes_on() => at.begin(seat, which)?,
                Next::Begin(_) | Next::Leave => Err(NotBegun::Closed),
            };
            let turn = at.turn(begin);
            at.leave();
            Ok(turn)
        })
    }

    /// Counts messages that led to no batch, where no report of one tells of them. Commits on the calling
    /// thread.
    ///
    /// # Errors
    /// The store's own.
    pub fn count_messages(&self, task: &Performer, met: Met) -> Result<(), StoreError> {
        let task = task.clone();
        self.commit(move |tx| {
            if tx.record(&WISHES, task.task.0)?.is_none() {
                // It ended, and was removed since.
                return Ok(());
            }
            let mut at = Desk::of(tx, &task)?;
            at.count(met);
            at.leave();
            Ok(())
        })
    }

    /// Gives back what a seat has begun that nobody sits at any more, and what it kept: nothing of it runs.
    /// Commits on the calling thread.
    ///
    /// # Errors
    /// The store's own.
    pub fn leave_seat(&self, task: &Performer, seat: Seat) -> Result<(), StoreError> {
        let task = task.clone();
        self.commit(move |tx| {
            let mut at = Desk::of(tx, &task)?;
            let begun = at.backlog.at(seat);
            if !at.backlog.let_go(seat) && begun.is_none() {
                return Ok(());
            }
            if let Some(begun) = begun {
                at.backlog.finish(seat, begun.batch);
                at.backlog.put_back(begun, begun.attempt - 1, None);
            }
            tx.ring();
            at.leave();
            Ok(())
        })
    }
}

/// All of a queued task that beginning and ending a batch needs.
struct Desk<'t, 'a> {
    tx: &'t Tx<'a>,
    task: TaskNumber,
    performer: Cow<'t, Performer>,
    renewed: Option<Box<TaskSpec>>,
    wish: Rc<Wish>,
    progress: Progress,
    backlog: Backlog,
    before: u64,
}

impl<'t, 'a> Desk<'t, 'a> {
    fn of(tx: &'t Tx<'a>, performer: &'t Performer) -> Result<Self, StoreError> {
        let task = performer.task;
        let InHand {
            wish,
            progress,
            backlog,
        } = tx.take_up(task)?;
        let mut performer = Cow::Borrowed(performer);
        let mut renewed = None;
        if wish.settings != performer.settings {
            let spec: TaskSpec = tx.task_record(&SPECS, task)?;
            if let Some(newer) = Performer::of(&spec, wish.settings) {
                performer = Cow::Owned(newer);
            }
            renewed = Some(Box::new(spec));
        }
        Ok(Self {
            tx,
            task,
            performer,
            renewed,
            wish,
            progress,
            before: backlog.waiting(),
            backlog,
        })
    }

    /// Whether another batch of the task may begin at all. It is served in RUN only.
    fn goes_on(&self) -> bool {
        self.backlog.serving && self.wish.desired == Desired::Run && self.backlog.gave_up.is_none()
    }

    /// Whether whoever coordinates has something to do once no batch is in flight. A fed task that has
    /// done all there is waits for more, which rings by itself.
    fn is_over_or_dry(&self) -> Result<bool, StoreError> {
        if !self.goes_on() {
            return Ok(true);
        }
        if self.backlog.left() > 0 {
            return Ok(false);
        }
        let fed = trim(self.tx, self.task, &self.progress)?;
        let rests = fed.is_some_and(|fed| {
            fed.is_open() && fed::item(&self.progress.cursor) == Some(fed.items)
        });
        Ok(!rests)
    }

    fn begin(&mut self, seat: Seat, which: Which) -> Result<Result<Begin, NotBegun>, StoreError> {
        if !self.goes_on() && self.backlog.at(seat).is_none() {
            return Ok(Err(NotBegun::Closed));
        }
        let was_idle = self.backlog.begun.is_empty();
        let was_here = self.backlog.at(seat).is_some();
        let planned_to = self.progress.batch;
        let begun = match self.backlog.begin(
            which,
            seat,
            self.performer.limits(),
            planned_to,
            self.tx.now,
        ) {
            Ok(begun) => begun,
            Err(not) => return Ok(Err(not)),
        };
        if self.performer.persistent {
            self.backlog.keep(begun);
        }
        let table = self.tx.table(PLANNED)?;
        let planned = planned(self.tx, &table, self.task, begun.batch)?;
        drop(table);
        let planned = planned.ok_or_else(|| StoreError::Unreadable {
            path: self.tx.dir().to_owned(),
            row: RowName::Planned(self.task, begun.batch),
            what: "it is not there".into(),
        })?;
        if !was_here {
            let rate = self.performer.rate;
            self.backlog.count_items(planned.items, rate, self.tx.now);
        }
        if was_idle {
            // Running time begins.
            self.progress.updated_at = self.tx.now;
        }
        Ok(Ok(Begin { begun, planned }))
    }

    fn turn(&mut self, begin: Result<Begin, NotBegun>) -> Turn {
        let backlog = &self.backlog;
        let runs_low = !backlog.all_planned && backlog.waiting() <= self.performer.queue.depth / 2;
        let is_over = backlog.begun.is_empty() && (backlog.left() == 0 || !self.goes_on());
        Turn {
            begin,
            orders: Orders::of(&self.wish),
            wants_coordinator: runs_low || is_over || backlog.gave_up.is_some(),
            not_before: backlog.throttled_until(self.performer.limits(), self.tx.now),
            renewed: self.renewed.take(),
        }
    }

    fn count(&mut self, met: Met) {
        self.backlog.redelivered += met.again;
        self.backlog.foreign += met.foreign;
    }

    fn end(&mut self, begun: Begun, report: &Report) -> Result<(), StoreError> {
        let took = report.took;
        // A clock that was set must not make a batch last for days.
        let lasted = self.tx.now.since(begun.since).clamp(took, took + SLACK);
        if report.said.is_some() {
            self.progress.message.clone_from(&report.said);
        }
        self.count(report.met);
        match &report.ended {
            Ended::Done(passed) => {
                let items = self.remove_done(&begun, passed)?;
                let counts = (items, passed.len() as u64);
                self.progress
                    .done_of_many(counts, (took, lasted), self.tx.now);
                self.backlog.forget_half(begun.batch);
                if !passed.is_empty() {
                    self.judge(&begun)?;
                }
            }
            Ended::GivenBack => {
                let attempts = begun.attempt - 1;
                self.backlog.put_back(begun, attempts, None);
                self.progress.account_of_many(lasted, self.tx.now);
                self.tx.ring();
            }
            Ended::Failed(failing) => self.fail(begun, failing, lasted)?,
        }
        Ok(())
    }

    fn fail(
        &mut self,
        begun: Begun,
        failing: &Failing,
        lasted: Duration,
    ) -> Result<(), StoreError> {
        let error = failing.error.clone();
        let event = |what| Event {
            worker: Some(begun.seat.worker),
            batch: Some(begun.batch),
            attempt: Some(begun.attempt),
            detail: Some(failing.error.clone()),
            ..Event::of(self.task, what, self.tx.now)
        };
        match failing.then.clone() {
            Performed::Halve(middle) => {
                let rows = (&mut self.progress, &mut self.backlog);
                halve(self.tx, self.task, rows, &begun, middle, &error)?;
                self.progress.failed_of_many(error, lasted, self.tx.now);
            }
            Performed::Retry(at) => {
                self.tx.append(event(What::Retry))?;
                self.backlog.put_back(begun, begun.attempt, Some(at));
                self.progress.retries += 1;
                self.progress.failed_of_many(error, lasted, self.tx.now);
            }
            Performed::Skip => {
                self.tx.append(event(What::Skipped))?;
                let items = pass_over(self.tx, self.task, &begun, error.clone())?;
                self.progress
                    .skipped_of_many(items, error, lasted, self.tx.now);
                self.backlog.forget_half(begun.batch);
                self.judge(&begun)?;
            }
            Performed::Suspend(request) => {
                self.tx.append(event(What::GaveUp))?;
                self.backlog.put_back(begun, begun.attempt, None);
                self.backlog.block(Blocked {
                    batch: begun.batch,
                    attempts: begun.attempt,
                    error: error.clone(),
                    at: self.tx.now,
                });
                self.progress.failed_of_many(error, lasted, self.tx.now);
                policy_suspends(
                    self.tx,
                    self.task,
                    Rc::make_mut(&mut self.wish),
                    &Answered {
                        worker: begun.seat.worker,
                        request,
                        batch: begun.batch,
                        attempts: begun.attempt,
                        error: &failing.error,
                    },
                )?;
            }
            Performed::Terminate => {
                self.tx.append(event(What::GaveUp))?;
                self.backlog.put_back(begun, begun.attempt, None);
                self.backlog.gave_up = Some(begun.batch);
                self.progress.failed_of_many(error, lasted, self.tx.now);
            }
        }
        Ok(())
    }

    /// Suspends the task if it has come to where it was to stop, and more of it may follow.
    fn stop(&mut self, seat: Seat) -> Result<(), StoreError> {
        let behind = self.progress.items_tried();
        let is_over = self.backlog.all_planned && self.backlog.left() == 0;
        if is_over || self.performer.stop_at.is_none_or(|stop| behind < stop) {
            return Ok(());
        }
        let wish = Rc::make_mut(&mut self.wish);
        breakpoint_suspends(self.tx, self.task, wish, behind, seat.worker)
    }

    /// Suspends the task if its error budget is spent.
    fn judge(&mut self, begun: &Begun) -> Result<(), StoreError> {
        let answered = (begun.seat.worker, self.wish.request);
        let wish = Rc::make_mut(&mut self.wish);
        budget_suspends(self.tx, self.task, wish, &self.progress, answered)
    }

    /// Takes a batch that is done out of what is planned; what was passed over of it goes to the failures.
    /// Gives how many items it has.
    fn remove_done(&self, begun: &Begun, passed: &[PassedItem]) -> Result<u64, StoreError> {
        let planned = take_planned(self.tx, self.task, begun.batch)?;
        let items = planned.items;
        if let Some(first) = passed.first() {
            let failure = Failure {
                passed: passed.to_vec(),
                ..failure_of(
                    planned,
                    (begun.batch, begun.attempt),
                    first.error.clone(),
                    self.tx.now,
                )
            };
            self.tx.append(Event {
                worker: Some(begun.seat.worker),
                batch: Some(begun.batch),
                attempt: Some(begun.attempt),
                detail: Some(failure.in_words()),
                ..Event::of(self.task, What::Skipped, self.tx.now)
            })?;
            put_failure(self.tx, self.task, &failure)?;
        }
        Ok(items)
    }

    /// Whether this ending was written before.
    fn is_over(&self, seat: Seat, report: &Report) -> bool {
        let batch = report.batch;
        match report.ended {
            Ended::Done(_) => !self.backlog.has(batch) && batch < self.progress.batch,
            Ended::Failed(_) | Ended::GivenBack => {
                self.backlog
                    .at(seat)
                    .is_none_or(|begun| begun.batch != batch)
                    && !self.backlog.begun.iter().any(|begun| begun.batch == batch)
            }
        }
    }

    /// Hands over what changed, to be written with the group.
    fn leave(self) {
        // Whoever plans looks again in time.
        let low = self.performer.queue.depth / 4;
        if self.before > low && self.backlog.waiting() <= low && !self.backlog.all_planned {
            self.tx.ring();
        }
        let rows = InHand {
            wish: self.wish,
            progress: self.progress,
            backlog: self.backlog,
        };
        self.tx.hold(self.task, rows);
    }
}
