//! A look at the store: what is desired of the tasks that run here, what waits, and what the dead
//! have left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use longhaul_common::alive::{AliveFile, Liveness};
use longhaul_common::bell::{Heard, TICK, Watch, Watcher, Watching};
use longhaul_common::brake::Share;
use longhaul_common::cordon::Hold;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::spec::TaskSpec;
use longhaul_common::store::{
    Accepts, Appetite, Claim, Held, Look, Orders, Outlook, Performer, Served, Store, StoreError,
};
use longhaul_common::time::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::allot::{allot, kept_back};
use super::floor::Floor;
use super::{Looking, Message, Place, Supervisor};
use crate::failure::chain;

/// The close-write event of a death comes before its lock is dropped: who finds it held looks
/// again after these milliseconds, then leaves it to the tick.
const PROBES: [u64; 8] = [0, 1, 2, 4, 8, 16, 32, 64];

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Breadth {
    /// What runs here, and what waits.
    Own,
    /// Also every claim, for those of the dead and those of our own that we missed.
    Claims,
    /// Also again and again for a little while, since a worker is just going.
    Departures,
}

/// What a look showed, and what was claimed upon it.
#[derive(Default)]
pub(super) struct Sight {
    /// What was claimed.
    pub(super) held: Vec<Held>,
    /// Claims of this worker that it didn't know of.
    pub(super) strays: Vec<Held>,
    pub(super) next_due: Option<Timestamp>,
    /// Queued tasks that get seats here, and how many.
    pub(super) seats: Vec<(Seating, usize)>,
    /// Something waits for a slot that a task with several could leave.
    pub(super) starved: bool,
    /// Something is to be told of tasks.
    pub(super) owes_words: bool,
    /// When the next timer goes off.
    pub(super) timer: Option<Timestamp>,
    /// The worker is to give back what it has.
    pub(super) drains: bool,
    /// The share of its time that each slot is to work.
    pub(super) brake: Option<Share>,
}

/// A queued task as those know it who perform its batches.
pub(super) struct Seating {
    pub(super) spec: TaskSpec,
    pub(super) performer: Performer,
    pub(super) orders: Orders,
}

/// Bells that were heard and not yet looked after count as one.
#[derive(Default)]
pub(super) struct News(AtomicBool);

impl News {
    fn first(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    pub(super) fn taken(&self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Supervisor {
    pub(super) fn watch(&self, news: &Arc<News>) -> Watcher {
        let (sender, news) = (self.sender.clone(), Arc::clone(news));
        let watcher =
            Watcher::start_telling(self.store.dir(), Watch::ControlAndAlive, move |heard| {
                let message = match heard {
                    Heard::Bell | Heard::Progress if news.first() => Message::Dirty,
                    Heard::Bell | Heard::Progress => return,
                    Heard::Departure => Message::Departed,
                };
                // A supervisor that has ended needs no telling.
                let _ = sender.send(message);
            });
        if let Watching::TickOnly(reason) = watcher.watching() {
            self.notices.tell(&format!(
                "changes are noticed every {} s only: {}",
                TICK.as_secs(),
                chain(reason)
            ));
        }
        watcher
    }

    pub(super) fn look(&self, floor: &Floor, breadth: Breadth) -> Looking {
        let look = Looker {
            store: self.store.clone(),
            alive: Arc::clone(&self.alive),
            worker: self.number,
            slots: floor.slots(),
            running: floor.running(),
            seated: floor.seated(),
            idle: floor.idle_seats(),
            could_yield: floor.could_yield(),
            accepts: self.accepts.clone(),
            breadth,
            sender: self.sender.clone(),
        };
        Box::pin(look.look())
    }
}

struct Looker {
    store: Store,
    alive: Arc<AliveFile>,
    worker: WorkerNumber,
    slots: usize,
    running: Vec<Place>,
    seated: BTreeSet<TaskNumber>,
    idle: BTreeMap<TaskNumber, usize>,
    could_yield: bool,
    accepts: Accepts,
    breadth: Breadth,
    sender: UnboundedSender<Message>,
}

impl Looker {
    async fn look(self) -> Result<Sight, StoreError> {
        let mut sight = Sight::default();
        let runners = self.running.iter().map(|(task, _)| *task);
        let tasks: BTreeSet<TaskNumber> = runners.chain(self.seated.iter().copied()).collect();
        let look = Look {
            worker: self.worker,
            running: tasks.into_iter().collect(),
            accepts: (self.slots > 0 || self.could_yield).then(|| self.accepts.clone()),
            claims: self.breadth > Breadth::Own || self.lacks_slots_to_coordinate(),
        };
        let worker = self.worker;
        let glance = ask(&self.store, move |store| {
            let glance = store.glance(look.clone())?;
            match glance.timer {
                Some(at) if at <= Timestamp::now() => {
                    store.go_off(worker)?;
                    // What was resumed may be claimed at once.
                    store.glance(look)
                }
                Some(_) | None => Ok(glance),
            }
        })
        .await?;
        if !glance.orders.is_empty() {
            // A supervisor that has ended needs no telling.
            let _ = self.sender.send(Message::Wanted(glance.orders));
        }
        sight.next_due = glance.due.next;
        sight.owes_words = glance.owes_words;
        sight.timer = glance.timer;
        sight.drains = glance.hold == Some(Hold::Drained);
        sight.brake = glance.brake;
        self.pick_up(&glance.claims, &mut sight).await?;
        if glance.hold.is_some() && self.slots == 0 {
            return Ok(sight);
        }
        if self.slots == 0 {
            let unserved =
                |served: &Served| served.in_flight == 0 && !self.seated.contains(&served.task);
            sight.starved = !glance.due.now.is_empty() || glance.served.iter().any(unserved);
            if self.lacks_slots_to_coordinate() {
                sight.held = self.coordinate(glance.claims).await?;
            }
            return Ok(sight);
        }
        let slots = self.slots - kept_back(self.slots, &glance.served);
        let orphans = match glance.hold {
            None => self.orphans(glance.claims).await,
            Some(_) => Vec::new(),
        };
        if slots > 0 && !(glance.due.now.is_empty() && orphans.is_empty()) {
            let appetite = Appetite {
                worker: self.worker,
                slots,
                accepts: self.accepts.clone(),
                orphans,
            };
            let caught = ask(&self.store, move |store| store.claim(appetite)).await?;
            sight.next_due = sight.next_due.into_iter().chain(caught.next_due).min();
            sight.held.extend(caught.held);
        }
        let free = self.slots - sight.held.len();
        for (task, seats) in allot(free, &glance.served, &self.idle) {
            match ask(&self.store, move |store| seating(store, task)).await {
                Ok(seating) => sight.seats.extend(seating.map(|seating| (seating, seats))),
                // Left alone until it can be read.
                Err(error) if error.outlook() == Outlook::Particular => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sight)
    }

    /// Whether batches are performed here of a task that may lose whoever coordinates it, while no slot
    /// is free.
    fn lacks_slots_to_coordinate(&self) -> bool {
        let coordinated = |task: &TaskNumber| self.running.iter().any(|(own, _)| own == task);
        self.slots == 0 && self.seated.iter().any(|task| !coordinated(task))
    }

    /// Claims the tasks whose batches are performed here and which nobody coordinates: that takes no slot,
    /// and must not wait until a batch is over.
    async fn coordinate(&self, claims: Vec<(TaskNumber, Claim)>) -> Result<Vec<Held>, StoreError> {
        let claimed: BTreeMap<TaskNumber, Claim> = claims.iter().copied().collect();
        let orphans: BTreeMap<TaskNumber, Claim> = self.orphans(claims).await.into_iter().collect();
        let mut held = Vec::new();
        for task in self.seated.iter().copied() {
            let orphan = orphans.get(&task).map(|claim| (task, *claim));
            if orphan.is_none() && claimed.contains_key(&task) {
                continue;
            }
            let appetite = Appetite {
                worker: self.worker,
                slots: 1,
                accepts: Accepts {
                    only: Some(task),
                    ..self.accepts.clone()
                },
                orphans: orphan.into_iter().collect(),
            };
            let caught = ask(&self.store, move |store| store.claim(appetite)).await?;
            held.extend(caught.held);
        }
        Ok(held)
    }

    /// Picks up our own claims that we don't know of: a claim whose answer was lost.
    async fn pick_up(
        &self,
        claims: &[(TaskNumber, Claim)],
        sight: &mut Sight,
    ) -> Result<(), StoreError> {
        for (task, claim) in claims.iter().copied() {
            if claim.worker == self.worker && !self.running.contains(&(task, claim.epoch)) {
                match ask(&self.store, move |store| store.held(task, claim)).await {
                    Ok(held) => sight.strays.extend(held),
                    // Left alone until it can be read.
                    Err(error) if error.outlook() == Outlook::Particular => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// The claims whose owners are dead.
    async fn orphans(&self, mut claims: Vec<(TaskNumber, Claim)>) -> Vec<(TaskNumber, Claim)> {
        claims.retain(|(_, claim)| claim.worker != self.worker);
        if claims.is_empty() {
            return claims;
        }
        let probes = match self.breadth {
            Breadth::Own | Breadth::Claims => &PROBES[..1],
            Breadth::Departures => &PROBES[..],
        };
        for pause in probes {
            if *pause > 0 {
                tokio::time::sleep(Duration::from_millis(*pause)).await;
            }
            let dead: Vec<_> = claims
                .iter()
                .filter(|(_, claim)| matches!(self.alive.probe(claim.worker), Ok(Liveness::Dead)))
                .copied()
                .collect();
            if !dead.is_empty() {
                return dead;
            }
        }
        Vec::new()
    }
}

fn seating(store: &Store, task: TaskNumber) -> Result<Option<Seating>, StoreError> {
    let row = store.task(task)?;
    let orders = row.orders();
    let performer = Performer::of(&row.spec, row.wish.settings);
    Ok(performer.map(|performer| Seating {
        performer,
        spec: row.spec,
        orders,
    }))
}

/// Calls the store, which may block, off this thread.
pub(super) async fn ask<T: Send + 'static>(
    store: &Store,
    call: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let store = store.clone();
    let dir = store.dir().to_owned();
    tokio::task::spawn_blocking(move || call(&store))
        .await
        .unwrap_or(Err(StoreError::Unknown {
            path: dir,
            waited: None,
        }))
}
