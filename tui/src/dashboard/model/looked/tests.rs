use std::time::Duration;

use longhaul_common::state::{Desired, StateWord};
use longhaul_common::store::TaskRow;

use super::*;
use crate::dashboard::fixtures::{NOW, row};

const WIDE: usize = 100;

fn ended(outcome: Outcome, at: Timestamp) -> Row {
    row(1, |row: &mut TaskRow| {
        row.state.word = StateWord::Terminate;
        row.state.outcome = Some(outcome);
        row.state.since = at;
    })
}

fn stuck(at: Timestamp) -> Row {
    row(1, |row| {
        row.wish.desired = Desired::Suspend;
        row.wish.policy = true;
        row.state.word = StateWord::Suspend;
        row.state.since = at;
    })
}

fn counted(rows: &[Row]) -> Since {
    let mut since = Since::default();
    for row in rows {
        since.count(row, row.is_stuck(), NOW);
    }
    since
}

#[test]
fn only_what_ended_since_is_counted() {
    let later = NOW.after(Duration::from_millis(1));
    let since = counted(&[
        ended(Outcome::Completed, NOW),
        ended(Outcome::Completed, later),
        ended(Outcome::Completed, later),
        ended(Outcome::Failed, later),
        ended(Outcome::Terminated, NOW),
        row(2, |_| {}),
    ]);
    assert_eq!(
        since.words("Fri 18:04", WIDE).as_deref(),
        Some("Since you looked, Fri 18:04: 2 completed, 1 failed")
    );
}

#[test]
fn who_needs_somebody_is_counted_since_when_ever_but_alone_no_news() {
    let later = NOW.after(Duration::from_millis(1));
    assert_eq!(counted(&[stuck(NOW)]).words("18:04", WIDE), None);
    assert_eq!(
        counted(&[stuck(NOW), stuck(later)]).words("18:04", WIDE),
        Some("Since you looked, 18:04: 2 need you".to_owned())
    );
    assert_eq!(
        counted(&[stuck(NOW), ended(Outcome::Terminated, later)]).words("18:04", WIDE),
        Some("Since you looked, 18:04: 1 terminated, 1 needs you".to_owned())
    );
}

#[test]
fn on_a_narrow_screen_fewer_words_are_made() {
    let since = Since {
        completed: 1031,
        failed: 12,
        terminated: 3,
        needy: 2,
        newly_needy: 0,
    };
    let words = |columns| since.words("Fri 18:04", columns);
    assert_eq!(
        words(80).as_deref(),
        Some("Since Fri 18:04: 1,031 completed, 12 failed, 3 terminated, 2 need you")
    );
    assert_eq!(
        words(60).as_deref(),
        Some("Since Fri 18:04: 1,031 completed, 12 failed, 2 need you")
    );
    let terminated = Since {
        terminated: 3,
        ..Since::default()
    };
    assert_eq!(
        terminated.words("Fri 18:04", 10).as_deref(),
        Some("Since Fri 18:04: 3 terminated")
    );
}

#[test]
fn the_last_time_is_told_once_and_after_the_first_whole_reading() {
    let mut looked = Looked::default();
    looked.before(NOW);
    assert_eq!(looked.take_before(), None);
    looked.begin(NOW);
    assert_eq!(looked.take_before(), Some(NOW));
    looked.before(NOW);
    assert_eq!(looked.take_before(), None);
}

#[test]
fn a_look_lasts_until_the_last_key() {
    let (opened, pressed) = (NOW, NOW.after(Duration::from_secs(9)));
    let mut looked = Looked::default();
    looked.go_on(pressed);
    assert_eq!(looked.here(), None);
    looked.begin(opened);
    looked.go_on(pressed);
    looked.begin(NOW.after(Duration::from_secs(99)));
    assert_eq!(looked.here(), Some(pressed));
    looked.end();
    assert_eq!(looked.here(), None);
}
