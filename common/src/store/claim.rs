//! Claims: who may run a task.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Store;
use super::brake::brake;
use super::cordon;
use super::error::{StoreError, passing_over};
use super::gates;
use super::hold::{Key, Orders};
use super::lanes::{Due, due, make_unclaimable, offer};
use super::look::claims;
use super::queue::{self, Served, served};
use super::record::{Accepts, Claim, TaskRow};
use super::schema::{CLAIMABLE, COUNTER_EVENT, SPECS, STATES, WISHES};
use super::slots;
use super::timers;
use super::tx::{Reads, Tx, View};
use crate::backoff;
use crate::brake::Share;
use crate::cordon::Hold;
use crate::event::{Event, What};
use crate::id::{Duty, EventNumber, TaskNumber, WorkerNumber, key_in_flight, persistent_key};
use crate::rate::Pace;
use crate::rules::{self, Change};
use crate::spec::{MAX_BACKOFF, Rest, TaskSpec};
use crate::state::{Hook, StateWord};
use crate::time::Timestamp;

/// A task that a worker holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// The claim, which every write of the holder bears.
    pub key: Key,
    /// The task as it was claimed.
    pub row: TaskRow,
    /// The dead worker it was taken from.
    pub taken: Option<Taken>,
}

/// What a dead worker left. It stays with the task until a holder has cleared it: one that dies
/// before that leaves it to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    /// The worker; where several died in turn, the last.
    pub from: WorkerNumber,
    /// The keys that what still runs of it may bear.
    pub keys: BTreeSet<String>,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What a worker wants to claim.
#[derive(Clone, Debug)]
pub struct Appetite {
    /// Who claims.
    pub worker: WorkerNumber,
    /// How many tasks at most.
    pub slots: usize,
    /// Which tasks.
    pub accepts: Accepts,
    /// Claims whose owners were found dead.
    pub orphans: Vec<(TaskNumber, Claim)>,
}

/// What a worker got.
#[derive(Clone, Debug, Default)]
pub struct Catch {
    /// The tasks it now holds.
    pub held: Vec<Held>,
    /// When the next task that it could claim becomes due.
    pub next_due: Option<Timestamp>,
}

impl Store {
    /// Claims what waits, in the order of priority and number, and the orphans first.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn claim(&self, appetite: Appetite) -> Result<Catch, StoreError> {
        self.write(move |tx| claim(tx, &appetite))
    }

    /// A task that is held under this very claim, as a claim would have given it. None: the claim
    /// is over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn held(&self, task: TaskNumber, claim: Claim) -> Result<Option<Held>, StoreError> {
        self.read(move |view| {
            let row = view.task(task)?;
            let key = Key { task, claim };
            Ok((row.claim == Some(claim)).then_some(Held {
                key,
                taken: row.state.taken.clone(),
                row,
            }))
        })
    }

    /// The last event and every claim. Reads on the calling thread, which may block for as long as
    /// another process is stopped inside the database: for a thread that nobody waits for.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn pulse(&self) -> Result<(EventNumber, Vec<(TaskNumber, Claim)>), StoreError> {
        self.inner.handle.check_place()?;
        self.inner.handle.view(|view| {
            let last = EventNumber(view.counter(COUNTER_EVENT)?);
            Ok((last, claims(view)?))
        })
    }

    /// All that a supervisor looks at, in one short read.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn glance(&self, look: Look) -> Result<Glance, StoreError> {
        self.inner.handle.check_place()?;
        self.read(move |view| {
            let mut found = Glance {
                orders: look
                    .running
                    .iter()
                    .filter_map(|task| orders(view, *task).transpose())
                    .collect::<Result<_, StoreError>>()?,
                ..Glance::default()
            };
            let now = Timestamp::now();
            found.brake = brake(view)?.map(|brake| brake.share);
            found.hold = cordon::around(view, look.worker)?.map(|cordon| cordon.hold);
            let open = look.accepts.as_ref().filter(|_| found.hold.is_none());
            if let (Some(accepts), Some(table)) = (open, view.table(CLAIMABLE)?) {
                let groups = gates::with_room(view)?;
                found.due = due(view, &table, (accepts, &groups), 1, &BTreeSet::new(), now)?;
            }
            if let Some(accepts) = &look.accepts {
                let next;
                (found.served, next) = served(view, accepts, &look.running, now)?;
                match found.hold {
                    None => {}
                    // Those it coordinates would have nobody else, perhaps.
                    Some(Hold::Cordoned) => {
                        found
                            .served
                            .retain(|served| look.running.contains(&served.task));
                    }
                    Some(Hold::Drained) => found.served.clear(),
                }
                found.due.next = found.due.next.into_iter().chain(next).min();
            }
            found.owes_words = super::words::is_owed(view)?;
            found.timer = timers::next(view)?;
            if look.claims {
                found.claims = claims(view)?;
            }
            Ok(found)
        })
    }
}

/// What a supervisor wants to know.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Who looks.
    pub worker: WorkerNumber,
    /// The tasks it runs.
    pub running: Vec<TaskNumber>,
    /// Which waiting tasks it would claim; None: it has no slot free.
    pub accepts: Option<Accepts>,
    /// Whether to read all claims, for those of the dead.
    pub claims: bool,
}

/// What it sees.
#[derive(Clone, Debug, Default)]
pub struct Glance {
    /// Whether it claims nothing new, or is to give back what it has.
    pub hold: Option<Hold>,
    /// The share of its time that a slot is to work.
    pub brake: Option<Share>,
    /// What is wanted of the tasks it runs.
    pub orders: Vec<(TaskNumber, Orders)>,
    /// What waits for it.
    pub due: Due,
    /// The queued tasks of which it could begin batches.
    pub served: Vec<Served>,
    /// Every claim, if asked for.
    pub claims: Vec<(TaskNumber, Claim)>,
    /// Whether something is to be told of tasks.
    pub owes_words: bool,
    /// When the next timer goes off.
    pub timer: Option<Timestamp>,
}

fn claim(tx: &Tx<'_>, appetite: &Appetite) -> Result<Catch, StoreError> {
    let mut catch = Catch::default();
    if cordon::around(tx, appetite.worker)?.is_some() {
        return Ok(catch);
    }
    for (task, claim) in &appetite.orphans {
        if catch.held.len() >= appetite.slots {
            return Ok(catch);
        }
        if !accepts(tx, *task, &appetite.accepts)? {
            continue;
        }
        catch
            .held
            .extend(claim_one(tx, *task, appetite.worker, Some(*claim))?);
    }
    // Those that can't be claimed, since a row of theirs can't be read.
    let mut passed = BTreeSet::new();
    loop {
        let free = appetite.slots - catch.held.len();
        let groups = gates::with_room(tx)?;
        let waiting = due(
            tx,
            &tx.table(CLAIMABLE)?,
            (&appetite.accepts, &groups),
            free,
            &passed,
            tx.now,
        )?;
        let found = waiting.now.len();
        let before = passed.len();
        for task in waiting.now {
            match claim_one(tx, task, appetite.worker, None)? {
                Some(held) => catch.held.push(held),
                None => {
                    passed.insert(task);
                }
            }
        }
        catch.next_due = waiting.next;
        if found == 0 || passed.len() == before {
            return Ok(catch);
        }
    }
}

/// What is wanted of a task; None where it can't be read.
fn orders(view: &View<'_>, task: TaskNumber) -> Result<Option<(TaskNumber, Orders)>, StoreError> {
    let wish = passing_over(view.task_record(&WISHES, task))?;
    Ok(wish.map(|wish| (task, Orders::of(&wish))))
}

fn accepts(tx: &Tx<'_>, task: TaskNumber, accepts: &Accepts) -> Result<bool, StoreError> {
    let Some(spec) = passing_over(tx.record(&SPECS, task.0))?.flatten() else {
        return Ok(false);
    };
    Ok(accepts.only.is_none_or(|only| only == task)
        && accepts.kind(&spec.kind, spec.work.is_registered()))
}

/// When a batch whose worker died may run again: the first time at once, then later and later. Of
/// tasks whose worker died under all of them each has another delay, by its place among them, so that
/// the one which kills its workers ends up alone; so has each batch of a queue.
pub(super) fn after_crash(
    spec: &TaskSpec,
    place: u64,
    crashes: u32,
    now: Timestamp,
) -> Option<Timestamp> {
    if crashes <= 1 || crashes > spec.retries {
        return None;
    }
    let base = Duration::from_millis(spec.backoff_ms);
    // Neighbours lie far apart in the fractional parts of the golden ratio's multiples.
    let step = u32::try_from(place % 1000).unwrap_or_default();
    let jitter = (f64::from(step) * 0.618_034).fract();
    Some(now.after(backoff::delay(crashes - 1, base, MAX_BACKOFF, jitter)))
}

/// Claims one task, from nobody or from a dead owner whose claim is compared. None: somebody was
/// faster, or a row of it can't be read.
pub(super) fn claim_one(
    tx: &Tx<'_>,
    task: TaskNumber,
    worker: WorkerNumber,
    dead: Option<Claim>,
) -> Result<Option<Held>, StoreError> {
    // Compared before anything else is read: a claim that is over may be of a task that is gone, and
    // must not fail those that were claimed before it in the same transaction.
    if tx.claim(task)? != dead {
        return Ok(None);
    }
    let Some(mut row) = passing_over(tx.task(task))? else {
        return Ok(None);
    };
    let standing = row.standing();
    let change = rules::claim_change(&standing);
    let Ok(current) = rules::transition(standing.current, change, tx.now) else {
        return Ok(None);
    };
    if cordon::around(tx, worker)?.is_some() {
        return Ok(None);
    }
    // What a dead worker left is cleared first; the gate is heeded then. It has its slot, too.
    if dead.is_none() && gates::hold(tx, &row)? {
        if row.gate(tx.now).is_some() {
            // One that has closed again since: it waits out of sight.
            offer(tx, &row)?;
        }
        return Ok(None);
    }
    let before = row.state.word;
    let was_in_hook = row.state.hook.is_some();
    let undid = row.state.hook == Some(Hook::Rollback);
    // Who coordinates runs no batch under the task's own lock.
    let coordinated = row.backlog.is_some() && before == StateWord::Run && !was_in_hook;
    row.state.taken = dead.map(|dead| {
        let in_flight = key_in_flight(row.spec.id, before, row.state.hook, &row.progress);
        let mut taken = row.state.taken.take().unwrap_or_default();
        taken.from = dead.worker;
        if !coordinated {
            taken.keys.insert(in_flight);
        }
        if row.spec.is_persistent() {
            taken.keys.insert(persistent_key(row.spec.id, None));
        }
        if row.state.resumes {
            taken.keys.insert(Duty::Resume.key(row.spec.id));
        }
        taken
    });
    let claim = Claim {
        worker,
        epoch: row.state.epoch.next(),
    };
    row.state.owed = rules::owed_at_claim(&standing, row.spec.brings());
    row.state.epoch = claim.epoch;
    row.state.hook = None;
    row.state.stuck = None;
    row.state.throttled = None;
    if change == Change::ClaimToRun {
        row.state.begun = None;
    }
    row.state.set_current(current, tx.now);
    row.progress.epoch = claim.epoch;
    let waited = row.progress.next_attempt_at.is_some_and(|at| at > tx.now);
    let in_batch = dead.is_some() && !was_in_hook && !waited && !coordinated;
    let written = std::mem::replace(&mut row.progress.updated_at, tx.now);
    row.progress.pace = match row.spec.rate {
        Some(rate) if in_batch && before == StateWord::Run => Some(Pace::taken_over(
            row.progress.pace,
            rate,
            row.progress.cut,
            written,
            tx.now,
        )),
        rate => row.progress.pace.and_then(|pace| pace.rested(rate, tx.now)),
    };
    if before == StateWord::Suspend && change == Change::ClaimToRun {
        // One that never had a worker was not told to rest either.
        row.state.resumes = claim.epoch.0 > 1;
        // Attempts start anew at a resume. A claim for hooks is none, or a rollback that kills its
        // worker would kill every worker in turn.
        row.progress.forgive();
        row.state.hook_attempts = 0;
        queue::forgive(tx, &mut row)?;
    }
    // One that waited for its next attempt did not kill its worker.
    let undid = undid && dead.is_some() && !waited;
    if undid || (in_batch && change == Change::ClaimToRun) {
        // The batch in flight may be what killed its worker. The attempts at a hook are counted
        // where it begins.
        row.progress.attempts += 1;
        row.progress.next_attempt_at =
            after_crash(&row.spec, task.0, row.progress.attempts, tx.now);
    }
    row.claim = Some(claim);
    if change == Change::ClaimToRun {
        slots::take(tx, &row.spec)?;
    }
    tx.put(&STATES, task.0, &row.state)?;
    tx.put_progress(task, &row.progress)?;
    tx.set_claim(task, Some(claim))?;
    make_unclaimable(tx, &row.spec)?;
    queue::close(tx, &mut row)?;
    let what = match dead {
        Some(_) => What::TakenOver,
        None => What::Claimed,
    };
    tx.append(Event {
        worker: Some(worker),
        epoch: Some(claim.epoch),
        from: (before != row.state.word).then_some(before),
        to: (before != row.state.word).then_some(row.state.word),
        detail: dead.map(|dead| format!("from worker {}, which died", dead.worker)),
        ..Event::of(task, what, tx.now)
    })?;
    Ok(Some(Held {
        key: Key { task, claim },
        taken: row.state.taken.clone(),
        row,
    }))
}
