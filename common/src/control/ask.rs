//! Requests, and what they have to do themselves: act for an owner that is dead and owes nothing,
//! and end one that can't obey.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use super::Control;
use crate::actor::Actor;
use crate::alive::{AliveFile, Liveness};
use crate::backlog::{Backlog, Begun, Kept};
use crate::batch_lock::BatchLocks;
use crate::id::{RequestNumber, TaskNumber, WorkerNumber, batch_key, persistent_key};
use crate::leftovers::{self, Batch, Process};
use crate::rules::{self, Happened, Step};
use crate::state::{Desired, Hook, StateWord};
use crate::store::{
    Accepts, Aim, Answer, Appetite, Ask, Blocking, Claim, ClaimFor, Done, Haste, Held, HookBegin,
    Hooks, Spent, StoreError, TaskRow, Undo, Undone,
};
use crate::time::Timestamp;

/// How long a request waits for the processes of a dead owner's batch to be gone.
const CLEARING: Duration = Duration::from_secs(3);

/// A request that is being put together. Nothing is asked until it is [sent](Self::send).
#[must_use]
pub struct Asking {
    pub(super) control: Control,
    pub(super) aim: Aim,
    pub(super) ask: Ask,
}

impl Asking {
    /// In somebody's name.
    pub fn by(mut self, actor: Actor) -> Self {
        self.ask.by = actor;
        self
    }

    /// For a reason.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.ask.reason = Some(reason.into());
        self
    }

    /// Until then: a suspension that ends by itself, unless somebody asks for anything before. Only where they are
    /// asked to suspend.
    pub fn until(mut self, at: Option<Timestamp>) -> Self {
        self.ask.until = at;
        self
    }

    /// With this haste. By force, a worker that is stopped and can't obey is ended: its other
    /// tasks go elsewhere.
    pub fn haste(mut self, haste: Haste) -> Self {
        self.ask.haste = haste;
        self
    }

    /// What becomes of the hooks of a task that is terminated.
    pub fn hooks(mut self, hooks: Hooks) -> Self {
        self.ask.hooks = hooks;
        self
    }

    /// Passes over the batch whose errors keep a task from going on, in the name of whoever asks; of a task
    /// with a queue all that do. Only where they are asked to run; refused where no batch blocks.
    pub fn passing_over(mut self) -> Self {
        self.ask.blocking = Blocking::PassOver;
        self
    }

    /// What becomes of what is done, of a task that is terminated.
    pub fn done(mut self, done: Done) -> Self {
        self.ask.done = done;
        self
    }

    /// Claims the tasks for this worker in the same transaction, of those that are named those of dead owners
    /// too, so that no other is faster. It does so only where they are asked to run.
    pub fn claiming_for(mut self, worker: WorkerNumber) -> Self {
        self.ask.claim_for = Some(ClaimFor {
            worker,
            orphans: Vec::new(),
        });
        self
    }

    /// What is asked for.
    #[must_use]
    pub fn asked(&self) -> &Ask {
        &self.ask
    }

    /// Sends it: one transaction, one number, an answer per task. Where the owner is dead and no
    /// hook is owed, the request also ends what is left of the batch and moves the state.
    ///
    /// # Errors
    /// See [`Store::request`](crate::store::Store::request).
    pub fn send(self) -> Result<Vec<Answer>, StoreError> {
        let control = self.control;
        let haste = self.ask.haste;
        let mut ask = self.ask;
        if let (Some(claimer), Aim::Named(tasks)) = (&mut ask.claim_for, &self.aim) {
            for task in tasks {
                let claim = control.store.task(*task)?.claim;
                let dead = claim.filter(|claim| control.is_dead(claim.worker));
                claimer.orphans.extend(dead.map(|dead| (*task, dead)));
            }
        }
        let mut answers = control.store.request(self.aim, ask)?;
        control.see_to(&mut answers, haste);
        Ok(answers)
    }
}

impl Control {
    /// Undoes requests: what was wanted before is wanted again. Where that is no RUN and the owner
    /// is dead, it does what [`Asking::send`] does.
    ///
    /// # Errors
    /// See [`Store::undo`](crate::store::Store::undo).
    pub fn undo(&self, undos: Vec<Undo>) -> Result<Vec<Answer>, StoreError> {
        let mut answers = self.store.undo(undos, self.actor.clone())?;
        self.see_to(&mut answers, Haste::AtBoundary);
        Ok(answers)
    }

    /// Undoes a request by its number, whoever made it, and does what [`undo`](Self::undo) does.
    ///
    /// # Errors
    /// See [`Store::undo_request`](crate::store::Store::undo_request).
    pub fn undo_request(
        &self,
        request: RequestNumber,
        reason: Option<&str>,
    ) -> Result<Undone, StoreError> {
        let (by, reason) = (self.actor.clone(), reason.map(str::to_owned));
        let mut undone = self.store.undo_request(request, by, reason)?;
        if let Undone::Asked(answers) = &mut undone {
            self.see_to(answers, Haste::AtBoundary);
        }
        Ok(undone)
    }

    /// Does for owners that can't what was asked of them.
    fn see_to(&self, answers: &mut [Answer], haste: Haste) {
        for answer in answers {
            if answer.refused.is_some() || answer.desired == Desired::Run {
                continue;
            }
            if haste == Haste::ByForce {
                self.end_unresponsive(answer);
            }
            // Left undone, it is a worker's: the wish is written.
            let _ = match answer.claim {
                Some(claim) if self.is_dead(claim.worker) => {
                    self.act_for_the_dead(Some(claim), answer)
                }
                Some(_) => Ok(()),
                // Given back while others performed its batches; they may have died since.
                None if rests(answer.current) => Ok(()),
                None => self.act_for_the_dead(None, answer),
            };
        }
    }

    /// Ends the workers that are stopped and can't obey: who holds the task, and who performs its batches.
    fn end_unresponsive(&self, answer: &Answer) {
        let row = self.store.task(answer.number);
        let backlog = row.ok().and_then(|row| row.backlog).unwrap_or_default();
        let performers = backlog.begun.iter().map(|begun| begun.seat.worker);
        let holder = answer.claim.map(|claim| claim.worker);
        for worker in holder
            .into_iter()
            .chain(performers)
            .collect::<BTreeSet<_>>()
        {
            // It is written; whom nobody could end is left to those who look.
            let _ = self.alive.end_unresponsive(worker);
        }
    }

    fn is_dead(&self, worker: WorkerNumber) -> bool {
        matches!(self.alive.probe(worker), Ok(Liveness::Dead))
    }

    /// Claims the task of a dead owner, or of nobody where the dead performed its batches, ends what is
    /// left of these, and moves the state; a task that owes a hook, or of which somebody living performs a
    /// batch, is left to a worker.
    fn act_for_the_dead(&self, dead: Option<Claim>, answer: &mut Answer) -> Result<(), StoreError> {
        let task = answer.number;
        let row = self.store.task(task)?;
        let performed = in_flight(&row);
        let kept = idle(&row);
        let seats = performed.iter().map(|begun| begun.seat);
        let by_living = seats
            .chain(kept.iter().map(|kept| kept.seat))
            .any(|seat| !self.is_dead(seat.worker));
        let nothing_to_clear = dead.is_none() && performed.is_empty() && kept.is_empty();
        if row.claim != dead || owes(&row) || by_living || nothing_to_clear {
            return Ok(());
        }
        let number = self.store.next_worker()?;
        // Held until the state has moved: nobody takes the task from us meanwhile.
        let Ok(_lives) = AliveFile::hold(self.store.dir(), number) else {
            return Ok(());
        };
        let caught = self.store.claim(Appetite {
            worker: number,
            slots: 1,
            accepts: Accepts {
                registered: [row.spec.kind.clone()].into(),
                only: Some(task),
                ..Accepts::default()
            },
            orphans: dead.map(|dead| (task, dead)).into_iter().collect(),
        })?;
        let wanted = |held: &Held| held.key.task == task && held.taken.is_some() == dead.is_some();
        let Some(held) = caught.held.into_iter().find(wanted) else {
            return Ok(());
        };
        if !self.clear(&held) || !self.put_back(&held)? {
            return Ok(());
        }
        let happened = Happened::Boundary;
        let mut row = self.store.task(task)?;
        loop {
            if !in_flight(&row).is_empty() || !idle(&row).is_empty() {
                return Ok(());
            }
            row = match rules::plan(&row.standing(), happened) {
                Step::Settle(ending) => {
                    let progress = row.progress.clone();
                    match self.store.settle(held.key, happened, ending, progress)? {
                        Ok(current) => {
                            answer.current = current.word();
                            return Ok(());
                        }
                        Err(row) => row,
                    }
                }
                // Owed, and to be passed over: the store records that.
                Step::Hook(hook, ending) => {
                    match self.store.begin_hook(held.key, happened, hook, ending)? {
                        (HookBegin::Dropped | HookBegin::PlanAgain, row) => row,
                        (HookBegin::Run(_), _) => return Ok(()),
                    }
                }
                Step::Rest | Step::Init | Step::Batch => return Ok(()),
            };
        }
    }

    /// Ends what is left of the dead owner's batch or hook; false: something does not go.
    fn clear(&self, held: &Held) -> bool {
        let Some(taken) = &held.taken else {
            return true;
        };
        let keys: Vec<&str> = taken.keys.iter().map(String::as_str).collect();
        let Some(killed) = self.clear_slot(held.key.task, 0, &keys) else {
            return false;
        };
        if !killed.is_empty() {
            // What it is told for goes on, whether it was told or not.
            let _ = self.store.killed(held.key, leftovers::roll(&killed));
        }
        true
    }

    /// Ends what is left of the batches that the dead performed, and puts them back; false: something
    /// does not go, or somebody living performs one.
    fn put_back(&self, held: &Held) -> Result<bool, StoreError> {
        for begun in in_flight(&held.row) {
            if !self.is_dead(begun.seat.worker) {
                return Ok(false);
            }
            let id = held.row.spec.id;
            let keys = [
                batch_key(id, begun.batch),
                persistent_key(id, Some(begun.seat)),
            ];
            let keys = keys.each_ref().map(String::as_str);
            if self.clear_slot(held.key.task, begun.slot, &keys).is_none() {
                return Ok(false);
            }
            let spent = if held.row.spec.isolate {
                Spent::Later
            } else {
                Spent::Policy
            };
            self.store.put_back_batch(held.key, *begun, spent)?;
        }
        for Kept { seat, slot } in idle(&held.row) {
            let key = persistent_key(held.row.spec.id, Some(seat));
            let gone = self.is_dead(seat.worker)
                && self.clear_slot(held.key.task, slot, &[&key]).is_some();
            if !gone {
                return Ok(false);
            }
            self.store.release_seat(held.key, seat)?;
        }
        Ok(true)
    }

    /// Ends what runs under the lock of a slot or bears one of the keys; gives whom. None: something does
    /// not go.
    fn clear_slot(&self, task: TaskNumber, slot: u16, keys: &[&str]) -> Option<Vec<Process>> {
        let locks = BatchLocks::open(self.store.dir()).ok()?;
        let batch = Batch {
            locks: &locks,
            task,
            slot,
            keys,
            spare: &[],
        };
        let cleared = leftovers::clear(&batch, None, |stubborn| {
            if stubborn.waited < CLEARING {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        let cleared = cleared.ok()?;
        cleared.lock.unlock().ok()?;
        Some(cleared.killed)
    }
}

/// Whether a task stays where it is until somebody asks for something.
fn rests(current: StateWord) -> bool {
    matches!(current, StateWord::Suspend | StateWord::Terminate)
}

/// The batches of a queued task that are in flight.
fn in_flight(row: &TaskRow) -> &[Begun] {
    row.backlog
        .as_ref()
        .map_or(&[], |backlog| backlog.begun.as_slice())
}

/// What seats of a queued task keep that perform no batch now.
fn idle(row: &TaskRow) -> Vec<Kept> {
    let backlog = row.backlog.iter();
    backlog.flat_map(Backlog::idle).collect()
}

/// Whether a hook has to run, which only a worker can.
fn owes(row: &TaskRow) -> bool {
    let owed = row.state.owed;
    let cleanup = (owed.leftover || owed.cleanup) && !row.passes_over(Hook::Cleanup);
    cleanup || (owed.rollback && !row.passes_over(Hook::Rollback))
}
