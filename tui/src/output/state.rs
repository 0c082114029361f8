//! The state of a task in a few words.

use longhaul_common::phase::{Phase, waits};
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::time::Timestamp;
use longhaul_common::view::{RollbackView, TaskView};

use super::clock::Clock;
use super::human;
use super::paint::Tone;

/// What a state is told from.
pub(crate) trait Told {
    fn desired(&self) -> Desired;
    fn current(&self) -> StateWord;
    fn outcome(&self) -> Option<Outcome>;
    fn phase(&self) -> Phase;
    fn waiting_for(&self) -> Option<&str>;
    fn desired_reason(&self) -> Option<&str>;
    fn desired_by_policy(&self) -> bool;
    fn error(&self) -> Option<&str>;
    fn message(&self) -> Option<&str>;
    fn next_attempt_at(&self) -> Option<Timestamp>;
    /// How what it did is undone.
    fn rollback(&self) -> Option<&RollbackView>;
    /// Since when its queue can't be reached, and why.
    fn unreachable(&self) -> Option<(Timestamp, &str)>;
}

impl Told for TaskView {
    fn desired(&self) -> Desired {
        self.desired_state
    }

    fn current(&self) -> StateWord {
        self.current_state
    }

    fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn waiting_for(&self) -> Option<&str> {
        self.waiting_for.as_deref()
    }

    fn desired_reason(&self) -> Option<&str> {
        self.desired_reason.as_deref()
    }

    fn desired_by_policy(&self) -> bool {
        self.desired_by_policy
    }

    fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    fn next_attempt_at(&self) -> Option<Timestamp> {
        self.next_attempt_at
    }

    fn rollback(&self) -> Option<&RollbackView> {
        self.rollback.as_ref()
    }

    fn unreachable(&self) -> Option<(Timestamp, &str)> {
        let queue = self.queue.as_ref()?;
        Some((queue.unreachable_since?, queue.unreachable.as_deref()?))
    }
}

/// Whether a request has not been reached yet.
pub(crate) fn is_pending(task: &impl Told) -> bool {
    let goal = task.desired().goal();
    match task.current() {
        StateWord::Terminate => false,
        // Waiting for a worker is what INIT means.
        StateWord::Init => goal != StateWord::Run,
        current @ (StateWord::Run | StateWord::Suspend) => goal != current,
    }
}

/// The current state, what is asked for while that is pending, how the task ended, and the phase
/// where it says more.
pub(crate) fn state(task: &impl Told) -> String {
    let mut text = task.current().to_string();
    if is_pending(task) {
        text = format!("{text} → {}", task.desired());
    }
    if let Some(outcome) = task.outcome() {
        text = format!("{text} {outcome}");
    }
    match task.phase() {
        Phase::Queued
        | Phase::Scheduled
        | Phase::Blocked
        | Phase::Starting
        | Phase::BackingOff
        | Phase::Throttled
        | Phase::Orphaned
        | Phase::RollingBack
        | Phase::RollbackFailed
        | Phase::CleaningUp => format!("{text} {}", task.phase()),
        Phase::Running
        | Phase::Suspending
        | Phase::Suspended
        | Phase::Terminating
        | Phase::Ended => text,
    }
}

/// How the state is told.
pub(crate) fn tone(task: &impl Told) -> Tone {
    match (task.phase(), task.outcome()) {
        (_, Some(Outcome::Failed)) => Tone::Bad,
        (_, Some(Outcome::Completed | Outcome::Terminated)) => Tone::Quiet,
        (Phase::Running, None) if task.unreachable().is_some() => Tone::Attention,
        (Phase::Running | Phase::Throttled, None) => Tone::Good,
        // What an error suspended waits for a human.
        (Phase::Suspended, None) if task.desired_by_policy() => Tone::Bad,
        (Phase::RollbackFailed, None) => Tone::Bad,
        (Phase::BackingOff | Phase::Orphaned | Phase::Suspended, None) => Tone::Attention,
        (
            Phase::Queued
            | Phase::Scheduled
            | Phase::Blocked
            | Phase::Starting
            | Phase::Suspending
            | Phase::Terminating
            | Phase::RollingBack
            | Phase::CleaningUp
            | Phase::Ended,
            None,
        ) => Tone::Plain,
    }
}

/// What else there is to say in a line: what it waits for, why it rests or ended, what went wrong.
pub(crate) fn remark(task: &impl Told, clock: &Clock) -> Option<String> {
    let waits = || task.waiting_for().map(waits);
    let error = || task.error().map(str::to_owned);
    let message = || task.message().map(str::to_owned);
    let why = || task.desired_reason().map(str::to_owned).or_else(error);
    match task.phase() {
        Phase::BackingOff => {
            let attempt = task
                .next_attempt_at()
                .map(|at| format!("retry {}", clock.age(at)));
            join(": ", attempt, error())
        }
        Phase::Queued | Phase::Scheduled | Phase::Blocked | Phase::Orphaned => waits(),
        Phase::Throttled => error().or_else(message).or_else(waits),
        Phase::Suspending | Phase::Terminating => {
            let because = task.desired_reason().map(|why| format!("because {why}"));
            join(", ", waits(), because)
        }
        Phase::Suspended => {
            // What failed before somebody suspended it is not why it rests.
            let because = if task.desired_by_policy() {
                why()
            } else {
                task.desired_reason().map(str::to_owned)
            };
            join(": ", waits(), because)
        }
        Phase::Ended => match task.outcome() {
            Some(Outcome::Failed) => error().or_else(why),
            Some(Outcome::Terminated) => why(),
            Some(Outcome::Completed) | None => message(),
        },
        Phase::Running if let Some((since, why)) = task.unreachable() => {
            let since = clock.moment(since);
            Some(format!("queue unreachable since {since}: {why}"))
        }
        Phase::RollingBack => {
            let more = waits().or_else(message);
            join(", ", undone(task), join(": ", more, error()))
        }
        Phase::RollbackFailed => join(", ", undone(task), error()),
        Phase::Starting | Phase::Running | Phase::CleaningUp => {
            waits().or_else(error).or_else(message)
        }
    }
}

/// When the batch boundary is expected of a task that is on its way to one, and how long its batches take: where
/// that is worth a word.
pub(crate) fn boundary(view: &TaskView) -> Option<String> {
    const WORTH: f64 = 1.0;
    let pending = is_pending(view) && view.current_state == StateWord::Run;
    let (shortest, longest) = view.batch_range.filter(|_| pending)?;
    let seconds = |seconds: f64| human::seconds(Some(seconds));
    let take = if longest < 1.2 * shortest {
        format!("batches take about {}", seconds(longest))
    } else {
        format!("batches take {} to {}", seconds(shortest), seconds(longest))
    };
    match view.boundary_seconds {
        Some(expected) if expected >= WORTH => {
            Some(format!("in about {} ({take})", seconds(expected)))
        }
        Some(_) => None,
        None => (longest >= WORTH && view.batch_since.is_some())
            .then(|| format!("later than usual ({take})")),
    }
}

/// How much of what was done is undone.
fn undone(task: &impl Told) -> Option<String> {
    let rollback = task.rollback()?;
    let done = human::done(rollback.items_done, Some(rollback.items_total));
    Some(format!("{done} items undone"))
}

fn join(by: &str, first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}{by}{second}")),
        (first, second) => first.or(second),
    }
}

#[cfg(test)]
mod tests;
