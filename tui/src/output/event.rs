//! How events are told.

use longhaul_common::event::{Event, What};
use longhaul_common::state::Outcome;

use super::paint::Tone;

/// How an event is said.
pub(crate) fn tone(event: &Event) -> Tone {
    match event.what {
        What::GaveUp
        | What::Skipped
        | What::HookFailed
        | What::HookDropped
        | What::NotTold
        | What::RollbackFailed => Tone::Bad,
        What::Blocked
        | What::Cordoned
        | What::Drained
        | What::Throttled
        | What::Retry
        | What::ToldAgain
        | What::Halved
        | What::TakenOver
        | What::Stuck
        | What::Killed
        | What::PutBack
        | What::QueueLost
        | What::QueueHealed => Tone::Attention,
        What::Requested
        | What::Set
        | What::Comment
        | What::GroupSet
        | What::Uncordoned
        | What::QueuedAgain => Tone::Strong,
        What::State if event.outcome == Some(Outcome::Failed) => Tone::Bad,
        What::Submitted
        | What::Claimed
        | What::Freed
        | What::State
        | What::HookStarted
        | What::RolledBack
        | What::QueueBack
        | What::FeedClosed
        | What::Pruned
        | What::WorkerStarted
        | What::WorkerStopped
        | What::Other => Tone::Plain,
    }
}
