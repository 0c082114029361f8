use std::time::{Duration, Instant};

use super::{FRAME, Pace, SECOND};
use crate::dashboard::model::Urgency;

const REFRESH: Duration = Duration::from_millis(250);
const MOMENT: Duration = Duration::from_millis(1);

fn pace() -> (Pace, Instant) {
    let now = Instant::now();
    (Pace::new(now, REFRESH), now)
}

#[test]
fn a_key_is_drawn_at_once_and_so_is_what_follows_from_it() {
    let (mut pace, now) = pace();
    for urgency in [Urgency::Now, Urgency::State] {
        assert!(pace.due(urgency, || false) <= Some(now));
    }
    pace.drew(Urgency::Now, now);
    let then = now + MOMENT;
    for urgency in [Urgency::Now, Urgency::State] {
        assert!(pace.due(urgency, || false) <= Some(then));
    }
}

#[test]
fn changes_of_state_are_drawn_a_frame_apart() {
    let (mut pace, now) = pace();
    pace.drew(Urgency::State, now);
    // A key in between does not change when the next one is due.
    pace.drew(Urgency::Now, now + MOMENT);
    let due = pace.due(Urgency::State, || true);
    assert_eq!(due, Some(now + FRAME));
}

#[test]
fn progress_waits_from_whatever_was_drawn_last() {
    let (mut pace, now) = pace();
    for urgency in [Urgency::Now, Urgency::State, Urgency::Progress] {
        pace.drew(urgency, now);
        let due = pace.due(Urgency::Progress, || true);
        assert_eq!(due, Some(now + REFRESH));
    }
}

#[test]
fn without_a_change_only_what_counts_is_drawn() {
    let (mut pace, now) = pace();
    pace.drew(Urgency::Progress, now);
    assert_eq!(pace.due(Urgency::Never, || true), Some(now + SECOND));
    assert_eq!(pace.due(Urgency::Never, || false), None);
}
