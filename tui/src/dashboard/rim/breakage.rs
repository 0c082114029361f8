//! Panics on purpose, in debug builds only: `LONGHAUL_PANIC=update|draw|thread` and the key `!`.
//! A terminal that a panic leaves behind is tested with them.

use crossterm::event::KeyEvent;

/// Where it panics.
#[cfg_attr(
    not(debug_assertions),
    allow(dead_code, reason = "a release never panics on purpose")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Update,
    Draw,
    Thread,
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::atomic::{AtomicBool, Ordering};

    use crossterm::event::{KeyCode, KeyEvent};

    use super::Place;

    static DRAW: AtomicBool = AtomicBool::new(false);

    pub(super) fn key(key: KeyEvent) {
        if key.code != KeyCode::Char('!') {
            return;
        }
        match std::env::var("LONGHAUL_PANIC").as_deref() {
            Ok("update") => panic!("told to panic at {:?}", Place::Update),
            Ok("draw") => DRAW.store(true, Ordering::Release),
            Ok("thread") => {
                std::thread::spawn(|| panic!("told to panic at {:?}", Place::Thread));
            }
            _ => {}
        }
    }

    pub(super) fn at(place: Place) {
        if place == Place::Draw && DRAW.load(Ordering::Acquire) {
            panic!("told to panic at {place:?}");
        }
    }
}

/// A key was pressed.
pub(super) fn key(key: KeyEvent) {
    #[cfg(debug_assertions)]
    armed::key(key);
    #[cfg(not(debug_assertions))]
    let _ = key;
}

/// The program is at a place.
pub(super) fn at(place: Place) {
    #[cfg(debug_assertions)]
    armed::at(place);
    #[cfg(not(debug_assertions))]
    let _ = place;
}
