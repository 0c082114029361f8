//! Waits until tasks are in a state, or can't get there any more.

use std::time::{Duration, Instant};

use longhaul_common::bell::Watch;
use longhaul_common::changes::{Changes, Woken};
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Prospect;
use longhaul_common::rules::{Unheld, unheld};
use longhaul_common::state::{Desired, Outcome, RollbackStage, StateWord};
use longhaul_common::store::{StoreError, TaskRow, Tasks};
use longhaul_common::time::Timestamp;
use longhaul_common::view::Surroundings;

use crate::exit::Failure;
use crate::{output, stopped};

/// How waiting for one task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It is in the state waited for, or in TERMINATE, which it never leaves.
    State(StateWord, Option<Outcome>),
    /// Something else is desired by now: it rests in SUSPEND until a human resumes it.
    Elsewhere,
    /// What it did could not be undone, and it waits for somebody to look.
    RollbackFailed,
    /// A gate holds it that opens no more unless somebody does something about it.
    Blocked,
    /// No worker is alive that could take it there.
    Nobody,
    /// The time was up.
    TimeUp,
}

impl Reached {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::State(..) => "reached",
            Self::Elsewhere => "elsewhere",
            Self::RollbackFailed => "rollback-failed",
            Self::Blocked => "blocked",
            Self::Nobody => "nobody",
            Self::TimeUp => "time-up",
        }
    }
}

/// Whether the state waited for was asked for by who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It was: another request since means that it won't come.
    Asked,
    /// It was not: somebody may ask, or the error policy.
    Watched,
}

/// When a wait that began now is over. One too long for the clock is none.
pub(crate) fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(timeout?)
}

/// Waits until each of `tasks` is in `goal`, or can't get there any more.
pub(crate) fn until(
    control: &Control,
    tasks: &[TaskNumber],
    goal: StateWord,
    wish: Wish,
    deadline: Option<Instant>,
) -> Result<Vec<(TaskNumber, Reached)>, Failure> {
    let changes = Changes::listen(control.store().dir(), Watch::ControlAndAlive);
    let mut reached = Vec::new();
    let mut open = tasks.to_vec();
    let mut troubled = false;
    loop {
        let found = match control.store().tasks(open.clone()) {
            Ok(found) => found,
            // What was asked for stands; the next look may tell.
            Err(error @ (StoreError::Busy { .. } | StoreError::Unknown { .. })) => {
                if !std::mem::replace(&mut troubled, true) {
                    let why = stopped::explain(error.into(), control.store().dir());
                    let mend = why
                        .hint
                        .map_or_else(String::new, |hint| format!("; {hint}"));
                    output::note(&format!("still waiting: {}{mend}", why.message));
                }
                Tasks::default()
            }
            Err(error) => return Err(error.into()),
        };
        let lives = |worker| control.lives(worker);
        let around = Surroundings::new(&found.workers, &found.gates, &lives, Timestamp::now());
        for row in &found.rows {
            if let Some(end) = end_of(control, &around, row, goal, wish) {
                open.retain(|task| *task != row.spec.number);
                reached.push((row.spec.number, end));
            }
        }
        if open.is_empty() {
            return Ok(reached);
        }
        if changes.wait(deadline) == Woken::TimeUp {
            reached.extend(open.iter().map(|task| (*task, Reached::TimeUp)));
            return Ok(reached);
        }
    }
}

fn end_of(
    control: &Control,
    around: &Surroundings<'_>,
    row: &TaskRow,
    goal: StateWord,
    wish: Wish,
) -> Option<Reached> {
    let state = row.state.word;
    // A task that passes through the goal on its way elsewhere has not come to it.
    let rests = goal != StateWord::Suspend || row.wish.desired == Desired::Suspend;
    // Nothing of it runs while its worker is dead, whatever the row says.
    let held = row.claim.is_some_and(|claim| control.lives(claim.worker));
    let runs = goal != StateWord::Run || held;
    if (state == goal && rests && runs) || state == StateWord::Terminate {
        return Some(Reached::State(state, row.state.outcome));
    }
    let suspended = state == StateWord::Suspend && row.wish.desired == Desired::Suspend;
    if suspended && row.wish.until.is_some() && goal != StateWord::Suspend {
        // It goes on by itself, once a worker lives to see to it.
        return (around.prospect(row) != Prospect::Worker).then_some(Reached::Nobody);
    }
    let withdrawn = match goal {
        StateWord::Suspend => wish == Wish::Asked && row.wish.desired == Desired::Run,
        StateWord::Init | StateWord::Run | StateWord::Terminate => suspended,
    };
    if withdrawn {
        return Some(Reached::Elsewhere);
    }
    let rests = row.claim.is_none() && unheld(&row.standing()) == Unheld::Rest;
    if rests && row.state.rollback == RollbackStage::Failed {
        return Some(Reached::RollbackFailed);
    }
    if !held && around.gate(row).is_some_and(|gate| gate.is_lost()) {
        return Some(Reached::Blocked);
    }
    let needs_worker = !held && (row.claim.is_some() || unheld(&row.standing()) == Unheld::Claim);
    (needs_worker && around.prospect(row) != Prospect::Worker).then_some(Reached::Nobody)
}
