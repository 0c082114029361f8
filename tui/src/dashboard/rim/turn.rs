//! The loop: it sleeps until it is told something, takes it in, and draws.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use longhaul_common::time::Timestamp;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::breakage;
use super::hands::Hands;
use super::host::Ending;
use super::looks::Looks;
use super::meters::Meters;
use super::pace::Pace;
use super::screen::{self, Screen};
use super::told::Told;
use crate::dashboard::effect::Effect;
use crate::dashboard::message::Message;
use crate::dashboard::model::{Model, Urgency};
use crate::dashboard::update::update;
use crate::dashboard::view;
use crate::exit::{Failure, Outcome};

/// What was asked before the end is waited for so long: a store that stands still must not keep
/// anybody on the screen.
const LAST: Duration = Duration::from_secs(1);

/// So many messages are taken in before it is looked whether a frame is due.
const GULP: usize = 64;

/// The loop and all it hands work to.
pub(super) struct Turn {
    pub(super) model: Model,
    pub(super) screen: Screen,
    pub(super) told: Receiver<Told>,
    pub(super) hands: Hands,
    pub(super) looks: Looks,
    pub(super) meters: Meters,
    /// Progress is drawn at most so often.
    pub(super) refresh: Duration,
    pub(super) ending: Option<Ending>,
}

/// Whether the loop goes on.
enum Next {
    GoOn,
    End(Outcome),
}

impl Turn {
    /// Takes in what it is told until the end; sleeps while that is nothing.
    pub(super) fn run(&mut self) -> Result<Outcome, Failure> {
        let mut pace = Pace::new(Instant::now(), self.refresh);
        loop {
            let due = pace.due(self.model.urgency, || self.model.counts());
            if due.is_some_and(|due| due <= Instant::now()) {
                self.model.now = Timestamp::now();
                if let Err(error) = self.draw() {
                    return ended_by(&error);
                }
                pace.drew(self.model.urgency, Instant::now());
                self.model.urgency = Urgency::Never;
                continue;
            }
            let first = match due {
                None => self.told.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => self
                    .told
                    .recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            let first = match first {
                Ok(told) => told,
                Err(RecvTimeoutError::Timeout) => {
                    self.model.touch(Urgency::State);
                    if let Next::End(outcome) = self.take_in(Message::Clock(Timestamp::now()))? {
                        return Ok(outcome);
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(Outcome::Done),
            };
            if let Next::End(outcome) = self.take_in(Message::Clock(Timestamp::now()))? {
                return Ok(outcome);
            }
            let mut next = Some(first);
            for taken in 1.. {
                let Some(told) = next else { break };
                if let Next::End(outcome) = self.hear(told)? {
                    return Ok(outcome);
                }
                next = (taken < GULP).then(|| self.told.try_recv().ok()).flatten();
            }
        }
    }

    /// Sees what was asked through: whoever asks and quits wants both.
    pub(super) fn finish(&mut self) {
        let deadline = Instant::now() + LAST;
        while self.model.undos.is_open() {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.told.recv_timeout(left) {
                Ok(Told::Message(message)) if message.answers() => {
                    for effect in update(&mut self.model, *message) {
                        match effect {
                            Effect::Undo(undos) => self.hands.undo(undos),
                            Effect::Set(request) => self.hands.set(request),
                            _ => {}
                        }
                    }
                }
                Ok(Told::Message(_) | Told::End | Told::GoesOn) => {}
                Ok(Told::Panicked) | Err(_) => return,
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let model = &self.model;
        self.screen.draw(|frame| {
            breakage::at(breakage::Place::Draw);
            view::draw(model, frame);
        })?;
        self.meters.show(view::metered(model));
        Ok(())
    }

    fn hear(&mut self, told: Told) -> Result<Next, Failure> {
        let message = match told {
            Told::Message(message) => *message,
            Told::End => return Ok(Next::End(Outcome::Done)),
            Told::Panicked => return Ok(Next::End(Outcome::Failed)),
            Told::GoesOn => return self.go_on(),
        };
        if let Message::Key(key) = &message {
            breakage::key(*key);
        }
        self.take_in(message)
    }

    /// Takes a message in, and carries out what follows from it.
    fn take_in(&mut self, message: Message) -> Result<Next, Failure> {
        for effect in update(&mut self.model, message) {
            match effect {
                Effect::Quit => return Ok(Next::End(Outcome::Done)),
                Effect::Redraw => {
                    if let Err(error) = self.screen.forget() {
                        return ended_by(&error).map(Next::End);
                    }
                    self.model.touch(Urgency::Now);
                }
                // As the terminal itself would: who started this stops with it.
                Effect::ToShell => {
                    if let Some(ending) = &self.ending {
                        ending.standstill.holds(self.model.held_here());
                    }
                    let _ = kill(Pid::from_raw(0), Signal::SIGTSTP);
                }
                Effect::StopWorker => {
                    if let Some(ending) = &self.ending {
                        ending.insist();
                    }
                }
                Effect::Take(task) => self.hands.take(task),
                Effect::Ask(request) => self.hands.ask(request),
                Effect::Set(request) => self.hands.set(request),
                Effect::Submit(submission) => self.hands.submit(submission),
                Effect::Undo(undos) => self.hands.undo(undos),
                Effect::UndoRequest(request) => self.hands.undo_request(request),
                Effect::Comment(request) => self.hands.comment(request),
                Effect::Read(reading) => self.looks.read(reading),
                Effect::ListenToLog(task) => self.looks.listen(task),
                Effect::FollowLog(task) => self.looks.follow(task),
                Effect::Copy(text) => {
                    if let Err(error) = self.screen.copy(&text) {
                        return ended_by(&error).map(Next::End);
                    }
                }
            }
        }
        Ok(Next::GoOn)
    }

    /// After `fg`: another had the terminal, and may have changed its size.
    fn go_on(&mut self) -> Result<Next, Failure> {
        let taken = self.screen.retake().and_then(|()| screen::size());
        let size = match taken {
            Ok(size) => size,
            Err(error) => return ended_by(&error).map(Next::End),
        };
        let (columns, rows) = (size.width, size.height);
        if let Next::End(outcome) = self.take_in(Message::WentOn)? {
            return Ok(Next::End(outcome));
        }
        self.take_in(Message::Resize { columns, rows })
    }
}

/// A terminal that is gone ends the program, and there is nobody to tell.
fn ended_by(error: &io::Error) -> Result<Outcome, Failure> {
    const GONE: [i32; 3] = [nix::libc::EIO, nix::libc::EPIPE, nix::libc::ENXIO];
    match error.raw_os_error() {
        Some(code) if GONE.contains(&code) => Ok(Outcome::Done),
        _ => Err(Failure::system("drawing", error)),
    }
}
