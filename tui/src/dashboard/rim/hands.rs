//! Carries out what the core wants of the store, one request after the other, beside the loop: the
//! screen never waits for it.

use std::io;
use std::sync::mpsc::{Sender, channel};

use longhaul_common::control::Control;
use longhaul_common::store::{Answer, PATIENCE, StoreError, Undo};

use super::desk::Desk;
use super::told::Teller;
use crate::dashboard::effect::Request;
use crate::dashboard::message::Message;

/// Where what is to be done waits for its turn.
pub(super) struct Hands(Sender<Job>);

enum Job {
    Ask(Request),
    Undo(Vec<Undo>),
}

impl Hands {
    pub(super) fn start(desk: Desk, teller: Teller) -> io::Result<Self> {
        let (sender, jobs) = channel::<Job>();
        std::thread::Builder::new()
            .name("hands".into())
            .spawn(move || {
                for job in jobs {
                    let control = desk.control().ok_or_else(|| StoreError::Missing {
                        path: desk.dir().to_owned(),
                    });
                    let done = match job {
                        Job::Ask(request) => {
                            let answer = control.and_then(|control| ask(&control, &request));
                            Message::Answered(request, answer)
                        }
                        Job::Undo(undos) => {
                            let answer = control.and_then(|control| {
                                control.with_patience(PATIENCE).undo(undos.clone())
                            });
                            Message::Undone(undos, answer)
                        }
                    };
                    if teller.message(done).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self(sender))
    }

    /// Has the store asked; the answer comes as a message.
    pub(super) fn ask(&self, request: Request) {
        // The thread ends with the loop only.
        let _ = self.0.send(Job::Ask(request));
    }

    /// Has a request undone; the answer comes as a message.
    pub(super) fn undo(&self, undos: Vec<Undo>) {
        let _ = self.0.send(Job::Undo(undos));
    }
}

/// An operator's request waits longer than a look does: it is not drawn over in a moment.
fn ask(control: &Control, request: &Request) -> Result<Vec<Answer>, StoreError> {
    let patient = control.with_patience(PATIENCE);
    let mut asking = patient
        .ask(request.want, request.tasks.iter().copied())
        .haste(request.haste)
        .hooks(request.hooks);
    if let Some(reason) = &request.reason {
        asking = asking.because(reason.clone());
    }
    asking.send()
}
