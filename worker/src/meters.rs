//! What a worker counts of its own work, for whoever measures it. Counted only where somebody asked for it.

use std::sync::Arc;
use std::time::Duration;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Current, Outcome};
use longhaul_common::store::{AfterFailure, Ended, FailedAttempt, Store};
use longhaul_common::time::Timestamp;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// What a worker counts; nothing, unless it was made [to count](Self::counting).
#[derive(Clone, Default)]
pub struct Meters(Option<Arc<Counts>>);

struct Counts {
    batches: Counter,
    items: Counter,
    retries: Counter,
    failures: Counter,
    commits: Histogram,
    control: Histogram,
}

impl Meters {
    /// Meters that count.
    #[must_use]
    pub fn counting() -> Self {
        // From 0.1 ms to 3.3 s, and from 1 ms to 9 h.
        let commits = Histogram::new(exponential_buckets(0.0001, 2.0, 16));
        let control = Histogram::new(exponential_buckets(0.001, 4.0, 13));
        Self(Some(Arc::new(Counts {
            batches: Counter::default(),
            items: Counter::default(),
            retries: Counter::default(),
            failures: Counter::default(),
            commits,
            control,
        })))
    }

    /// Whether they count.
    pub(crate) fn count(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        let Some(counts) = &self.0 else {
            return;
        };
        let counters = [
            (
                "batches",
                "Batches that this worker performed and that are done",
                &counts.batches,
            ),
            (
                "items",
                "Items of these batches that are done",
                &counts.items,
            ),
            (
                "retries",
                "Attempts at a batch that failed and are followed by another",
                &counts.retries,
            ),
            (
                "failures",
                "Batches that failed for good, or of which items did",
                &counts.failures,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        registry.register_with_unit(
            "commit",
            "How long a task waited for the store to write, such as for a checkpoint",
            Unit::Seconds,
            counts.commits.clone(),
        );
        registry.register_with_unit(
            "control",
            "From a request to suspend or terminate to the task's being there",
            Unit::Seconds,
            counts.control.clone(),
        );
    }

    /// A batch is done but for so many of its items.
    pub(crate) fn batch(&self, items: u64, passed: u64) {
        if let Some(counts) = &self.0 {
            counts.batches.inc();
            counts.items.inc_by(items.saturating_sub(passed));
            if passed > 0 {
                counts.failures.inc();
            }
        }
    }

    /// A batch was passed over.
    pub(crate) fn skipped(&self) {
        if let Some(counts) = &self.0 {
            counts.failures.inc();
        }
    }

    /// An attempt failed.
    pub(crate) fn attempt_failed(&self, failed: &FailedAttempt) {
        if let Some(counts) = &self.0 {
            match failed.then {
                AfterFailure::Retry => counts.retries.inc(),
                AfterFailure::Suspend(_) | AfterFailure::Terminate => counts.failures.inc(),
            };
        }
    }

    /// A batch of so many items of a queued task ended here.
    pub(crate) fn ended(&self, ended: &Ended, items: u64) {
        let Some(counts) = &self.0 else {
            return;
        };
        match ended {
            Ended::Done(passed) => self.batch(items, passed.len() as u64),
            Ended::Failed(failing) if failing.is_tried_again() => {
                counts.retries.inc();
            }
            Ended::Failed(_) => self.skipped(),
            Ended::GivenBack => {}
        }
    }

    /// The store wrote.
    pub(crate) fn committed(&self, took: Duration) {
        if let Some(counts) = &self.0 {
            counts.commits.observe(took.as_secs_f64());
        }
    }

    /// A task was settled. What somebody asked for is told from the request on.
    pub(crate) fn settled(&self, store: &Store, task: TaskNumber, current: Current) {
        let asked_for = matches!(
            current,
            Current::Suspend { .. }
                | Current::Terminate {
                    outcome: Outcome::Terminated,
                    ..
                }
        );
        let (true, Some(counts)) = (asked_for, &self.0) else {
            return;
        };
        let now = Timestamp::now();
        // What can't be read is not measured.
        if let Ok(row) = store.task(task)
            && !row.wish.policy
        {
            counts.control.observe(now.since(row.wish.at).as_secs_f64());
        }
    }
}
