//! Coordinating a task with a queue of its own: batches are planned ahead, others perform them, and what
//! the dead had begun is put back. Nothing but this moves the task's state.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use longhaul_common::alive::{AliveFile, Liveness};
use longhaul_common::backlog::{Backlog, Begun, Kept, Seat};
use longhaul_common::bell::TICK;
use longhaul_common::fed;
use longhaul_common::id::{BatchNumber, batch_key, persistent_key};
use longhaul_common::marks::{self, Start};
use longhaul_common::rules::{Happened, Step};
use longhaul_common::spec::Queue;
use longhaul_common::state::{Desired, Ending};
use longhaul_common::store::{Cuts, Planned, Spent, Watched};
use longhaul_common::time::Timestamp;
use serde_bytes::ByteBuf;

use super::Runner;
use super::courier::Courier;
use crate::consumer::middle;
use crate::engine::Resumes;
use crate::failure::Failure;
use crate::insist::Over;
use crate::registry::from_source;
use crate::source::{Cursor, fed_item};

/// The close-write event of a death comes before its lock is dropped: who finds it held looks again after
/// so long, then later and later.
const FIRST_PROBE: Duration = Duration::from_millis(1);
/// What is not known to be dead by then is left to the tick.
const LAST_PROBE: Duration = Duration::from_millis(64);
/// How long what a dead worker left may take to be gone before others are planned for.
const CLEARING: Duration = Duration::from_millis(500);
/// What a dead worker left and does not go is looked after again after so long.
const STUBBORN: Duration = Duration::from_secs(1);

/// What a coordinator keeps in mind.
pub(super) struct Desk {
    queue: Queue,
    alive: Arc<AliveFile>,
    /// When to look for the dead again, if a worker is just going.
    probe: Option<Duration>,
    /// Slots whose processes did not go.
    stubborn: BTreeSet<u16>,
}

impl Desk {
    pub(super) fn new(queue: &Queue, alive: &Arc<AliveFile>) -> Self {
        Self {
            queue: queue.clone(),
            alive: Arc::clone(alive),
            probe: None,
            stubborn: BTreeSet::new(),
        }
    }

    /// Takes what was changed of the queue's settings.
    pub(super) fn renew(&mut self, queue: &Queue) {
        self.queue = queue.clone();
    }
}

/// Whether something moved, or there is nothing to do but to wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moved {
    Yes,
    No,
}

/// What lies at a cursor.
enum Sliced {
    /// A batch, and whether it is the last.
    Batch(Planned, bool),
    /// Nothing now: more may be fed.
    NothingYet,
    /// Nothing, for good.
    NoMore,
}

impl Runner {
    /// Whether the step may be taken now. Whatever prepares, ends or undoes a task waits until the last
    /// batch in flight is over; false: it is not, and something may have changed meanwhile.
    pub(super) fn may_take(&mut self, step: Step) -> Result<bool, Over> {
        if self.desk.is_none() {
            return Ok(true);
        }
        match step {
            Step::Rest | Step::Batch => return Ok(true),
            Step::Init if !self.prepares() => return Ok(true),
            // Who takes it over goes on with what is in flight. That is not to be soon where a gate has closed.
            Step::Settle(Ending::Released) if self.happened() != Happened::Gated => {
                return Ok(true);
            }
            Step::Init | Step::Hook(..) | Step::Settle(_) => {}
        }
        let key = self.key;
        let backlog = self.backlog();
        if backlog.serving {
            let row = self.insist("closing the queue", |store| store.close_queue(key))?;
            self.learn(row);
            return Ok(false);
        }
        if backlog.is_at_rest() {
            if let Step::Settle(Ending::Completed | Ending::Terminated | Ending::Failed) = step {
                self.remove_queue();
            }
            self.line.unstick();
            return Ok(true);
        }
        self.line.stick();
        // Before it waits: whoever nudges from here on wakes it.
        self.watch()?;
        if !self.backlog().is_at_rest() && self.look_after_the_dead()? == Moved::No {
            self.rest(None)?;
        }
        Ok(false)
    }

    /// One turn of coordinating: a batch boundary of the whole task.
    pub(super) fn coordinate(&mut self) -> Result<(), Over> {
        self.watch()?;
        if self.orders().desired != Desired::Run {
            return Ok(());
        }
        let backlog = self.backlog();
        if backlog.gave_up.is_some() {
            self.gave_up = true;
            return Ok(());
        }
        if self.is_unwell()? {
            if backlog.serving {
                let key = self.key;
                let row = self.insist("closing the queue", |store| store.close_queue(key))?;
                self.learn(row);
            }
            if self.look_after_the_dead()? == Moved::No {
                self.rest(self.next_check())?;
            }
            return Ok(());
        }
        if !backlog.serving {
            // What was to end it was withdrawn before the last batch in flight was over.
            self.line.stick();
            let key = self.key;
            let row = self.insist("opening the queue", |store| store.reopen_queue(key))?;
            self.learn(row);
            return Ok(());
        }
        if self.look_after_the_dead()? == Moved::Yes {
            return Ok(());
        }
        if self.plans_again()? || self.plan_ahead()? == Moved::Yes {
            return Ok(());
        }
        let backlog = self.backlog();
        if backlog.all_planned && backlog.left() == 0 {
            let key = self.key;
            let watched = self.insist("checkpointing", |store| store.exhaust_queue(key))?;
            self.take_in(watched);
            return Ok(());
        }
        if self.stops_here()? {
            return Ok(());
        }
        self.send()?;
        let due = backlog
            .next_due(Timestamp::now())
            .filter(|_| self.courier.is_some());
        let due = due.map(|at| Instant::now() + at.since(Timestamp::now()));
        let sends = self.courier.as_ref().and_then(Courier::due);
        let checks = self.next_check();
        let wakes = self.retry_at.into_iter().chain(due).chain(sends);
        self.rest(wakes.chain(checks).min())
    }

    /// Somebody resumed before the boundary: attempts start anew.
    pub(super) fn forgive(&mut self) -> Result<(), Over> {
        if self.desk.is_some() {
            let key = self.key;
            let watched = self.insist("starting anew", |store| store.forgive_batches(key))?;
            self.take_in(watched);
        }
        Ok(())
    }

    /// Whether its init does anything.
    fn prepares(&self) -> bool {
        let spec = &self.row.spec;
        let resumes = spec.on_resume.is_some() && self.resumes == Resumes::Yes;
        spec.init.is_some() || resumes || spec.work.is_registered()
    }

    pub(super) fn backlog(&self) -> Backlog {
        self.row.backlog.clone().unwrap_or_default()
    }

    pub(super) fn watch(&mut self) -> Result<(), Over> {
        let departed = self.line.heed();
        if let (true, Some(desk)) = (departed, &mut self.desk) {
            desk.probe = Some(FIRST_PROBE);
        }
        let key = self.key;
        let watched = self.insist("looking at the queue", |store| store.watch_queue(key))?;
        self.take_in(watched);
        Ok(())
    }

    pub(super) fn take_in(&mut self, watched: Watched) {
        self.row.backlog = Some(watched.backlog);
        self.row.progress = watched.progress;
        self.row.fed = watched.fed;
        self.line.tell(watched.orders);
    }

    /// Waits until there may be something to do.
    fn rest(&mut self, until: Option<Instant>) -> Result<(), Over> {
        if self.told().stopping_now {
            return Err(Over::Abandoned);
        }
        let in_flight = !self.backlog().is_at_rest();
        let Some(desk) = &mut self.desk else {
            return Ok(());
        };
        // What died without an event is found at the tick.
        let mut pause = in_flight.then_some(TICK);
        if !desk.stubborn.is_empty() {
            pause = Some(STUBBORN);
        }
        if let Some(probe) = desk.probe {
            pause = Some(probe);
            desk.probe = Some(probe * 2).filter(|next| *next <= LAST_PROBE);
        }
        let pause = pause.map(|pause| Instant::now() + pause);
        // Closing on it, a gate has it given back.
        let closes = self.closes_at();
        match pause.into_iter().chain(until).chain(closes).min() {
            Some(at) => self.line.wait(at),
            None => self.line.wait_for_news(),
        }
        Ok(())
    }

    /// Puts back what workers had begun that are dead; nothing of it runs any more then.
    fn look_after_the_dead(&mut self) -> Result<Moved, Over> {
        let backlog = self.backlog();
        let Some(desk) = &mut self.desk else {
            return Ok(Moved::No);
        };
        let is_dead = |seat: Seat| matches!(desk.alive.probe(seat.worker), Ok(Liveness::Dead));
        let begun = backlog.begun.iter().copied();
        let dead: Vec<Begun> = begun.filter(|begun| is_dead(begun.seat)).collect();
        let left: Vec<Kept> = backlog.idle().filter(|kept| is_dead(kept.seat)).collect();
        if dead.is_empty() && left.is_empty() {
            desk.stubborn.clear();
            return Ok(Moved::No);
        }
        let mut moved = Moved::No;
        for begun in dead {
            let what = format!("batch {} is not put back", begun.batch);
            let keys = [
                batch_key(self.row.spec.id, begun.batch),
                persistent_key(self.row.spec.id, Some(begun.seat)),
            ];
            if self.clear_slot(begun.slot, begun.seat, &keys, &what) {
                let (key, spent) = (self.key, self.spent(begun));
                let watched = self.insist("putting a batch back", |store| {
                    store.put_back_batch(key, begun, spent.clone())
                })?;
                self.take_in(watched);
                moved = Moved::Yes;
            }
        }
        for Kept { seat, slot } in left {
            let keys = [persistent_key(self.row.spec.id, Some(seat))];
            if self.clear_slot(slot, seat, &keys, "nothing else is prepared or ended") {
                let key = self.key;
                let watched =
                    self.insist("forgetting a seat", |store| store.release_seat(key, seat))?;
                self.take_in(watched);
                moved = Moved::Yes;
            }
        }
        Ok(moved)
    }

    /// What becomes of a batch whose worker died, if that was its last attempt.
    fn spent(&mut self, begun: Begun) -> Spent {
        let spec = &self.row.spec;
        if !spec.isolate || begun.attempt <= spec.retries {
            return Spent::Policy;
        }
        let store = &self.scribe.store;
        let planned = store.planned(spec.number, begun.batch).ok().flatten();
        planned
            .and_then(|planned| middle(&mut *self.engine, &planned))
            .map_or(Spent::Policy, Spent::Halve)
    }

    /// Ends what still runs of what a dead worker had at a seat. False: something does not go yet, and until it
    /// does, what is held up by it `waits`.
    fn clear_slot(&mut self, slot: u16, seat: Seat, keys: &[String], waits: &str) -> bool {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut who = None;
        let cleared = self.engine.clear(slot, &keys, &mut |stubborn| {
            who = Some(stubborn.to_string());
            // What was killed may take a while to be gone; nothing is planned meanwhile.
            stubborn.waited < CLEARING
        });
        let gone = cleared.is_ok();
        let known = self.desk.as_mut().is_some_and(|desk| {
            if gone {
                desk.stubborn.remove(&slot);
                true
            } else {
                !desk.stubborn.insert(slot)
            }
        });
        match cleared {
            Err(failure) if !known => self.note(&format!(
                "{waits} until what worker {} left of it has ended: {}",
                seat.worker,
                who.unwrap_or_else(|| failure.to_string())
            )),
            Ok(_) | Err(_) => {}
        }
        gone
    }

    /// Cuts batches and plans them, as far ahead as is wanted.
    fn plan_ahead(&mut self) -> Result<Moved, Over> {
        let backlog = self.backlog();
        let Some(desk) = &self.desk else {
            return Ok(Moved::No);
        };
        let depth = desk.queue.depth.max(1);
        let waiting = backlog.waiting();
        let total = self.total.known();
        if let Some(total) = total {
            self.row.progress.items_total = Some(total);
        }
        let mut room = self.room_before_stop()?;
        let wanted = if backlog.all_planned || waiting > depth / 2 || room == Some(0) {
            0
        } else {
            depth - waiting
        };
        if (wanted == 0 && total.is_none()) || (wanted > 0 && self.planning_waits()) {
            return Ok(Moved::No);
        }
        let progress = &self.row.progress;
        let mut cuts = Cuts {
            first: progress.batch,
            batches: Vec::new(),
            next_cut: self.row.spec.batch_size,
            marks: Vec::new(),
            all: backlog.all_planned,
            items_total: progress.items_total,
        };
        let mut cursor = Cursor(progress.cursor.to_vec());
        let mut size = progress.cut;
        let mut failure = None;
        while (cuts.batches.len() as u64) < wanted && room != Some(0) {
            size = size.min(room.unwrap_or(u64::MAX));
            match self.cut_one(&mut cursor, &mut size) {
                Ok(Sliced::Batch(planned, last)) => {
                    room = room.map(|room| room.saturating_sub(planned.items));
                    cuts.batches.push(planned);
                    cuts.all = last;
                }
                Ok(Sliced::NothingYet) => break,
                Ok(Sliced::NoMore) => cuts.all = true,
                Err(error) => failure = Some(error),
            }
            if cuts.all || failure.is_some() {
                break;
            }
        }
        if let Some(failure) = failure.take_if(|_| cuts.batches.is_empty()) {
            if matches!(failure, Failure::Suspend(_)) && backlog.left() > 0 {
                // What comes before it is done first; whoever ends the last of it wakes us.
                return Ok(Moved::No);
            }
            self.failed(failure, None)?;
            return Ok(Moved::Yes);
        }
        if cuts.batches.is_empty() && !cuts.all && total.is_none() {
            // Whoever feeds rings.
            return Ok(Moved::No);
        }
        cuts.next_cut = size;
        if self.row.fed.is_none() {
            let next = Start {
                batch: BatchNumber(cuts.first.0 + cuts.batches.len() as u64),
                cursor: ByteBuf::from(cursor.0),
                cut: size,
            };
            cuts.marks = marks::planned(cuts.first, &cuts.batches, &next, self.marked_cut);
            let last = cuts.batches.last().map(|planned| planned.size);
            self.marked_cut = last.or(self.marked_cut);
        }
        let key = self.key;
        let watched = self.insist("planning", |store| store.plan_batches(key, cuts.clone()))?;
        self.take_in(watched);
        Ok(Moved::Yes)
    }

    /// How many items may be planned before the task stops; None: any number.
    fn room_before_stop(&self) -> Result<Option<u64>, Over> {
        let Some(stop) = self.row.spec.stop_at else {
            return Ok(None);
        };
        let task = self.key.task;
        let planned = self.insist("looking at the queue", |store| store.items_planned(task))?;
        Ok(Some(stop.saturating_sub(planned)))
    }

    /// Whether planning failed and is not to be tried again yet.
    fn planning_waits(&mut self) -> bool {
        match self.retry_at {
            Some(at) if at > Instant::now() => true,
            Some(_) | None => {
                self.retry_at = None;
                false
            }
        }
    }

    fn cut_one(&mut self, cursor: &mut Cursor, size: &mut u64) -> Result<Sliced, Failure> {
        let mut cut_with = *size;
        let (count, next, last) = match &self.row.fed {
            // How much there is tells how it is cut: nothing is read for it.
            Some(fed) => match fed.cut(
                fed_item(cursor).map_err(|error| from_source(&error))?,
                *size,
            ) {
                fed::Cut::Items { count, next, last } => {
                    // More may have come by the time it is performed.
                    cut_with = count;
                    (count, Cursor(fed::cursor(next)), last)
                }
                fed::Cut::NothingYet => return Ok(Sliced::NothingYet),
                fed::Cut::NoMore => return Ok(Sliced::NoMore),
            },
            None => {
                let items = usize::try_from(*size).unwrap_or(usize::MAX).max(1);
                let Some(cut) = self.engine.cut(cursor, items)? else {
                    return Ok(Sliced::NoMore);
                };
                (cut.count, cut.next, cut.last)
            }
        };
        let planned = Planned {
            cursor: ByteBuf::from(std::mem::replace(cursor, next).0),
            next: ByteBuf::from(cursor.0.clone()),
            items: count,
            size: cut_with,
            at: Timestamp::now(),
            ..Planned::default()
        };
        *size = self.row.spec.batch_size;
        Ok(Sliced::Batch(planned, last))
    }
}
