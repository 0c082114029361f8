//! The state of a task in a few words.

use longhaul_common::phase::Phase;
use longhaul_common::state::{Outcome, StateWord};
use longhaul_common::view::TaskView;

use super::clock::Clock;
use super::paint::Tone;

/// Whether a request has not been reached yet.
pub(crate) fn is_pending(view: &TaskView) -> bool {
    let goal = view.desired_state.goal();
    match view.current_state {
        StateWord::Terminate => false,
        // Waiting for a worker is what INIT means.
        StateWord::Init => goal != StateWord::Run,
        current @ (StateWord::Run | StateWord::Suspend) => goal != current,
    }
}

/// The current state, what is asked for while that is pending, how the task ended, and the phase
/// where it says more.
pub(crate) fn state(view: &TaskView) -> String {
    let mut text = view.current_state.to_string();
    if is_pending(view) {
        text = format!("{text} → {}", view.desired_state);
    }
    if let Some(outcome) = view.outcome {
        text = format!("{text} {outcome}");
    }
    match view.phase {
        Phase::Queued
        | Phase::Starting
        | Phase::BackingOff
        | Phase::Orphaned
        | Phase::RollingBack
        | Phase::CleaningUp => format!("{text} {}", view.phase),
        Phase::Running
        | Phase::Suspending
        | Phase::Suspended
        | Phase::Terminating
        | Phase::Ended => text,
    }
}

/// How the state is told.
pub(crate) fn tone(view: &TaskView) -> Tone {
    match (view.phase, view.outcome) {
        (_, Some(Outcome::Failed)) => Tone::Bad,
        (_, Some(Outcome::Completed | Outcome::Terminated)) => Tone::Quiet,
        (Phase::Running, None) => Tone::Good,
        // What an error suspended waits for a human.
        (Phase::Suspended, None) if view.error.is_some() => Tone::Bad,
        (Phase::BackingOff | Phase::Orphaned | Phase::Suspended, None) => Tone::Attention,
        (
            Phase::Queued
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
pub(crate) fn remark(view: &TaskView, clock: &Clock) -> Option<String> {
    let waits = || {
        view.waiting_for
            .as_deref()
            .map(|what| format!("waits for {what}"))
    };
    let why = || view.desired_reason.clone().or_else(|| view.error.clone());
    match view.phase {
        Phase::BackingOff => {
            let attempt = view
                .next_attempt_at
                .map(|at| format!("retry {}", clock.age(at)));
            join(": ", attempt, view.error.clone())
        }
        Phase::Queued | Phase::Orphaned => waits(),
        Phase::Suspending | Phase::Terminating => {
            let because = view
                .desired_reason
                .as_ref()
                .map(|why| format!("because {why}"));
            join(", ", waits(), because)
        }
        Phase::Suspended => why(),
        Phase::Ended => match view.outcome {
            Some(Outcome::Failed) => view.error.clone().or_else(why),
            Some(Outcome::Terminated) => why(),
            Some(Outcome::Completed) | None => view.message.clone(),
        },
        Phase::Starting | Phase::Running | Phase::RollingBack | Phase::CleaningUp => waits()
            .or_else(|| view.error.clone())
            .or_else(|| view.message.clone()),
    }
}

fn join(by: &str, first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}{by}{second}")),
        (first, second) => first.or(second),
    }
}

#[cfg(test)]
mod tests;
