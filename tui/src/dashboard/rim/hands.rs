//! Carries out what the core wants of the store, one request after the other, beside the loop: the
//! screen never waits for it.

use std::io;
use std::sync::mpsc::{Sender, channel};

use longhaul_common::control::Control;
use longhaul_common::store::{Answer, PATIENCE, StoreError};

use super::desk::Desk;
use super::told::Teller;
use crate::dashboard::effect::Request;
use crate::dashboard::message::Message;

/// Where requests wait for their turn.
pub(super) struct Hands(Sender<Request>);

impl Hands {
    pub(super) fn start(desk: Desk, teller: Teller) -> io::Result<Self> {
        let (sender, requests) = channel::<Request>();
        std::thread::Builder::new()
            .name("hands".into())
            .spawn(move || {
                for request in requests {
                    let answer = match desk.control() {
                        Some(control) => ask(&control, &request),
                        None => Err(StoreError::Missing {
                            path: desk.dir().to_owned(),
                        }),
                    };
                    desk.answered(&answer);
                    if teller.message(Message::Answered(request, answer)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self(sender))
    }

    /// Has the store asked; the answer comes as a message.
    pub(super) fn ask(&self, request: Request) {
        // The thread ends with the loop only.
        let _ = self.0.send(request);
    }
}

/// An operator's request waits longer than a look does: it is not drawn over in a moment.
fn ask(control: &Control, request: &Request) -> Result<Vec<Answer>, StoreError> {
    let patient = control.with_patience(PATIENCE);
    let mut asking = patient
        .ask(request.want, request.tasks.iter().copied())
        .haste(request.haste);
    if let Some(reason) = &request.reason {
        asking = asking.because(reason.clone());
    }
    asking.send()
}
