//! A consumer: the thread of a seat, which performs batches of one queued task, one at a time, each
//! between a transaction that begins it and one that ends it.

mod messages;
mod verdict;

pub(crate) use verdict::middle;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use longhaul_common::backlog::{NotBegun, Seat};
use longhaul_common::id::{Epoch, RequestNumber, batch_key};
use longhaul_common::spec::TaskSpec;
use longhaul_common::state::Desired;
use longhaul_common::store::{Begin, Met, Next, PassedItem, Performer, Report, Turn};
use longhaul_common::task_log::Stream;
use longhaul_common::time::Timestamp;

use crate::engine::{Cut, Engine};
use crate::failure::{Failure, shortened};
use crate::insist::{Over, Scribe};
use crate::journal::Journal;
use crate::line::Line;
use crate::mail::{Letter, Mail};
use crate::runner::Left;
use crate::source::Cursor;
use crate::task::Cx;
use crate::teller::Teller;

/// How long a seat that finds nothing to do is kept: what it has prepared may be needed at once.
const LINGER: Duration = Duration::from_millis(500);

/// How long a seat whose broker can't be used waits, in nobody's way, before it is given back.
const UNREACHABLE: Duration = Duration::from_secs(1);

/// Performs batches of one task.
pub(crate) struct Consumer {
    pub(crate) scribe: Scribe,
    pub(crate) spec: Arc<TaskSpec>,
    pub(crate) performer: Performer,
    pub(crate) seat: Seat,
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) journal: Arc<Mutex<Journal>>,
    /// Whoever coordinates the task, if that is in this process.
    pub(crate) coordinator: Option<Arc<Line>>,
    /// Where messages say what may begin; None: the store says so itself.
    mail: Option<Arc<Mail>>,
    /// Messages that led to no batch, not reported yet.
    met: Met,
    said: Arc<Mutex<Option<String>>>,
    joined: bool,
    /// The request known when the batch in flight began.
    request: RequestNumber,
    /// The last batch that began here.
    last: Option<Begin>,
    /// When the rate limit lets another batch begin, as the last transaction said.
    not_before: Option<Timestamp>,
    /// When the last batch ended here, and how long it took.
    last_batch: Option<(Instant, Duration)>,
}

/// A consumer's parts that come from the supervisor.
pub(crate) struct Place {
    pub(crate) scribe: Scribe,
    pub(crate) spec: TaskSpec,
    pub(crate) performer: Performer,
    pub(crate) seat: Seat,
    pub(crate) coordinator: Option<Arc<Line>>,
    pub(crate) mail: Option<Arc<Mail>>,
}

/// What came of trying to begin a batch.
enum Tried {
    Begun(Box<Begin>),
    /// Something else may begin.
    Again,
    /// Something may come.
    Wait,
    /// Nothing may begin before then.
    Until(Timestamp),
    /// Nothing can be had at this seat now.
    GiveUp,
}

/// Who says that a batch may begin.
enum Called {
    /// A message, or the store itself.
    By(Option<Letter>),
    /// There is no message.
    Nobody,
    /// The broker can't be used.
    NoWay,
}

impl Consumer {
    pub(crate) fn new(place: Place, engine: Box<dyn Engine>, journal: Arc<Mutex<Journal>>) -> Self {
        Self {
            scribe: place.scribe,
            spec: Arc::new(place.spec),
            performer: place.performer,
            seat: place.seat,
            engine,
            journal,
            coordinator: place.coordinator,
            mail: place.mail,
            met: Met::default(),
            said: Arc::default(),
            joined: false,
            request: RequestNumber(0),
            last: None,
            not_before: None,
            last_batch: None,
        }
    }

    /// Performs batches until there are none, or the seat is wanted back.
    pub(crate) fn run(mut self) -> Left {
        let worked = catch_unwind(AssertUnwindSafe(|| self.work()));
        let left = match worked {
            Ok(Ok(()) | Err(Over::Fenced)) => Left::Settled,
            Ok(Err(Over::Abandoned)) => Left::Abandoned,
            Ok(Err(Over::StoreLost(error))) => Left::StoreLost(error),
            Err(panic) => {
                // A fault of our own: the batch goes to another seat. What can't be written is put back once
                // this worker is gone.
                let _ = self.scribe.store.leave_seat(&self.performer, self.seat);
                resume_unwind(panic);
            }
        };
        self.journal().flush();
        left
    }

    fn work(&mut self) -> Result<(), Over> {
        let worked = self.take_turns();
        if let Ok(()) | Err(Over::Fenced) = worked {
            self.tell_of_messages()?;
        }
        worked
    }

    fn take_turns(&mut self) -> Result<(), Over> {
        let mut begun = None;
        loop {
            let begin = match begun.take() {
                Some(begin) => begin,
                None => match self.next()? {
                    Some(begin) => begin,
                    None => return self.leave(),
                },
            };
            begun = self.batch(&begin)?;
            self.last = Some(begin);
        }
    }

    /// Ends what stayed here from batch to batch, and tells that it is gone.
    fn leave(&mut self) -> Result<(), Over> {
        if !self.performer.persistent {
            return Ok(());
        }
        let Some(last) = self.last.take() else {
            return Ok(());
        };
        let cx = self.cx(&last);
        self.engine.leave(&cx);
        let (performer, seat) = (&self.performer, self.seat);
        self.scribe
            .insist("leaving a seat", |store| store.leave_seat(performer, seat))?;
        if let Some(coordinator) = &self.coordinator {
            coordinator.nudge();
        }
        Ok(())
    }

    /// The next batch that begins here; None: there is none, and the seat is given back.
    fn next(&mut self) -> Result<Option<Begin>, Over> {
        let mut until = Instant::now() + LINGER;
        let line = Arc::clone(&self.scribe.line);
        let mail = self.mail.clone();
        let seat = self.seat.number;
        let wait = || mail.as_ref().map(|mail| mail.wait(seat, &line));
        let mut waiting = wait();
        loop {
            if !self.stays() {
                return Ok(None);
            }
            line.heed();
            if let Some(rests) = self.braked() {
                // The seat is kept: one that was opened anew would know of no batch to rest after. Messages
                // would only come and go.
                drop(waiting.take());
                line.linger(rests);
                waiting = wait();
                until = Instant::now() + LINGER;
                continue;
            }
            let tried = match self.throttled() {
                Some(at) => Tried::Until(at),
                None => self.try_to_begin()?,
            };
            match tried {
                Tried::Begun(begin) => return Ok(Some(*begin)),
                Tried::GiveUp => return Ok(None),
                Tried::Again => continue,
                Tried::Wait => {}
                Tried::Until(at) => {
                    let pause = at.since(Timestamp::now());
                    if pause > LINGER {
                        return Ok(None);
                    }
                    // Nobody else could use the time, and what is prepared here is needed after it. Messages
                    // would only come and go.
                    drop(waiting.take());
                    line.linger(Instant::now() + pause);
                    waiting = wait();
                    until = Instant::now() + LINGER;
                    continue;
                }
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            line.linger(until);
        }
    }

    fn try_to_begin(&mut self) -> Result<Tried, Over> {
        let letter = match self.letter() {
            Called::By(letter) => letter,
            Called::Nobody => return Ok(Tried::Wait),
            Called::NoWay => return Ok(Tried::GiveUp),
        };
        let (performer, seat, which) = (self.performer.clone(), self.seat, self.which(&letter));
        let Some(which) = which else {
            self.settle(letter, &Err(NotBegun::Unknown));
            return Ok(Tried::Again);
        };
        let turn = self.scribe.insist("beginning a batch", |store| {
            store.begin_batch(&performer, seat, which)
        })?;
        let has_letter = letter.is_some();
        Ok(match self.told(turn, letter).begin {
            Ok(begin) => Tried::Begun(Box::new(begin)),
            Err(NotBegun::Closed | NotBegun::Full) => Tried::GiveUp,
            Err(NotBegun::Throttled(at)) => Tried::Until(at),
            Err(
                NotBegun::Nothing
                | NotBegun::NotYet(_)
                | NotBegun::InFlight
                | NotBegun::Finished
                | NotBegun::Unknown,
            ) => {
                // The next message may be for one that can begin.
                if has_letter {
                    Tried::Again
                } else {
                    Tried::Wait
                }
            }
        })
    }

    /// Performs a batch; gives the one that begins after it.
    fn batch(&mut self, begin: &Begin) -> Result<Option<Begin>, Over> {
        let started = Instant::now();
        let outcome = self.perform(begin);
        let took = started.elapsed();
        self.last_batch = Some((Instant::now(), took));
        let said = self.hear();
        if outcome.is_err() {
            // Whatever was told of them: this failure is judged by the settings of now.
            let task = self.performer.task;
            let read = self
                .scribe
                .insist("reading the settings", |store| store.settings_of(task));
            let (spec, settings) = read?;
            self.renew(spec, settings);
        }
        let report = Report {
            batch: begin.begun.batch,
            ended: self.verdict(begin, outcome),
            took,
            said,
            met: std::mem::take(&mut self.met),
        };
        let (letter, next) = self.follow();
        let turn = self.end(&report, next)?;
        self.scribe.meters.ended(&report.ended, begin.planned.items);
        Ok(self.told(turn, letter).begin.ok())
    }

    /// When the rate limit lets another batch begin, as far as this seat knows.
    fn throttled(&self) -> Option<Timestamp> {
        let known = self.scribe.line.told().orders.settings == self.performer.settings;
        self.not_before.filter(|at| known && *at > Timestamp::now())
    }

    /// Until when the store's brake has this seat rest.
    fn braked(&self) -> Option<Instant> {
        let share = self.scribe.line.braked()?;
        let (ended, took) = self.last_batch?;
        let until = ended.checked_add(share.rest_after(took))?;
        (until > Instant::now()).then_some(until)
    }

    fn end(&self, report: &Report, next: Next) -> Result<Turn, Over> {
        let (performer, seat) = (&self.performer, self.seat);
        self.scribe.insist("ending a batch", |store| {
            store.end_batch(performer, seat, report.clone(), next)
        })
    }

    fn told(&mut self, turn: Turn, letter: Option<Letter>) -> Turn {
        self.settle(letter, &turn.begin);
        self.request = turn.orders.request;
        self.not_before = turn.not_before;
        self.scribe.line.tell(turn.orders);
        if let Some(spec) = &turn.renewed {
            self.renew(TaskSpec::clone(spec), turn.orders.settings);
        }
        if let (true, Some(coordinator)) = (turn.wants_coordinator, &self.coordinator) {
            coordinator.nudge();
        }
        turn
    }

    /// Whether another batch may begin here.
    fn stays(&self) -> bool {
        let told = self.scribe.line.told();
        let goes = told.stopping || told.yields || told.leaves;
        told.orders.desired == Desired::Run && !goes
    }

    fn perform(&mut self, begin: &Begin) -> Result<Vec<PassedItem>, Failure> {
        let cx = self.cx(begin);
        if !self.joined {
            self.engine.join(&cx)?;
            self.joined = true;
        }
        let cut = self.cut(begin)?;
        if let Some(mark) = self.engine.committed(&cx)? {
            return mark.of_batch(self.spec.id, begin.begun.batch, &begin.planned.cursor);
        }
        let cx = Cx {
            planned: Some(cut.planned(&Cursor(begin.planned.cursor.to_vec()))),
            ..cx
        };
        // Where the next one starts is known to planning.
        let mut yielded = self.engine.perform(&cut, &cx)?;
        Ok(yielded.passed_of(cut.count))
    }

    /// The items of a batch, which are those that were planned.
    fn cut(&mut self, begin: &Begin) -> Result<Cut, Failure> {
        let planned = &begin.planned;
        let size = usize::try_from(planned.size).unwrap_or(usize::MAX).max(1);
        let cut = self.engine.cut(&Cursor(planned.cursor.to_vec()), size)?;
        match cut {
            Some(cut) if cut.count == planned.items => Ok(cut),
            other => Err(Failure::Suspend(format!(
                "the input has changed: batch {} had {} items when it was planned, and has {}",
                begin.begun.batch,
                planned.items,
                other.map_or(0, |cut| cut.count)
            ))),
        }
    }

    fn cx(&self, begin: &Begin) -> Cx {
        Cx {
            task: self.spec.id,
            number: self.spec.number,
            batch: begin.begun.batch,
            key: batch_key(self.spec.id, begin.begun.batch),
            slot: begin.begun.slot,
            attempt: begin.begun.attempt,
            store: self.scribe.store.dir().to_owned(),
            line: Arc::clone(&self.scribe.line),
            heeds: None,
            said: Arc::clone(&self.said),
            journal: Arc::clone(&self.journal),
            told_to_stop: Arc::default(),
            epoch: Epoch(0),
            planned: None,
            marked: AtomicBool::new(false),
            teller: Arc::new(Teller::new(&self.scribe.store)),
            passed: Mutex::default(),
        }
    }

    fn hear(&self) -> Option<String> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.take().map(shortened)
    }

    fn journal(&self) -> std::sync::MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, begin: &Begin, text: &str) {
        let mut journal = self.journal();
        let source = begin.begun.batch.to_string();
        journal.line(&source, Stream::Sys, text.as_bytes());
        journal.flush();
    }
}
