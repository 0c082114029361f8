//! What is counted over all tasks, kept as they change: nobody goes over all of them to draw.

use std::collections::BTreeMap;
use std::sync::Arc;

use longhaul_common::phase::Phase;
use longhaul_common::safe_text::{fit, width};
use longhaul_common::state::{Outcome, StateWord};
use longhaul_common::store::WorkerRow;

use crate::dashboard::row::Row;
use crate::output::human;

/// Counts over all tasks, and how wide their texts get.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) init: usize,
    pub(crate) running: usize,
    pub(crate) suspended: usize,
    pub(crate) completed: usize,
    pub(crate) terminated: usize,
    pub(crate) failed: usize,
    /// Suspended by an error, or with a rollback that failed: somebody has to look.
    pub(crate) stuck: usize,
    /// Of these, the rollbacks that failed.
    pub(crate) failed_rollbacks: usize,
    pub(crate) orphaned: usize,
    /// Slots of living workers that tasks take.
    pub(crate) slots: usize,
    pub(crate) with_retries: usize,
    pub(crate) with_failures: usize,
    /// Thousandths of items per second: whole numbers add up to nothing again.
    rate: u128,
    kinds: BTreeMap<Arc<str>, usize>,
    waiting: BTreeMap<Wanted, usize>,
    pub(crate) widest: Widest,
}

/// What a worker must accept to run a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wanted {
    pub(crate) kind: Arc<str>,
    pub(crate) registered: bool,
}

impl Wanted {
    /// Whether a worker accepts it. One of one task alone is none for the others.
    pub(crate) fn accepted_by(&self, worker: &WorkerRow) -> bool {
        worker.accepts.only.is_none() && worker.accepts.kind(&self.kind, self.registered)
    }
}

/// The widest text of each kind so far. It never shrinks, so that no column moves while numbers
/// change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Widest {
    pub(crate) number: usize,
    pub(crate) name: usize,
    pub(crate) kind: usize,
    pub(crate) items: usize,
    pub(crate) worker: usize,
}

/// The most columns a text of outside is ever given.
const WIDEST: usize = 60;

impl Tally {
    pub(super) fn add(&mut self, row: &Row) {
        self.widest.take(row);
        self.count(row, |count| *count += 1);
        self.slots += row.slots();
        self.rate += rate(row);
    }

    pub(super) fn remove(&mut self, row: &Row) {
        self.count(row, |count| *count -= 1);
        self.kinds.retain(|_, count| *count > 0);
        self.waiting.retain(|_, count| *count > 0);
        self.slots -= row.slots();
        self.rate -= rate(row);
    }

    /// A row became another one of the same task.
    pub(super) fn replace(&mut self, before: &Row, row: &Row) {
        self.add(row);
        self.remove(before);
    }

    fn count(&mut self, row: &Row, change: impl Fn(&mut usize)) {
        change(match (row.current, row.outcome) {
            (StateWord::Init, _) => &mut self.init,
            (StateWord::Run, _) => &mut self.running,
            (StateWord::Suspend, _) => &mut self.suspended,
            (StateWord::Terminate, Some(Outcome::Failed)) => &mut self.failed,
            (StateWord::Terminate, Some(Outcome::Terminated)) => &mut self.terminated,
            (StateWord::Terminate, Some(Outcome::Completed) | None) => &mut self.completed,
        });
        if row.is_stuck() {
            change(&mut self.stuck);
        }
        if row.phase == Phase::RollbackFailed {
            change(&mut self.failed_rollbacks);
        }
        if row.phase == Phase::Orphaned {
            change(&mut self.orphaned);
        }
        if row.retries > 0 {
            change(&mut self.with_retries);
        }
        if row.batches_failed > 0 {
            change(&mut self.with_failures);
        }
        match self.kinds.get_mut(&row.kind) {
            Some(count) => change(count),
            None => change(self.kinds.entry(row.kind.clone()).or_default()),
        }
        if row.needs_worker() {
            change(self.waiting.entry(row.wanted()).or_default());
        }
    }

    /// Items per second of all that run.
    pub(crate) fn rate(&self) -> f64 {
        #[allow(
            clippy::cast_precision_loss,
            reason = "a screen shows fewer digits than it has"
        )]
        {
            self.rate as f64 / 1000.0
        }
    }

    /// The kinds there are.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(AsRef::as_ref)
    }

    /// Whether a column of kinds would say anything.
    pub(crate) fn kinds_differ(&self) -> bool {
        self.kinds.len() > 1
    }

    /// What waits for a worker, and how many tasks.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&Wanted, usize)> {
        self.waiting.iter().map(|(wanted, count)| (wanted, *count))
    }
}

impl Widest {
    fn take(&mut self, row: &Row) {
        let shown = |text: &str| width(&fit(text, WIDEST));
        let most = |known: &mut usize, now: usize| *known = (*known).max(now);
        most(&mut self.number, row.number.to_string().len());
        most(&mut self.name, row.name.as_deref().map_or(0, shown));
        most(&mut self.kind, shown(&row.kind));
        most(
            &mut self.items,
            match row.items_total {
                Some(total) => human::done(total.max(row.items_done), Some(total)).len(),
                None => human::count(row.items_done).len(),
            },
        );
        let worker = row.worker_words();
        most(&mut self.worker, worker.map_or(0, |words| words.len()));
    }
}

fn rate(row: &Row) -> u128 {
    let rate = row.rate.filter(|_| row.runs()).unwrap_or(0.0);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    {
        (f64::from(rate) * 1000.0).round() as u128
    }
}

#[cfg(test)]
impl Tally {
    /// All that is counted, to compare.
    pub(super) fn counts(&self) -> impl PartialEq + std::fmt::Debug {
        (
            [
                self.init,
                self.running,
                self.suspended,
                self.completed,
                self.terminated,
                self.failed,
                self.stuck,
                self.failed_rollbacks,
                self.orphaned,
                self.slots,
                self.with_retries,
                self.with_failures,
            ],
            self.kinds.clone(),
            self.waiting.clone(),
        )
    }
}
