//! What the worker that holds a queued task writes: what is planned, what the dead had begun, and that
//! all is done.

use super::{backlog, close, halve, open, pass_over};
use crate::backlog::{Backlog, Begun, Blocked, Seat, Unreachable};
use crate::event::{Event, What};
use crate::fed::Fed;
use crate::id::{BatchNumber, TaskNumber};
use crate::marks::Marked;
use crate::progress::Progress;
use crate::spec::{OnError, TaskSpec};
use crate::state::{Desired, StateWord};
use crate::store::batch_rows;
use crate::store::claim::after_crash;
use crate::store::error::StoreError;
use crate::store::fed::trim;
use crate::store::hold::{AfterFailure, FailedAttempt, Key, Orders};
use crate::store::marks;
use crate::store::policy::{Answered, budget_suspends, policy_suspends};
use crate::store::record::{TaskRow, Wish};
use crate::store::row_name::RowName;
use crate::store::schema::{BACKLOGS, FEDS, PLANNED, PROGRESS, WISHES};
use crate::store::tx::{Reads, Tx, encode};
use crate::store::{Planned, Store};

/// Batches that were cut, to be planned.
#[derive(Clone, Debug)]
pub struct Cuts {
    /// The number of the first.
    pub first: BatchNumber,
    /// How they are cut.
    pub batches: Vec<Planned>,
    /// The size that the one after is cut with.
    pub next_cut: u64,
    /// The marks to keep of them.
    pub marks: Vec<Marked>,
    /// Nothing follows them.
    pub all: bool,
    /// How many items there are in all, where that is known.
    pub items_total: Option<u64>,
}

/// What the coordinator of a queued task sees.
#[derive(Clone, Debug)]
pub struct Watched {
    /// What is planned and not done.
    pub backlog: Backlog,
    /// How far planning and doing are.
    pub progress: Progress,
    /// What is wanted.
    pub orders: Orders,
    /// What it was fed, if it is a fed task.
    pub fed: Option<Fed>,
}

impl Store {
    /// What the coordinator of a task sees. Reads on the calling thread.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn watch_queue(&self, key: Key) -> Result<Watched, StoreError> {
        self.inner.handle.check_place()?;
        self.inner.handle.view(|view| {
            if view.claim(key.task)? != Some(key.claim) {
                return Err(StoreError::Fenced {
                    task: key.task,
                    worker: key.claim.worker,
                });
            }
            let wish: Wish = view.task_record(&WISHES, key.task)?;
            Ok(Watched {
                backlog: backlog(view, key.task)?,
                progress: view.task_record(&PROGRESS, key.task)?,
                orders: Orders::of(&wish),
                fed: view.record(&FEDS, key.task.0)?,
            })
        })
    }

    /// How many items were planned so far: those behind the task, and those of the batches that are not finished.
    /// Reads on the calling thread.
    ///
    /// # Errors
    /// The store's own.
    pub fn items_planned(&self, task: TaskNumber) -> Result<u64, StoreError> {
        self.inner.handle.check_place()?;
        self.inner.handle.view(|view| {
            let rows = batch_rows::first(view, PLANNED, RowName::Planned, task, usize::MAX)?;
            let items = rows.iter().map(|(_, planned): &(_, Planned)| planned.items);
            let progress: Progress = view.task_record(&PROGRESS, task)?;
            Ok(progress.items_tried().saturating_add(items.sum()))
        })
    }

    /// Plans batches: from now on they may begin. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn plan_batches(&self, key: Key, cuts: Cuts) -> Result<Watched, StoreError> {
        self.coordinate(key, move |tx, at| {
            if at.progress.batch != cuts.first {
                // Durable already, although the commit was answered with an error.
                return Ok(());
            }
            let mut table = tx.table(PLANNED)?;
            for (number, planned) in (cuts.first.0..).zip(&cuts.batches) {
                table.insert((key.task.0, number), encode(planned).as_slice())?;
            }
            drop(table);
            marks::keep(tx, key.task, &cuts.marks)?;
            let starved = at.backlog.waiting() == 0;
            let count = cuts.batches.len() as u64;
            at.backlog.plan(cuts.first, count);
            at.backlog.all_planned = cuts.all;
            let next = cuts
                .batches
                .last()
                .map_or_else(|| at.progress.cursor.clone(), |last| last.next.clone());
            at.progress.planned(count, next, cuts.next_cut);
            if cuts.items_total.is_some() {
                at.progress.items_total = cuts.items_total;
            }
            if starved && count > 0 {
                tx.ring();
            }
            trim(tx, key.task, &at.progress)?;
            Ok(())
        })
    }

    /// Keeps batches from beginning; those in flight go on.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn close_queue(&self, key: Key) -> Result<TaskRow, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            close(tx, &mut row)?;
            Ok(row)
        })
    }

    /// Lets batches begin again: a suspension was withdrawn before its boundary. Saying so again changes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn reopen_queue(&self, key: Key) -> Result<TaskRow, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            let is_closed = row.backlog.as_ref().is_some_and(|backlog| !backlog.serving);
            if is_closed && row.state.word == StateWord::Run {
                open(tx, &mut row)?;
                tx.ring();
            }
            Ok(row)
        })
    }

    /// Lets a batch begin again whose worker died; `spent` says what becomes of one that was begun too
    /// often. Nothing of it may run any more. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn put_back_batch(
        &self,
        key: Key,
        begun: Begun,
        spent: Spent,
    ) -> Result<Watched, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            let mut backlog = row.backlog.take().unwrap_or_default();
            if let Some(begun) = backlog.finish(begun.seat, begun.batch) {
                let mut at = Board {
                    wish: row.wish.clone(),
                    progress: row.progress.clone(),
                    backlog,
                };
                at.backlog.let_go(begun.seat);
                put_back(tx, key, &row.spec, &mut at, (begun, &spent))?;
                (backlog, row.progress, row.wish) = (at.backlog, at.progress, at.wish);
                tx.put(&BACKLOGS, key.task.0, &backlog)?;
                tx.put_progress(key.task, &row.progress)?;
            }
            Ok(Watched {
                orders: row.orders(),
                fed: row.fed,
                progress: row.progress,
                backlog,
            })
        })
    }

    /// Forgets what a dead worker's seat kept between two batches: nothing of it runs any more. Saying so again
    /// changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn release_seat(&self, key: Key, seat: Seat) -> Result<Watched, StoreError> {
        self.coordinate(key, move |_, at| {
            at.backlog.let_go(seat);
            Ok(())
        })
    }

    /// Records an attempt to plan that failed, and lets the policy ask for a suspension. What is planned
    /// goes on. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn planning_failed(&self, key: Key, failed: FailedAttempt) -> Result<Watched, StoreError> {
        self.coordinate(key, move |tx, at| {
            let (now, then) = (&failed.progress, &mut at.progress);
            if then.attempts == now.attempts && then.error == now.error {
                // Durable already, although the commit was answered with an error.
                return Ok(());
            }
            // The rest of the progress is written by many.
            then.retries += u64::from(now.next_attempt_at.is_some());
            then.attempts = now.attempts;
            then.next_attempt_at = now.next_attempt_at;
            then.error.clone_from(&now.error);
            tx.append(Event {
                worker: Some(key.claim.worker),
                batch: Some(then.batch),
                attempt: Some(then.attempts),
                detail: Some(failed.error.clone()),
                ..Event::of(key.task, failed.then.told(), tx.now)
            })?;
            if let AfterFailure::Suspend(request) = failed.then {
                let answered = Answered {
                    worker: key.claim.worker,
                    request,
                    batch: at.progress.batch,
                    attempts: at.progress.attempts,
                    error: &failed.error,
                };
                policy_suspends(tx, key.task, &mut at.wish, &answered)?;
            }
            Ok(())
        })
    }

    /// Records that everything planned is done and nothing follows, unless a TERMINATE came first: the
    /// point of no return; the progress that comes back says which.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn exhaust_queue(&self, key: Key) -> Result<Watched, StoreError> {
        self.coordinate(key, move |_, at| {
            let waits = at.backlog.left() > 0 || at.wish.again.batches > 0;
            let done = at.backlog.all_planned && !waits;
            if done && at.wish.desired != Desired::Terminate && !at.progress.exhausted {
                let total = at.progress.items_total.unwrap_or(0);
                at.progress.exhausted = true;
                at.progress.items_total = Some(at.progress.items_tried().max(total));
            }
            Ok(())
        })
    }

    /// Lets all batches that were tried begin anew: somebody resumed before the boundary.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn forgive_batches(&self, key: Key) -> Result<Watched, StoreError> {
        self.coordinate(key, move |tx, at| {
            at.backlog.forgive();
            at.progress.forgive();
            tx.ring();
            Ok(())
        })
    }

    /// Records whether the task's broker can be used, and counts what it lost or what did not belong there.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn note_broker(&self, key: Key, news: BrokerNews) -> Result<Watched, StoreError> {
        self.coordinate(key, move |tx, at| {
            let now = tx.now;
            let told = |what, detail: String| Event {
                worker: Some(key.claim.worker),
                detail: Some(detail),
                ..Event::of(key.task, what, now)
            };
            match &news {
                BrokerNews::Unreachable(why) => match &mut at.backlog.unreachable {
                    Some(known) => known.why.clone_from(why),
                    None => {
                        tx.append(told(What::QueueLost, why.clone()))?;
                        at.backlog.unreachable = Some(Unreachable {
                            since: now,
                            why: why.clone(),
                        });
                    }
                },
                BrokerNews::Back => {
                    if let Some(known) = at.backlog.unreachable.take() {
                        let away = now.since(known.since).as_secs();
                        tx.append(told(What::QueueBack, format!("it was away for {away} s")))?;
                    }
                }
                BrokerNews::SentAgain(count) => {
                    at.backlog.sent_again += count;
                    tx.append(told(
                        What::QueueHealed,
                        format!("{count} messages were lost and are sent again"),
                    ))?;
                }
            }
            Ok(())
        })
    }

    fn coordinate(
        &self,
        key: Key,
        change: impl Fn(&Tx<'_>, &mut Board) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Watched, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut at = Board {
                wish: tx.task_record(&WISHES, key.task)?,
                progress: tx.task_record(&PROGRESS, key.task)?,
                backlog: backlog(tx, key.task)?,
            };
            change(tx, &mut at)?;
            at.progress.updated_at = if at.backlog.begun.is_empty() {
                tx.now
            } else {
                // The time since then is accounted by the batches in flight.
                at.progress.updated_at
            };
            tx.put_quietly(&BACKLOGS, key.task.0, &at.backlog)?;
            tx.put_progress(key.task, &at.progress)?;
            Ok(Watched {
                orders: Orders::of(&at.wish),
                fed: tx.record(&FEDS, key.task.0)?,
                backlog: at.backlog,
                progress: at.progress,
            })
        })
    }
}

/// What becomes of a batch whose worker died at the last of its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spent {
    /// The error policy acts.
    Policy,
    /// It is halved: the second half starts there.
    Halve(Vec<u8>),
    /// It waits: whoever coordinates the task next sees to it.
    Later,
}

/// What became of a task's broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerNews {
    /// It can't be used, and why.
    Unreachable(String),
    /// It can be used again.
    Back,
    /// So many messages were lost and sent again.
    SentAgain(u64),
}

/// The rows that coordinating changes.
struct Board {
    wish: Wish,
    progress: Progress,
    backlog: Backlog,
}

fn put_back(
    tx: &Tx<'_>,
    key: Key,
    spec: &TaskSpec,
    at: &mut Board,
    (begun, spent): (Begun, &Spent),
) -> Result<(), StoreError> {
    let (task, attempts) = (key.task, begun.attempt);
    let event = |what, detail: String| Event {
        worker: Some(begun.seat.worker),
        batch: Some(begun.batch),
        attempt: Some(attempts),
        detail: Some(detail),
        ..Event::of(task, what, tx.now)
    };
    if attempts <= spec.retries || *spent == Spent::Later {
        tx.append(event(What::PutBack, "its worker died".into()))?;
        let not_before = after_crash(spec, task.0 + begun.batch.0, attempts, tx.now);
        at.backlog.put_back(begun, attempts, not_before);
        return Ok(());
    }
    let error = match attempts {
        1 => "its worker died".to_owned(),
        attempts => format!("its worker died at the last of {attempts} attempts"),
    };
    at.progress.error = Some(error.clone());
    if let Spent::Halve(middle) = spent {
        let middle = middle.clone();
        let rows = (&mut at.progress, &mut at.backlog);
        return halve(tx, task, rows, &begun, middle, &error);
    }
    match spec.on_error {
        OnError::Skip => {
            tx.append(event(What::Skipped, error.clone()))?;
            let items = pass_over(tx, task, &begun, error)?;
            at.progress.batches_failed += 1;
            at.progress.items_failed += items;
            at.backlog.forget_half(begun.batch);
            let answered = (key.claim.worker, at.wish.request);
            budget_suspends(tx, task, &mut at.wish, &at.progress, answered)?;
        }
        OnError::Suspend => {
            tx.append(event(What::GaveUp, error.clone()))?;
            at.backlog.put_back(begun, attempts, None);
            at.backlog.block(Blocked {
                batch: begun.batch,
                attempts,
                error: error.clone(),
                at: tx.now,
            });
            let answered = Answered {
                worker: key.claim.worker,
                request: at.wish.request,
                batch: begun.batch,
                attempts,
                error: &error,
            };
            policy_suspends(tx, task, &mut at.wish, &answered)?;
        }
        OnError::Terminate => {
            tx.append(event(What::GaveUp, error))?;
            at.backlog.put_back(begun, attempts, None);
            at.backlog.gave_up = Some(begun.batch);
        }
    }
    Ok(())
}
