use std::time::{Duration, Instant};

use super::{Changes, Woken};
use crate::bell::{Bells, Heard, Watch};

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_secs(10))
}

#[test]
fn progress_alone_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::open(dir.path()).unwrap();
    let changes = Changes::listen(dir.path(), Watch::ControlAndProgress);
    bells.ring_progress();
    let deadline = soon();
    // The slow tick says "perhaps" in between.
    let woken = std::iter::repeat_with(|| changes.wait(deadline));
    let woken = woken.into_iter().find(|woken| *woken != Woken::Perhaps);
    assert_eq!(woken, Some(Woken::Progress));
}

#[test]
fn progress_takes_nothing_from_what_else_was_told() {
    let dir = tempfile::tempdir().unwrap();
    let changes = Changes::listen(dir.path(), Watch::ControlAndProgress);
    for told in [
        [Heard::Progress, Heard::Bell],
        [Heard::Bell, Heard::Progress],
        [Heard::Progress, Heard::Departure],
    ] {
        told.into_iter()
            .for_each(|heard| changes.signal.raise(heard));
        assert_eq!(changes.wait(soon()), Woken::Perhaps);
    }
    changes.signal.raise(Heard::Progress);
    changes.waker().wake();
    assert_eq!(changes.wait(soon()), Woken::Perhaps);
}
