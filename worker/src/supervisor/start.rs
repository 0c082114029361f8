//! Starts the runner of a task.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use longhaul_common::alive::AliveLock;
use longhaul_common::backlog::Seat;
use longhaul_common::bell::TICK;
use longhaul_common::id::TaskNumber;
use longhaul_common::spec::{self, TaskSpec, Work};
use longhaul_common::store::Held;
use tokio::runtime::Handle;

use super::floor::{Floor, Inside};
use super::sight::Seating;
use super::{Message, Place, Supervisor, place_of};
use crate::broker::BrokerError;
use crate::command::{CommandEngine, Post};
use crate::consumer::{self, Consumer};
use crate::engine::Engine;
use crate::failure::{Failure, chain};
use crate::insist::Scribe;
use crate::journal::Journal;
use crate::line::Line;
use crate::mail::Mail;
use crate::runner::{Left, Runner};
use crate::unrunnable::Unrunnable;

impl Supervisor {
    /// Hands a task to a runner of its own. A task that can't be started stays ours, and is picked
    /// up again at the next tick.
    pub(super) fn start(&self, held: Held, floor: &mut Floor) {
        let (task, place) = (held.key.task, place_of(&held));
        if floor.runs(place) {
            return;
        }
        let failed = |error: &std::io::Error, floor: &mut Floor| {
            floor.look_again_in(TICK);
            self.notices
                .tell(&format!("task {task} can't be started: {}", chain(error)));
        };
        let line = match Line::new(held.row.orders()) {
            Ok(line) => Arc::new(line),
            Err(error) => return failed(&error, floor),
        };
        let journal = Arc::new(Mutex::new(Journal::open(
            self.store.dir(),
            task,
            self.notices.clone(),
        )));
        let engine = self.engine(&held.row.spec, &journal, None);
        let inside = inside(&held.row.spec);
        let runner = Runner::new(self.scribe(task, &line), held, engine, journal, &self.alive);
        let sender = self.sender.clone();
        let lives = Arc::clone(&self.lives);
        let runtime = self.runtime.clone();
        let started = std::thread::Builder::new()
            .name(format!("task-{task}"))
            .spawn(move || {
                let _lent = runtime.as_ref().map(Handle::enter);
                let mut leaves = Leaves {
                    sender,
                    leaves: Leaving::Runner(place),
                    left: Left::Abandoned,
                    lives: Some(lives),
                };
                leaves.left = runner.run();
            });
        match started {
            Ok(_) => {
                self.notices.mention(&format!("task {task} begins"));
                floor.add(place, line, inside);
            }
            Err(error) => failed(&error, floor),
        }
    }

    fn scribe(&self, task: TaskNumber, line: &Arc<Line>) -> Scribe {
        Scribe {
            store: self.store.clone(),
            task,
            line: Arc::clone(line),
            notices: self.notices.clone(),
            meters: self.meters.clone(),
        }
    }

    /// Opens a seat at which batches of a queued task are performed. One that can't be opened is missed
    /// at the next look.
    pub(super) fn seat(&self, seating: &Seating, floor: &mut Floor) {
        let task = seating.spec.number;
        let line = match Line::new(seating.orders) {
            Ok(line) => Arc::new(line),
            Err(error) => return self.unseated(task, &error, floor),
        };
        let journal = Arc::new(Mutex::new(Journal::open(
            self.store.dir(),
            task,
            self.notices.clone(),
        )));
        let mail = match mail_of(seating, floor) {
            Ok(mail) => mail,
            Err(error) => {
                return self.unseated(task, &std::io::Error::other(error), floor);
            }
        };
        let number = self.last_seat.fetch_add(1, Ordering::Relaxed) + 1;
        let seat = Seat {
            worker: self.number,
            number,
        };
        let engine = self.engine(&seating.spec, &journal, Some(seat));
        let place = consumer::Place {
            scribe: self.scribe(task, &line),
            spec: seating.spec.clone(),
            performer: seating.performer.clone(),
            seat,
            coordinator: floor.coordinator(task),
            mail,
        };
        let consumer = Consumer::new(place, engine, journal);
        let sender = self.sender.clone();
        let lives = Arc::clone(&self.lives);
        let runtime = self.runtime.clone();
        let started = std::thread::Builder::new()
            .name(format!("task-{task}/{number}"))
            .spawn(move || {
                let _lent = runtime.as_ref().map(Handle::enter);
                let mut rises = Leaves {
                    sender,
                    leaves: Leaving::Seat(number),
                    left: Left::Abandoned,
                    lives: Some(lives),
                };
                rises.left = consumer.run();
            });
        match started {
            Ok(_) => floor.seat(number, task, line, inside(&seating.spec)),
            Err(error) => self.unseated(task, &error, floor),
        }
    }

    fn unseated(&self, task: TaskNumber, error: &std::io::Error, floor: &mut Floor) {
        floor.look_again_in(TICK);
        self.notices.tell(&format!(
            "no seat can be opened for task {task}: {}",
            chain(error)
        ));
    }

    fn engine(
        &self,
        spec: &TaskSpec,
        journal: &Arc<Mutex<Journal>>,
        seat: Option<Seat>,
    ) -> Box<dyn Engine> {
        let made: Result<Box<dyn Engine>, Failure> = match &spec.work {
            Work::Command(work) => Ok(Box::new(CommandEngine::new(
                spec,
                work,
                &self.store,
                Arc::clone(&self.locks),
                Arc::clone(journal),
                &Post {
                    seat,
                    grace: self.grace,
                },
            ))),
            Work::Registered(work) => self.registry.engine(spec, work, &self.store),
        };
        made.unwrap_or_else(|failure| Box::new(Unrunnable(failure)))
    }
}

/// The messages that say which batches may begin; None: the store says so itself.
fn mail_of(seating: &Seating, floor: &mut Floor) -> Result<Option<Arc<Mail>>, BrokerError> {
    let task = seating.spec.number;
    let spec::Place::Broker(address) = &seating.performer.queue.place else {
        return Ok(None);
    };
    if let Some(mail) = floor.mail(task) {
        return Ok(Some(mail));
    }
    let mail = Arc::new(Mail::new(address, seating.spec.id)?);
    floor.keep_mail(task, &mail);
    Ok(Some(mail))
}

fn inside(spec: &TaskSpec) -> Inside {
    match spec.work {
        Work::Command(_) => Inside::Another,
        Work::Registered(_) => Inside::This,
    }
}

/// Who leaves.
enum Leaving {
    Runner(Place),
    Seat(u64),
}

/// Tells the supervisor that a runner or a consumer is gone, also if it panicked.
struct Leaves {
    sender: tokio::sync::mpsc::UnboundedSender<Message>,
    leaves: Leaving,
    left: Left,
    lives: Option<Arc<AliveLock>>,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        // First, so that a worker whose runners have all taken leave lives by its supervisor alone.
        self.lives = None;
        let left = std::mem::replace(&mut self.left, Left::Settled);
        // A supervisor that has ended needs no telling.
        let _ = self.sender.send(match self.leaves {
            Leaving::Runner(place) => Message::Left(place, left),
            Leaving::Seat(seat) => Message::Rose(seat, left),
        });
    }
}
