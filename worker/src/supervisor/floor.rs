//! What a worker has under way: its runners, and a stop if one was asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use longhaul_common::brake::Share;
use longhaul_common::id::TaskNumber;
use longhaul_common::store::{Orders, Outlook, StoreError};
use longhaul_common::time::Timestamp;

use super::sight::Sight;
use super::{Once, Place};
use crate::hosting::Finished;
use crate::line::{Leave, Line};
use crate::mail::Mail;
use crate::runner::Left;

/// A worker's runners and its end.
pub(super) struct Floor {
    concurrency: usize,
    runners: BTreeMap<Place, Runs>,
    /// Seats at which batches of queued tasks are performed, by their number.
    seats: BTreeMap<u64, (TaskNumber, Runs)>,
    /// The messages of tasks that have seats here.
    mails: BTreeMap<TaskNumber, Weak<Mail>>,
    /// Runners that came or left since the look under way began: what it shows of them is old.
    moved: BTreeSet<Place>,
    stopping: Option<Stopping>,
    /// Whether all is to be given back, until that is lifted.
    drains: bool,
    /// The share of its time that each slot is to work.
    brake: Option<Share>,
    next_due: Option<Instant>,
    /// When the next timer goes off. No reason to stay for a worker that ends once nothing is claimable.
    timer: Option<Instant>,
    overdue: bool,
    trouble: Option<Outlook>,
    /// Why the store can't be used any more.
    lost: Option<StoreError>,
}

/// What an error of the store means for the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is tried again, and that is news.
    Begins,
    /// It is tried again.
    GoesOn,
    /// It would last: it is tried at once whether a database opened anew shows it too.
    MayLast,
    /// It lasts.
    Lasts,
}

/// A runner as the floor knows it.
struct Runs {
    line: Arc<Line>,
    /// Whether its batches run in this process, and can only be asked to stop.
    inside: Inside,
    cancelled: Cancelled,
}

/// How long a batch in this process has not been waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancelled {
    No,
    Since(Instant),
    /// Longer than the grace, and that was said.
    Ignored,
}

/// Where the batches of a task run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// In this process: they can only be asked to stop.
    This,
    /// In processes of their own: they can be killed.
    Another,
}

/// A stop that is under way.
#[derive(Clone, Copy)]
enum Stopping {
    /// The boundaries are waited for until then.
    Gracefully(Instant),
    /// They are not; runners that don't come back by then are left behind.
    Now(Instant),
}

impl Floor {
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            concurrency,
            runners: BTreeMap::new(),
            seats: BTreeMap::new(),
            mails: BTreeMap::new(),
            moved: BTreeSet::new(),
            stopping: None,
            drains: false,
            brake: None,
            next_due: None,
            timer: None,
            overdue: false,
            trouble: None,
            lost: None,
        }
    }

    pub(super) fn running(&self) -> Vec<Place> {
        self.runners.keys().copied().collect()
    }

    /// The tasks of which batches are performed here for whoever coordinates them.
    pub(super) fn seated(&self) -> BTreeSet<TaskNumber> {
        self.seats.values().map(|(task, _)| *task).collect()
    }

    /// The messages of a task, which its seats here share.
    pub(super) fn mail(&self, task: TaskNumber) -> Option<Arc<Mail>> {
        self.mails.get(&task)?.upgrade()
    }

    pub(super) fn keep_mail(&mut self, task: TaskNumber, mail: &Arc<Mail>) {
        self.mails.retain(|_, mail| mail.strong_count() > 0);
        self.mails.insert(task, Arc::downgrade(mail));
    }

    /// How many seats of each task find nothing to do.
    pub(super) fn idle_seats(&self) -> BTreeMap<TaskNumber, usize> {
        let mut idle = BTreeMap::new();
        for (task, runs) in self.seats.values() {
            if runs.line.is_lingering() {
                *idle.entry(*task).or_default() += 1;
            }
        }
        idle
    }

    /// The line of whoever coordinates a task, if that is here.
    pub(super) fn coordinator(&self, task: TaskNumber) -> Option<Arc<Line>> {
        let mut runners = self.runners.iter();
        let found = runners.find(|((number, _), _)| *number == task);
        found.map(|(_, runs)| Arc::clone(&runs.line))
    }

    /// Has those look again who wait for others: coordinators, and seats with nothing to do.
    pub(super) fn nudge(&self) {
        for runs in self.runners.values().filter(|runs| runs.line.is_stuck()) {
            runs.line.nudge();
        }
        let seats = self.seats.values().map(|(_, runs)| runs);
        for runs in seats.filter(|runs| runs.line.is_lingering()) {
            runs.line.nudge();
        }
    }

    /// Has all look again, also those that wait for a time.
    pub(super) fn rouse(&self) {
        self.lines().for_each(|line| line.rouse());
    }

    /// Has coordinators look for seats whose workers are dead.
    pub(super) fn tell_departure(&self) {
        for runs in self.runners.values().filter(|runs| runs.line.is_stuck()) {
            runs.line.tell_departure();
        }
    }

    /// Whether a task has more than one seat here, so that one could go to somebody else.
    pub(super) fn could_yield(&self) -> bool {
        self.widest().is_some()
    }

    /// Asks a task with several seats here for one of them, unless somebody was asked and has not left
    /// yet.
    pub(super) fn ask_for_slot(&self) {
        let asked = |(_, runs): &(TaskNumber, Runs)| runs.line.told().yields;
        if self.seats.values().any(asked) {
            return;
        }
        let Some(widest) = self.widest() else {
            return;
        };
        let mut seats = self.seats.values().filter(|(task, _)| *task == widest);
        if let Some((_, runs)) = seats.next_back() {
            runs.line.ask_for_slot();
        }
    }

    fn widest(&self) -> Option<TaskNumber> {
        let mut seats = BTreeMap::<TaskNumber, usize>::new();
        for (task, _) in self.seats.values() {
            *seats.entry(*task).or_default() += 1;
        }
        let widest = seats.into_iter().max_by_key(|(_, seats)| *seats);
        widest.filter(|(_, seats)| *seats > 1).map(|(task, _)| task)
    }

    fn lines(&self) -> impl Iterator<Item = &Arc<Line>> {
        let seats = self.seats.values().map(|(_, runs)| &runs.line);
        self.runners.values().map(|runs| &runs.line).chain(seats)
    }

    fn is_empty(&self) -> bool {
        self.runners.is_empty() && self.seats.is_empty()
    }

    pub(super) fn runs(&self, place: Place) -> bool {
        self.runners.contains_key(&place)
    }

    /// A look begins, and will tell what is due next: what was due must not wake anybody over and
    /// over until then.
    pub(super) fn look(&mut self) {
        self.moved.clear();
        self.next_due = None;
        self.timer = None;
    }

    /// Whether the runner came or left since the look began.
    pub(super) fn moved(&self, place: Place) -> bool {
        self.moved.contains(&place)
    }

    /// Free slots; none once the worker stops. A task that is stuck takes none: it does nothing. Once
    /// it goes on there may be one too many for a while.
    pub(super) fn slots(&self) -> usize {
        let working = self.lines().filter(|line| !line.is_stuck());
        match self.stopping {
            None => self.concurrency.saturating_sub(working.count()),
            Some(_) => 0,
        }
    }

    pub(super) fn seat(&mut self, seat: u64, task: TaskNumber, line: Arc<Line>, inside: Inside) {
        self.tell_of_stop(&line);
        let runs = Runs {
            line,
            inside,
            cancelled: Cancelled::No,
        };
        self.seats.insert(seat, (task, runs));
    }

    pub(super) fn rose(&mut self, seat: u64, left: &Left) {
        self.seats.remove(&seat);
        self.overdue |= matches!(left, Left::Abandoned);
    }

    fn tell_of_stop(&self, line: &Line) {
        line.brake(self.brake);
        if self.drains {
            line.leave(Leave::Asked);
        }
        match self.stopping {
            None => {}
            Some(Stopping::Gracefully(_)) => line.stop(),
            Some(Stopping::Now(_)) => line.stop_now(),
        }
    }

    pub(super) fn add(&mut self, place: Place, line: Arc<Line>, inside: Inside) {
        self.tell_of_stop(&line);
        self.moved.insert(place);
        self.runners.insert(
            place,
            Runs {
                line,
                inside,
                cancelled: Cancelled::No,
            },
        );
    }

    pub(super) fn left(&mut self, place: Place, left: &Left) {
        self.moved.insert(place);
        self.runners.remove(&place);
        self.overdue |= matches!(left, Left::Abandoned);
    }

    /// Notes what a look showed.
    pub(super) fn note(&mut self, sight: &Sight) {
        self.trouble = None;
        let in_time = |at: Timestamp| Instant::now().checked_add(at.since(Timestamp::now()));
        self.next_due = sight.next_due.and_then(in_time);
        self.timer = sight.timer.and_then(in_time);
        self.drain(sight.drains);
        self.brake = sight.brake;
        self.lines().for_each(|line| line.brake(sight.brake));
    }

    /// Has all given back, or takes that back.
    fn drain(&mut self, drains: bool) {
        if std::mem::replace(&mut self.drains, drains) != drains {
            let leave = if drains {
                Leave::Asked
            } else {
                Leave::TakenBack
            };
            self.lines().for_each(|line| line.leave(leave));
        }
    }

    /// Tells the runners what is wanted.
    pub(super) fn pass_on(&mut self, orders: &[(TaskNumber, Orders)]) {
        let orders: BTreeMap<_, _> = orders.iter().copied().collect();
        let runners = self
            .runners
            .iter_mut()
            .map(|((task, _), runs)| (task, runs));
        let seats = self.seats.values_mut().map(|(task, runs)| (&*task, runs));
        for (task, runs) in runners.chain(seats) {
            let Some(orders) = orders.get(task) else {
                continue;
            };
            runs.line.tell(*orders);
            let interrupts = runs.line.interrupts();
            runs.cancelled = match (runs.inside, interrupts, runs.cancelled) {
                (Inside::This, true, Cancelled::No) => Cancelled::Since(Instant::now()),
                (Inside::This, true, before) => before,
                (Inside::This, false, _) | (Inside::Another, _, _) => Cancelled::No,
            };
        }
    }

    /// A task whose batch was cancelled longer ago than the grace and runs on in this process;
    /// each is told once.
    pub(super) fn ignores_cancellation(&mut self, grace: Duration) -> Option<TaskNumber> {
        let now = Instant::now();
        let ignored =
            |runs: &Runs| matches!(runs.cancelled, Cancelled::Since(at) if at + grace <= now);
        let runners = self
            .runners
            .iter_mut()
            .map(|((task, _), runs)| (task, runs));
        let seats = self.seats.values_mut().map(|(task, runs)| (&*task, runs));
        let (task, runs) = runners.chain(seats).find(|(_, runs)| ignored(runs))?;
        runs.cancelled = Cancelled::Ignored;
        Some(*task)
    }

    /// Has everything looked at once more, after a while.
    pub(super) fn look_again_in(&mut self, pause: Duration) {
        let at = Instant::now() + pause;
        self.next_due = Some(self.next_due.map_or(at, |due| due.min(at)));
    }

    /// Notes that a look failed.
    pub(super) fn trouble(&mut self, outlook: Outlook) -> Trouble {
        match (self.trouble.replace(outlook), outlook) {
            (Some(Outlook::Lasts), Outlook::Lasts) => Trouble::Lasts,
            (_, Outlook::Lasts) => Trouble::MayLast,
            // The tick looks again.
            (None, _) => Trouble::Begins,
            (Some(_), _) => Trouble::GoesOn,
        }
    }

    /// The store can't be used any more. No boundary is waited for: no batch that reaches one could
    /// be recorded. True: that is news.
    pub(super) fn lose_store(&mut self, error: StoreError, last_call: Duration) -> bool {
        let news = self.lost.is_none();
        if news {
            self.lost = Some(error);
            if !matches!(self.stopping, Some(Stopping::Now(_))) {
                self.stop_now(Instant::now() + last_call);
            }
        }
        news
    }

    /// Why the store can't be used any more, if that is so.
    pub(super) fn lost(&mut self) -> Option<StoreError> {
        self.lost.take()
    }

    /// Whether a stop is under way.
    pub(super) fn stops(&self) -> bool {
        self.stopping.is_some()
    }

    /// Begins a stop; the second time, presses on.
    pub(super) fn stop(&mut self, grace: Duration, last_call: Duration) {
        let now = Instant::now();
        match self.stopping {
            None => {
                self.stopping = Some(Stopping::Gracefully(now + grace));
                self.lines().for_each(|line| line.stop());
            }
            Some(Stopping::Gracefully(_)) => self.stop_now(now + last_call),
            Some(Stopping::Now(_)) => {}
        }
    }

    /// Presses on once the grace is over; true: something is still in flight.
    pub(super) fn press(&mut self, last_call: Duration) -> bool {
        let now = Instant::now();
        match self.stopping {
            Some(Stopping::Gracefully(until)) if until <= now => {
                let in_flight = !self.is_empty();
                self.overdue |= in_flight;
                self.stop_now(now + last_call);
                in_flight
            }
            Some(Stopping::Gracefully(_) | Stopping::Now(_)) | None => false,
        }
    }

    fn stop_now(&mut self, until: Instant) {
        self.stopping = Some(Stopping::Now(until));
        self.lines().for_each(|line| line.stop_now());
    }

    /// When something is due without anybody saying so.
    pub(super) fn wake(&self, grace: Duration) -> Option<Instant> {
        match self.stopping {
            Some(Stopping::Gracefully(at) | Stopping::Now(at)) => Some(at),
            None => {
                let seats = self.seats.values().map(|(_, runs)| runs);
                let cancelled =
                    self.runners
                        .values()
                        .chain(seats)
                        .filter_map(|runs| match runs.cancelled {
                            Cancelled::Since(at) => Some(at + grace),
                            Cancelled::No | Cancelled::Ignored => None,
                        });
                cancelled.chain(self.next_due).chain(self.timer).min()
            }
        }
    }

    /// How the worker ended, if it has. While a look is under way it has not: that may bring tasks
    /// which it then holds.
    pub(super) fn finished(&self, once: Once, looking: bool) -> Option<Finished> {
        if let Some(Stopping::Now(until)) = self.stopping
            && until <= Instant::now()
        {
            return Some(Finished::Overdue);
        }
        if looking || !self.is_empty() {
            return None;
        }
        let nothing_left = once == Once::Yes && self.next_due.is_none() && self.trouble.is_none();
        if self.stopping.is_none() && !nothing_left {
            return None;
        }
        Some(if self.overdue {
            Finished::Overdue
        } else {
            Finished::InGoodOrder
        })
    }
}
