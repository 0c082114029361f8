//! Group commit: whoever comes first commits for all that wait. A lone writer pays nothing for
//! it, and many share one commit with its syncs.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::contain::{contain, own};
use super::error::{StoreError, from_database};
use super::handle::Handle;
use super::inside::enter;
use super::tx::{Reads, Tx, Witness};
use crate::bell::Bells;

/// One operation that waits to be committed.
trait Operation: Send {
    /// Applies it to the shared transaction. An error here is the database's: it ends the
    /// transaction for all. A refusal is kept as the operation's own answer.
    fn apply(&mut self, tx: &Tx<'_>) -> Result<(), StoreError>;
    /// Whether it stopped halfway, and has to be left out.
    fn is_out(&self) -> bool;
    /// Tells the one who waits.
    fn answer(&mut self, committed: Result<(), StoreError>);
    fn seat(&self) -> &Seat;
}

/// Where one who waits is told: the answer is there, or it is their turn to commit for all.
#[derive(Default)]
struct Seat {
    call: Mutex<Option<Call>>,
    called: Condvar,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Lead,
    Answered,
}

impl Seat {
    fn tell(&self, call: Call) {
        *lock(&self.call) = Some(call);
        self.called.notify_one();
    }

    fn wait(&self) -> Call {
        let mut call = lock(&self.call);
        loop {
            if let Some(call) = call.take() {
                return call;
            }
            call = self
                .called
                .wait(call)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Pending<T, F> {
    run: F,
    outcome: Option<Result<T, StoreError>>,
    answer: Arc<Mutex<Option<Result<T, StoreError>>>>,
    seat: Arc<Seat>,
}

impl<T: Send, F: FnMut(&Tx<'_>) -> Result<T, StoreError> + Send> Operation for Pending<T, F> {
    fn apply(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        match own(tx.dir(), || (self.run)(tx)) {
            Err(error) if error.spends_the_handle() => Err(error),
            outcome => {
                self.outcome = Some(outcome);
                Ok(())
            }
        }
    }

    fn is_out(&self) -> bool {
        matches!(&self.outcome, Some(Err(error)) if error.stops_halfway())
    }

    fn answer(&mut self, committed: Result<(), StoreError>) {
        let answer = match committed {
            // Whatever became of the others.
            Err(_) if self.is_out() => self.outcome.take().expect("it was just looked at"),
            Ok(()) => self
                .outcome
                .take()
                .expect("a committed operation has been applied"),
            Err(error) => Err(error),
        };
        *lock(&self.answer) = Some(answer);
        self.seat.tell(Call::Answered);
    }

    fn seat(&self) -> &Seat {
        &self.seat
    }
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Box<dyn Operation>>,
    led: bool,
}

/// The queue of commits of one store in one process.
pub(super) struct Group {
    queue: Mutex<Queue>,
    handle: Arc<Handle>,
    bells: Bells,
}

impl Group {
    pub(super) fn new(handle: Arc<Handle>, bells: Bells) -> Self {
        Self {
            queue: Mutex::default(),
            handle,
            bells,
        }
    }

    /// Commits an operation, together with all others that wait, and returns once it is durable.
    /// Blocks for as long as another process is inside a write transaction.
    pub(super) fn commit<T, F>(&self, run: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let answer = Arc::new(Mutex::new(None));
        let seat = Arc::new(Seat::default());
        let pending = Box::new(Pending {
            run,
            outcome: None,
            answer: Arc::clone(&answer),
            seat: Arc::clone(&seat),
        });
        let mut queue = lock(&self.queue);
        queue.waiting.push(pending);
        let mut leads = !queue.led;
        queue.led = true;
        drop(queue);
        loop {
            if leads {
                self.lead();
            }
            match seat.wait() {
                Call::Lead => leads = true,
                Call::Answered => {
                    return lock(&answer).take().expect("whoever is told has an answer");
                }
            }
        }
    }

    /// Commits all that wait, and hands the lead to one who came meanwhile.
    fn lead(&self) {
        let mut group = std::mem::take(&mut lock(&self.queue).waiting);
        let committed = catch_unwind(AssertUnwindSafe(|| self.commit_all(&mut group)));
        let (outcome, panic) = match committed {
            Ok(outcome) => (outcome, None),
            Err(panic) => (Err(self.unknown()), Some(panic)),
        };
        for operation in &mut group {
            operation.answer(outcome.clone());
        }
        let mut queue = lock(&self.queue);
        match queue.waiting.first() {
            Some(next) => next.seat().tell(Call::Lead),
            None => queue.led = false,
        }
        drop(queue);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    fn unknown(&self) -> StoreError {
        StoreError::Unknown {
            path: self.handle.dir.clone(),
            waited: None,
        }
    }

    fn commit_all(&self, group: &mut [Box<dyn Operation>]) -> Result<(), StoreError> {
        match self.try_commit(group) {
            Ok(()) => Ok(()),
            Err((error, witness)) => self.after_failure(error, witness),
        }
    }

    fn try_commit(
        &self,
        group: &mut [Box<dyn Operation>],
    ) -> Result<(), (StoreError, Option<Witness>)> {
        let dir = &self.handle.dir;
        let mut witness = None;
        let mut rings = (false, false);
        let _inside = enter();
        contain(dir, || {
            self.handle.check_place()?;
            let mut txn = self.handle.begin_write()?;
            let mut tx = Tx::new(&txn, dir);
            tx.check_schema()?;
            while let Applied::Halfway = apply_all(group, &tx)? {
                // What it wrote goes with the transaction; the others are applied anew without it.
                txn.abort()
                    .map_err(|error| from_database(dir, "writing", error))?;
                txn = self.handle.begin_write()?;
                tx = Tx::new(&txn, dir);
                tx.check_schema()?;
            }
            if tx.writes_nothing() {
                return txn
                    .abort()
                    .map_err(|error| from_database(dir, "writing", error));
            }
            witness = tx.witness();
            rings = (tx.state_changed(), tx.progressed());
            txn.commit()
                .map_err(|error| from_database(dir, "committing", error))
        })
        .map_err(|error| (error, witness))?;
        // Only now: the first event of a commit can arrive before the new value is visible.
        if rings.0 {
            self.bells.ring_control();
        }
        if rings.1 {
            self.bells.ring_progress();
        }
        Ok(())
    }

    /// An I/O error poisons the handle, and a commit that returned one may be durable all the
    /// same: open anew, read back, then decide.
    fn after_failure(&self, error: StoreError, witness: Option<Witness>) -> Result<(), StoreError> {
        if !error.spends_the_handle() {
            return Err(error);
        }
        if let Err(reopening) = self.handle.reopen() {
            // Without a witness nothing had been written; with one, nobody can tell.
            return Err(match witness {
                None => reopening,
                Some(_) => self.unknown(),
            });
        }
        let Some(witness) = witness else {
            return Err(error);
        };
        let found = self
            .handle
            .view(|view| Ok(view.bytes(witness.table, witness.key)? == Some(witness.bytes)));
        match found {
            Ok(true) => {
                self.bells.ring_control();
                self.bells.ring_progress();
                Ok(())
            }
            Ok(false) => Err(error),
            // It can't be read back: nobody can tell.
            Err(_) => Err(self.unknown()),
        }
    }
}

/// How far the operations of a group came.
enum Applied {
    All,
    /// One stopped halfway, and is left out from now on.
    Halfway,
}

fn apply_all(group: &mut [Box<dyn Operation>], tx: &Tx<'_>) -> Result<Applied, StoreError> {
    for operation in group {
        if operation.is_out() {
            continue;
        }
        operation.apply(tx)?;
        if operation.is_out() {
            return Ok(Applied::Halfway);
        }
    }
    tx.put_down()?;
    Ok(Applied::All)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
