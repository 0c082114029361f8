//! Whether workers can act.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use longhaul_common::alive::Condition;
use longhaul_common::control::Control;
use longhaul_common::id::WorkerNumber;
use longhaul_common::store::WorkerRow;

/// Processes are looked at no more often: a stop lasts.
const PAUSE: Duration = Duration::from_secs(1);

/// A worker that commits waits for its disk many times a second. One that waits for so long is
/// stuck.
const STUCK: Duration = Duration::from_secs(10);

/// What was seen of the workers' processes.
#[derive(Default)]
pub(super) struct Conditions {
    seen: BTreeMap<WorkerNumber, Seen>,
}

struct Seen {
    at: Instant,
    condition: Condition,
    /// Since when each look found it waiting for its disk.
    waits_since: Option<Instant>,
}

impl Conditions {
    /// Whether a living worker can act, as it was a moment ago at most.
    pub(super) fn of(&mut self, control: &Control, row: &WorkerRow) -> Condition {
        let now = Instant::now();
        let before = self.seen.get(&row.number);
        if let Some(seen) = before
            && now.duration_since(seen.at) < PAUSE
        {
            return seen.condition;
        }
        let found = control.alive().condition(row.number, row.actor.pid);
        let waits_since = match found {
            Some(Condition::Uninterruptible) => {
                before.and_then(|seen| seen.waits_since).or(Some(now))
            }
            Some(Condition::Running | Condition::Stopped) | None => None,
        };
        let stuck = waits_since.is_some_and(|since| now.duration_since(since) >= STUCK);
        let condition = match found {
            Some(Condition::Stopped) => Condition::Stopped,
            Some(Condition::Uninterruptible) if stuck => Condition::Uninterruptible,
            Some(Condition::Running | Condition::Uninterruptible) | None => Condition::Running,
        };
        let seen = Seen {
            at: now,
            condition,
            waits_since,
        };
        self.seen.insert(row.number, seen);
        condition
    }
}
