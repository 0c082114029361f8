//! Carries out what the core wants of the store, beside the loop: the screen never waits for it.

use std::sync::mpsc::Sender;

use longhaul_common::control::Control;

use crate::dashboard::effect::Request;
use crate::dashboard::message::Message;

/// Asks the store; the answer comes as a message.
pub(super) fn ask(control: &Control, request: Request, sender: &Sender<Message>) {
    let control = control.clone();
    let sender = sender.clone();
    std::thread::spawn(move || {
        let mut asking = control
            .ask(request.want, request.tasks.iter().copied())
            .haste(request.haste);
        if let Some(reason) = &request.reason {
            asking = asking.because(reason.clone());
        }
        let answer = asking.send();
        // Nobody is there to hear it any more.
        let _ = sender.send(Message::Answered(request, answer));
    });
}
