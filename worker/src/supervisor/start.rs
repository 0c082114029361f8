//! Starts the runner of a task.

use std::sync::{Arc, Mutex};

use longhaul_common::alive::AliveLock;
use longhaul_common::bell::TICK;
use longhaul_common::spec::Work;
use longhaul_common::store::Held;

use super::floor::{Floor, Inside};
use super::{Message, Place, Supervisor, place_of};
use crate::command::CommandEngine;
use crate::engine::Engine;
use crate::failure::{Failure, chain};
use crate::journal::Journal;
use crate::line::Line;
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
        let engine = self.engine(&held, &journal);
        let inside = match held.row.spec.work {
            Work::Command(_) => Inside::Another,
            Work::Registered(_) => Inside::This,
        };
        let runner = Runner::new(
            self.store.clone(),
            held,
            Arc::clone(&line),
            engine,
            journal,
            self.notices.clone(),
        );
        let sender = self.sender.clone();
        let lives = Arc::clone(&self.lives);
        let started = std::thread::Builder::new()
            .name(format!("task-{task}"))
            .spawn(move || {
                let mut leaves = Leaves {
                    sender,
                    place,
                    left: Left::Abandoned,
                    lives: Some(lives),
                };
                leaves.left = runner.run();
            });
        match started {
            Ok(_) => floor.add(place, line, inside),
            Err(error) => failed(&error, floor),
        }
    }

    fn engine(&self, held: &Held, journal: &Arc<Mutex<Journal>>) -> Box<dyn Engine> {
        let spec = &held.row.spec;
        let made: Result<Box<dyn Engine>, Failure> = match &spec.work {
            Work::Command(work) => Ok(Box::new(CommandEngine::new(
                spec,
                work,
                Arc::clone(&self.locks),
                Arc::clone(journal),
            ))),
            Work::Registered(work) => self.registry.engine(&spec.kind, work),
        };
        made.unwrap_or_else(|failure| Box::new(Unrunnable(failure)))
    }
}

/// Tells the supervisor that a runner is gone, also if it panicked.
struct Leaves {
    sender: tokio::sync::mpsc::UnboundedSender<Message>,
    place: Place,
    left: Left,
    lives: Option<Arc<AliveLock>>,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        // First, so that a worker whose runners have all taken leave lives by its supervisor alone.
        self.lives = None;
        let left = std::mem::replace(&mut self.left, Left::Settled);
        // A supervisor that has ended needs no telling.
        let _ = self.sender.send(Message::Left(self.place, left));
    }
}
