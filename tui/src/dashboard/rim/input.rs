//! The thread that reads keys. It blocks on the terminal.

use std::sync::mpsc::Sender;

use crossterm::event::{Event, KeyEventKind, read};

use crate::dashboard::message::Message;

pub(super) fn start(sender: Sender<Message>) {
    std::thread::spawn(move || {
        while let Ok(event) = read() {
            let message = match event {
                Event::Key(key) if key.kind != KeyEventKind::Release => Message::Key(key),
                Event::Resize(columns, rows) => Message::Resize { columns, rows },
                _ => continue,
            };
            if sender.send(message).is_err() {
                return;
            }
        }
    });
}
