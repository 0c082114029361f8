//! Keeps a task's queue at a broker as full as its backlog says. What the broker lost is sent again;
//! what it has twice does no harm.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use longhaul_common::backoff;
use longhaul_common::id::BatchNumber;
use longhaul_common::store::BrokerNews;
use longhaul_common::time::Timestamp;

use super::Runner;
use crate::broker::{BrokerError, TaskQueue};
use crate::failure::chain;
use crate::insist::Over;

/// How often what the broker has is compared with what it should have.
const COMPARE: Duration = Duration::from_secs(1);
/// The wait before a broker that can't be used is tried again: the first, and the longest.
const AGAIN: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(3));

/// After so many failures in a row the queue is removed, in case that it is what fails.
const REMOVED_AFTER: u32 = 3;

/// What a coordinator knows of its task's queue.
pub(super) struct Courier {
    queue: Box<dyn TaskQueue>,
    /// Batches whose messages the broker has, and that have not begun.
    sent: BTreeSet<BatchNumber>,
    /// Those of them that it should have had all the while since it was compared last.
    stale: BTreeSet<BatchNumber>,
    /// Whether it was asked what it has from before.
    asked: bool,
    compare_at: Instant,
    failures: u32,
    again_at: Option<Instant>,
}

/// What came of a delivery.
#[derive(Default)]
struct Delivered {
    /// So many messages were lost, and are sent again.
    again: u64,
}

impl Courier {
    pub(super) fn new(queue: Box<dyn TaskQueue>) -> Self {
        Self {
            queue,
            sent: BTreeSet::new(),
            stale: BTreeSet::new(),
            asked: false,
            compare_at: Instant::now(),
            failures: 0,
            again_at: None,
        }
    }

    /// When it wants to be called again at the latest.
    pub(super) fn due(&self) -> Option<Instant> {
        let compares = (!self.sent.is_empty()).then_some(self.compare_at);
        self.again_at.or(compares)
    }

    /// Whether the broker can't be used, and it is too early to try again.
    fn waits(&self) -> bool {
        self.again_at.is_some_and(|at| at > Instant::now())
    }

    /// What the broker has, if it is time to compare. Asked before the backlog is read: what is taken in
    /// between is missed by neither.
    fn count(&mut self) -> Result<Option<u64>, BrokerError> {
        let compares = !self.sent.is_empty() && self.compare_at <= Instant::now();
        if self.asked && !compares {
            return Ok(None);
        }
        let depth = self.queue.depth()?;
        self.compare_at = Instant::now() + COMPARE;
        Ok(Some(depth.ready + depth.unacknowledged.unwrap_or(0)))
    }

    /// Sends what the broker lacks of what is ready to begin.
    fn deliver(
        &mut self,
        ready: &BTreeSet<BatchNumber>,
        has: Option<u64>,
    ) -> Result<Delivered, BrokerError> {
        let mut delivered = Delivered::default();
        self.sent.retain(|batch| ready.contains(batch));
        self.stale.retain(|batch| ready.contains(batch));
        if let Some(has) = has {
            if !self.asked {
                self.asked = true;
                if has > 0 && has >= ready.len() as u64 {
                    // From before: what is missing shows when it is compared.
                    self.sent.clone_from(ready);
                }
            }
            let lost = (self.stale.len() as u64).saturating_sub(has);
            if lost > 0 {
                // Which ones can't be told: what comes twice is known for that.
                self.sent.clear();
                delivered.again = lost;
            }
            self.stale.clone_from(&self.sent);
        }
        let lacking: Vec<BatchNumber> = ready.difference(&self.sent).copied().collect();
        if !lacking.is_empty() {
            self.queue.push(&lacking)?;
            self.sent.extend(lacking);
        }
        Ok(delivered)
    }

    fn fails(&mut self) {
        self.failures += 1;
        if self.failures.is_multiple_of(REMOVED_AFTER) {
            // It may be the queue that gives no answer: a RabbitMQ that was killed just after it made one never
            // finds its parts again. Nothing is lost with it, and the next delivery makes it anew.
            let _ = self.queue.remove();
        }
        let (base, cap) = AGAIN;
        let pause = backoff::delay(self.failures, base, cap, fastrand::f64());
        self.again_at = Some(Instant::now() + pause);
        self.asked = false;
        self.sent.clear();
        self.stale.clear();
    }

    fn works(&mut self) {
        self.failures = 0;
        self.again_at = None;
    }
}

impl Runner {
    /// Sees to the task's queue at its broker, if it has one there.
    pub(super) fn send(&mut self) -> Result<(), Over> {
        let troubled = self.line.hears_of_trouble();
        let Some(courier) = &mut self.courier else {
            return Ok(());
        };
        if courier.waits() {
            return Ok(());
        }
        if troubled {
            courier.asked = false;
        }
        let counted = courier.count();
        if matches!(counted, Ok(Some(_))) {
            self.watch()?;
        }
        let backlog = self.backlog();
        let ready: BTreeSet<BatchNumber> = backlog.ready(Timestamp::now()).into_iter().collect();
        let unreachable = backlog.unreachable;
        let Some(courier) = &mut self.courier else {
            return Ok(());
        };
        let delivered = counted.and_then(|has| courier.deliver(&ready, has));
        let news = match delivered {
            Ok(delivered) => {
                courier.works();
                let again = (delivered.again > 0).then_some(BrokerNews::SentAgain(delivered.again));
                unreachable
                    .map(|_| BrokerNews::Back)
                    .into_iter()
                    .chain(again)
                    .collect()
            }
            Err(error) => {
                courier.fails();
                let why = chain(&error);
                let known = unreachable.is_some_and(|known| known.why == why);
                if known {
                    Vec::new()
                } else {
                    vec![BrokerNews::Unreachable(why)]
                }
            }
        };
        let key = self.key;
        for news in news {
            let watched = self.insist("telling of the queue", |store| {
                store.note_broker(key, news.clone())
            })?;
            self.take_in(watched);
        }
        Ok(())
    }

    /// Removes the task's queue from its broker: nothing of it is needed any more.
    pub(super) fn remove_queue(&mut self) {
        let Some(courier) = self.courier.take() else {
            return;
        };
        if let Err(error) = courier.queue.remove() {
            self.note(&format!(
                "its queue is left where it is, and goes by itself after a week: {}",
                chain(&error)
            ));
        }
    }
}
