//! The threads at the terminal: one reads keys, one notices that it is gone. Both block on it.

use std::io::{self, stdin};

use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEvent, MouseEventKind, read};
use rustix::event::{PollFd, PollFlags, poll};

use super::told::{Teller, Told};
use crate::dashboard::message::{Message, Pointed};
use crate::dashboard::model::Way;

pub(super) fn start(teller: &Teller) -> io::Result<()> {
    let keys = teller.clone();
    std::thread::Builder::new()
        .name("keys".into())
        .spawn(move || {
            while let Ok(event) = read() {
                let message = match event {
                    Event::Key(key) if key.kind != KeyEventKind::Release => Message::Key(key),
                    Event::Resize(columns, rows) => Message::Resize { columns, rows },
                    Event::Mouse(mouse) => match pointed(mouse) {
                        Some(pointed) => Message::Pointed(pointed),
                        None => continue,
                    },
                    _ => continue,
                };
                if keys.message(message).is_err() {
                    return;
                }
            }
            // No key will ever come again, not even the one that quits.
            let _ = keys.tell(Told::End);
        })?;
    let hangup = teller.clone();
    std::thread::Builder::new()
        .name("hangup".into())
        .spawn(move || {
            wait_for_hangup();
            let _ = hangup.tell(Told::End);
        })?;
    Ok(())
}

fn pointed(mouse: MouseEvent) -> Option<Pointed> {
    let (column, row) = (mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::ScrollDown => Some(Pointed::Wheel(Way::Down)),
        MouseEventKind::ScrollUp => Some(Pointed::Wheel(Way::Up)),
        MouseEventKind::Down(MouseButton::Left) => Some(Pointed::Click { column, row }),
        _ => None,
    }
}

/// A reader of a terminal that is gone may spin instead of ending, and not every program on it
/// gets a signal.
fn wait_for_hangup() {
    let terminal = stdin();
    let mut fds = [PollFd::new(&terminal, PollFlags::empty())];
    loop {
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) | Err(_) => return,
        }
    }
}
