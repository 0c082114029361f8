//! The rules of the two states: what is allowed, and what comes next. Pure and total: a new
//! variant breaks the build instead of falling into a default.

use crate::id::RequestNumber;
use crate::state::{Current, Desired, Ending, Hook, Outcome, Owed, RollbackStage};
use crate::time::Timestamp;

/// Everything the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the operator wants.
    pub desired: Desired,
    /// Where the task is.
    pub current: Current,
    /// The hooks that must still run.
    pub owed: Owed,
    /// The ending whose hooks have begun.
    pub begun: Option<Ending>,
    /// How far the rollback is.
    pub rollback: RollbackStage,
    /// The checkpoint that exhausted the input is durable: the point of no return.
    pub exhausted: bool,
}

/// What just happened to a task that a worker holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Nothing but that it stands at a batch boundary.
    Boundary,
    /// The retries of a batch are spent and the error policy is terminate.
    GaveUp,
    /// The worker was asked to stop.
    Stopping,
    /// A gate closed on it.
    Gated,
}

/// What the worker that holds a task does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: the task has ended.
    Rest,
    /// Prepare: the init hook and the instance.
    Init,
    /// Run the next batch.
    Batch,
    /// Run a hook. None: the cleanup a dead worker owed, which ends nothing.
    Hook(Hook, Option<Ending>),
    /// No hook is left: write the state that the ending leads to.
    Settle(Ending),
}

/// What has to happen to a task that nobody holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheld {
    /// Nothing: it is where it should be.
    Rest,
    /// A worker has to claim it.
    Claim,
    /// Nothing is owed: whoever notices writes the state, the request's own transaction first.
    Settle(Ending),
}

/// What the worker that holds a task does next, at a batch boundary.
#[must_use]
pub fn plan(standing: &Standing, happened: Happened) -> Step {
    if standing.owed.leftover && !matches!(standing.current, Current::Terminate { .. }) {
        return Step::Hook(Hook::Cleanup, None);
    }
    match (ending(standing, happened), standing.current) {
        (_, Current::Terminate { .. }) => Step::Rest,
        // Claimed for its hooks alone, and then the TERMINATE was withdrawn: put it back. What the
        // suspension owed has been done.
        (
            None | Some(Ending::Suspended | Ending::Released | Ending::Failed),
            Current::Suspend { .. },
        ) => match standing.rollback {
            // A worker that has undone something leaves it clean, wherever it found it.
            RollbackStage::Begun | RollbackStage::Failed if standing.owed.cleanup => {
                Step::Hook(Hook::Cleanup, Some(Ending::Released))
            }
            RollbackStage::None | RollbackStage::Begun | RollbackStage::Failed => {
                Step::Settle(Ending::Suspended)
            }
        },
        (Some(ending), Current::Init | Current::Run)
        | (Some(ending @ (Ending::Completed | Ending::Terminated)), Current::Suspend { .. }) => {
            next_hook(ending, standing.owed)
                .map_or(Step::Settle(ending), |hook| Step::Hook(hook, Some(ending)))
        }
        (None, Current::Init) => Step::Init,
        (None, Current::Run) => Step::Batch,
    }
}

/// What has to happen to a task that nobody holds.
#[must_use]
pub fn unheld(standing: &Standing) -> Unheld {
    let owes_cleanup = standing.owed.cleanup || standing.owed.leftover;
    match (standing.desired, standing.current) {
        (_, Current::Terminate { .. }) | (Desired::Suspend, Current::Suspend { .. }) => {
            Unheld::Rest
        }
        (Desired::Run, Current::Init | Current::Run | Current::Suspend { .. }) => Unheld::Claim,
        (Desired::Suspend, Current::Init | Current::Run) => {
            if owes_cleanup || standing.exhausted {
                Unheld::Claim
            } else {
                Unheld::Settle(Ending::Suspended)
            }
        }
        (Desired::Terminate, Current::Init | Current::Run | Current::Suspend { .. }) => {
            match (owes_cleanup, standing.exhausted, standing.owed.rollback) {
                (false, true, _) => Unheld::Settle(Ending::Completed),
                (false, false, false) => Unheld::Settle(Ending::Terminated),
                (true, _, _) => Unheld::Claim,
                (false, false, true) => match standing.rollback {
                    RollbackStage::None | RollbackStage::Begun => Unheld::Claim,
                    RollbackStage::Failed => Unheld::Rest,
                },
            }
        }
    }
}

/// The ending a held task goes to, if it goes to one.
fn ending(standing: &Standing, happened: Happened) -> Option<Ending> {
    match (standing.begun, standing.desired) {
        (Some(Ending::Completed), Desired::Run | Desired::Suspend | Desired::Terminate) => {
            Some(Ending::Completed)
        }
        (Some(Ending::Failed), Desired::Run | Desired::Suspend | Desired::Terminate) => {
            Some(Ending::Failed)
        }
        (Some(Ending::Terminated), Desired::Run | Desired::Suspend | Desired::Terminate) => {
            Some(towards_terminated(standing, happened))
        }
        (Some(rest @ (Ending::Suspended | Ending::Released)), Desired::Terminate) => {
            // Where cleanup has been, the rollback waits for a claim of its own, which owes
            // another cleanup: cleanup is always last.
            if standing.owed.rollback && !standing.owed.cleanup {
                Some(rest)
            } else {
                Some(towards_terminated(standing, happened))
            }
        }
        (Some(Ending::Suspended), Desired::Run | Desired::Suspend)
        | (Some(Ending::Released), Desired::Suspend) => Some(Ending::Suspended),
        (Some(Ending::Released), Desired::Run) => Some(Ending::Released),
        (None, desired) => {
            if standing.exhausted {
                return Some(Ending::Completed);
            }
            match (desired, happened) {
                (Desired::Terminate, _) => Some(towards_terminated(standing, happened)),
                (Desired::Run, Happened::GaveUp) => Some(Ending::Failed),
                // Whoever wants to look goes before a policy that would end it.
                (
                    Desired::Suspend,
                    Happened::GaveUp | Happened::Boundary | Happened::Stopping | Happened::Gated,
                ) => Some(Ending::Suspended),
                (Desired::Run, Happened::Stopping | Happened::Gated) => Some(Ending::Released),
                (Desired::Run, Happened::Boundary) => None,
            }
        }
    }
}

/// How a stay ends on the way to TERMINATE: there, or before its rollback is over. That may take as long as
/// the task did, so a worker that stops leaves it to another; one that failed is left to whoever looks.
fn towards_terminated(standing: &Standing, happened: Happened) -> Ending {
    if !standing.owed.rollback {
        return Ending::Terminated;
    }
    match (standing.rollback, happened) {
        (
            RollbackStage::Failed,
            Happened::Boundary | Happened::GaveUp | Happened::Stopping | Happened::Gated,
        )
        | (RollbackStage::None | RollbackStage::Begun, Happened::Stopping) => Ending::Released,
        // Gates keep tasks from running, not from being undone.
        (
            RollbackStage::None | RollbackStage::Begun,
            Happened::Boundary | Happened::GaveUp | Happened::Gated,
        ) => Ending::Terminated,
    }
}

/// The next hook on the way to an ending. Cleanup is always last.
fn next_hook(ending: Ending, owed: Owed) -> Option<Hook> {
    let before = match ending {
        Ending::Suspended => owed.on_suspend.then_some(Hook::OnSuspend),
        Ending::Terminated => owed.rollback.then_some(Hook::Rollback),
        Ending::Completed | Ending::Failed | Ending::Released => None,
    };
    before.or_else(|| owed.cleanup.then_some(Hook::Cleanup))
}

/// A change of the current state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A worker claims the task to run it.
    ClaimToRun,
    /// A worker claims the task for its hooks alone.
    ClaimForHooks,
    /// The holder has prepared the task.
    Prepared,
    /// No hook is left on the way to the ending.
    Settle(Ending),
}

/// A change that the rules don't allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// TERMINATE is final.
    #[error("it has ended ({outcome}) and never changes again")]
    Ended {
        /// How it ended.
        outcome: Outcome,
    },
    /// The hooks of the ending have begun: no way back.
    #[error("it is being ended: its hooks have begun, which can't be undone")]
    Ending {
        /// The ending.
        ending: Ending,
    },
    /// There is no rollback that it could ask for, or none has failed.
    #[error("{0}")]
    NoRollback(String),
    /// It was meant as it was left by a request, and something else was asked for since.
    #[error("{by} asked for {want} since, at {at} (request {request})")]
    AskedSince {
        /// Who asked.
        by: String,
        /// For what.
        want: Desired,
        /// In which request.
        request: RequestNumber,
        /// When.
        at: Timestamp,
    },
    /// It is gone, or its rows can't be read.
    #[error("{0}")]
    Lost(String),
    /// What blocks it was to be passed over, and it is not suspended.
    #[error(
        "it is not suspended, and what blocks a task can be passed over only while it is; suspend it, and wait until it is"
    )]
    NotSuspended,
    /// What blocks it was to be passed over, and no batch does.
    #[error(
        "it waits for no batch that failed, so there is nothing to pass over; if its input is what keeps it, mend that, and resume it without --skip"
    )]
    NothingBlocks,
    /// The change doesn't belong to this state.
    #[error("{change:?} does not belong to a task in {from}", from = current.word())]
    Illegal {
        /// Where the task is.
        current: Current,
        /// What was tried.
        change: Change,
    },
}

/// The state after a change, or why not.
///
/// # Errors
/// [`Refused`], and nothing is to be written.
pub fn transition(current: Current, change: Change, now: Timestamp) -> Result<Current, Refused> {
    let illegal = Refused::Illegal { current, change };
    match (current, change) {
        (Current::Terminate { outcome, .. }, _) => Err(Refused::Ended { outcome }),
        (Current::Init | Current::Run | Current::Suspend { .. }, Change::ClaimToRun)
        | (Current::Init | Current::Run, Change::ClaimForHooks) => Ok(Current::Init),
        (Current::Suspend { since }, Change::ClaimForHooks) => Ok(Current::Suspend { since }),
        (Current::Init, Change::Prepared) => Ok(Current::Run),
        (Current::Run | Current::Suspend { .. }, Change::Prepared) => Err(illegal),
        (Current::Suspend { since }, Change::Settle(Ending::Suspended)) => {
            Ok(Current::Suspend { since })
        }
        (Current::Init | Current::Run, Change::Settle(Ending::Suspended)) => {
            Ok(Current::Suspend { since: now })
        }
        (Current::Init | Current::Run, Change::Settle(Ending::Released)) => Ok(Current::Init),
        (Current::Suspend { .. }, Change::Settle(Ending::Released)) => Err(illegal),
        (
            Current::Init | Current::Run | Current::Suspend { .. },
            Change::Settle(Ending::Completed),
        ) => Ok(ended(Outcome::Completed, now)),
        (
            Current::Init | Current::Run | Current::Suspend { .. },
            Change::Settle(Ending::Terminated),
        ) => Ok(ended(Outcome::Terminated, now)),
        (Current::Init | Current::Run, Change::Settle(Ending::Failed)) => {
            Ok(ended(Outcome::Failed, now))
        }
        (Current::Suspend { .. }, Change::Settle(Ending::Failed)) => Err(illegal),
    }
}

/// The desired state after a request, or why not. TERMINATE is final; one whose hooks have not
/// begun can be withdrawn.
///
/// # Errors
/// [`Refused`], and nothing is to be written.
pub fn request(standing: &Standing, want: Desired) -> Result<Desired, Refused> {
    let undoes = standing.rollback != RollbackStage::None;
    match (standing.current, standing.begun, want) {
        (Current::Terminate { outcome, .. }, _, _) => Err(Refused::Ended { outcome }),
        // Half of it may be undone.
        (_, _, Desired::Run | Desired::Suspend) if undoes => Err(Refused::Ending {
            ending: Ending::Terminated,
        }),
        (
            _,
            Some(ending @ (Ending::Terminated | Ending::Failed)),
            Desired::Run | Desired::Suspend,
        ) => Err(Refused::Ending { ending }),
        (
            Current::Init | Current::Run | Current::Suspend { .. },
            None
            | Some(
                Ending::Completed
                | Ending::Terminated
                | Ending::Failed
                | Ending::Suspended
                | Ending::Released,
            ),
            Desired::Run | Desired::Suspend | Desired::Terminate,
        ) => Ok(want),
    }
}

/// The hooks owed once a task is claimed.
#[must_use]
pub fn owed_at_claim(standing: &Standing, brings: Owed) -> Owed {
    let before = standing.owed;
    match claim_change(standing) {
        Change::ClaimToRun => Owed {
            leftover: before.leftover || before.cleanup,
            on_suspend: brings.on_suspend,
            rollback: brings.rollback,
            cleanup: brings.cleanup,
        },
        Change::ClaimForHooks | Change::Prepared | Change::Settle(_) => Owed {
            leftover: false,
            on_suspend: false,
            rollback: before.rollback,
            // A rollback is followed by a cleanup, even where the suspension had its own.
            cleanup: before.cleanup
                || before.leftover
                || (before.rollback
                    && standing.desired == Desired::Terminate
                    && !standing.exhausted
                    && brings.cleanup),
        },
    }
}

/// Whether a claim is to run the task, or for its hooks alone.
#[must_use]
pub fn claim_change(standing: &Standing) -> Change {
    let ends = standing.rollback != RollbackStage::None
        || matches!(
            standing.begun,
            Some(Ending::Completed | Ending::Terminated | Ending::Failed)
        );
    match standing.desired {
        Desired::Run if !standing.exhausted && !ends => Change::ClaimToRun,
        Desired::Run | Desired::Suspend | Desired::Terminate => Change::ClaimForHooks,
    }
}

/// The hooks owed once `hook` is recorded (as run, or as given up).
#[must_use]
pub fn owed_after(mut owed: Owed, hook: Hook) -> Owed {
    match hook {
        Hook::OnSuspend => owed.on_suspend = false,
        Hook::Rollback => owed.rollback = false,
        Hook::Cleanup if owed.leftover => owed.leftover = false,
        Hook::Cleanup => owed.cleanup = false,
    }
    owed
}

/// The hooks owed once a task has settled: a final ending owes nothing, a rest may still owe a
/// rollback.
#[must_use]
pub fn owed_once_settled(owed: Owed, ending: Ending) -> Owed {
    match ending {
        Ending::Completed | Ending::Terminated | Ending::Failed => Owed::default(),
        Ending::Suspended | Ending::Released => Owed {
            rollback: owed.rollback,
            ..Owed::default()
        },
    }
}

fn ended(outcome: Outcome, at: Timestamp) -> Current {
    Current::Terminate { outcome, at }
}

#[cfg(test)]
mod tests;
