//! Requests, and what they have to do themselves: act for an owner that is dead and owes nothing,
//! and end one that can't obey.

use std::ops::ControlFlow;
use std::time::Duration;

use super::Control;
use crate::actor::Actor;
use crate::alive::{AliveFile, Liveness};
use crate::batch_lock::BatchLocks;
use crate::id::{TaskNumber, WorkerNumber};
use crate::leftovers::{self, Batch, ClearError};
use crate::rules::{self, Happened, Step};
use crate::state::Desired;
use crate::store::{
    Accepts, Answer, Appetite, Ask, Claim, ClaimFor, Haste, Held, HookBegin, Hooks, StoreError,
    TaskRow, Undo,
};

/// How long a request waits for the processes of a dead owner's batch to be gone.
const CLEARING: Duration = Duration::from_secs(3);

/// A request that is being put together. Nothing is asked until it is [sent](Self::send).
#[must_use]
pub struct Asking {
    pub(super) control: Control,
    pub(super) tasks: Vec<TaskNumber>,
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

    /// Claims the tasks for this worker in the same transaction, those of dead owners too, so that no
    /// other is faster. It does so only where they are asked to run.
    pub fn claiming_for(mut self, worker: WorkerNumber) -> Self {
        self.ask.claim_for = Some(ClaimFor {
            worker,
            orphans: Vec::new(),
        });
        self
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
        if let Some(claimer) = &mut ask.claim_for {
            for task in &self.tasks {
                let claim = control.store.task(*task)?.claim;
                let dead = claim.filter(|claim| control.is_dead(claim.worker));
                claimer.orphans.extend(dead.map(|dead| (*task, dead)));
            }
        }
        let mut answers = control.store.request(self.tasks, ask)?;
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

    /// Does for owners that can't what was asked of them.
    fn see_to(&self, answers: &mut [Answer], haste: Haste) {
        for answer in answers {
            let (Some(claim), None) = (answer.claim, &answer.refused) else {
                continue;
            };
            if answer.desired == Desired::Run {
                continue;
            }
            if haste == Haste::ByForce {
                // It is written; whom nobody could end is left to those who look.
                let _ = self.alive.end_unresponsive(claim.worker);
            }
            if self.is_dead(claim.worker) {
                // Left undone, it is a worker's: the wish is written.
                let _ = self.act_for_the_dead(claim, answer);
            }
        }
    }

    fn is_dead(&self, worker: WorkerNumber) -> bool {
        matches!(self.alive.probe(worker), Ok(Liveness::Dead))
    }

    /// Claims the task of a dead owner, ends what is left of its batch, and moves the state; a task
    /// that owes a hook is left to a worker.
    fn act_for_the_dead(&self, dead: Claim, answer: &mut Answer) -> Result<(), StoreError> {
        let task = answer.number;
        let row = self.store.task(task)?;
        if row.claim != Some(dead) || owes(&row) {
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
            orphans: vec![(task, dead)],
        })?;
        let Some(held) = caught.held.into_iter().find(|held| held.taken.is_some()) else {
            return Ok(());
        };
        if !self.clear(&held) {
            return Ok(());
        }
        let (happened, mut row) = (Happened::Boundary, held.row);
        loop {
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

    fn clear(&self, held: &Held) -> bool {
        let Some(taken) = &held.taken else {
            return true;
        };
        let Ok(locks) = BatchLocks::open(self.store.dir()) else {
            return false;
        };
        let keys: Vec<&str> = taken.keys.iter().map(String::as_str).collect();
        let batch = Batch {
            locks: &locks,
            task: held.key.task,
            slot: 0,
            keys: &keys,
            spare: &[],
        };
        let cleared = leftovers::clear(&batch, None, |stubborn| {
            if stubborn.waited < CLEARING {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        match cleared {
            Ok(cleared) => {
                if !cleared.killed.is_empty() {
                    // What it is told for goes on, whether it was told or not.
                    let _ = self
                        .store
                        .killed(held.key, leftovers::roll(&cleared.killed));
                }
                cleared.lock.unlock().is_ok()
            }
            Err(ClearError::Lock(_) | ClearError::GivenUp(_)) => false,
        }
    }
}

/// Whether a hook has to run, which only a worker can.
fn owes(row: &TaskRow) -> bool {
    let owed = row.state.owed;
    let hooks = owed.leftover || owed.cleanup || owed.rollback;
    hooks && !(row.wish.no_hooks && row.wish.desired == Desired::Terminate)
}
