use longhaul_common::id::{BatchNumber, TaskNumber};
use longhaul_common::state::Outcome;

use super::*;

fn event(seconds: i64, what: What) -> Event {
    let at = Timestamp::from_millis(seconds * 1000);
    Event::of(TaskNumber(7), what, at)
}

fn change(seconds: i64, to: StateWord) -> Event {
    Event {
        to: Some(to),
        ..event(seconds, What::State)
    }
}

fn skipped(seconds: i64, batch: u64) -> Event {
    Event {
        batch: Some(BatchNumber(batch)),
        ..event(seconds, What::Skipped)
    }
}

fn told(events: &[Event]) -> Vec<(Option<u64>, String)> {
    chapters(events, Timestamp::from_millis(100_000))
        .into_iter()
        .map(|chapter| {
            let lasted = chapter.lasted.map(|(lasted, _)| lasted.as_secs());
            (lasted, chapter.said)
        })
        .collect()
}

#[test]
fn a_state_lasts_until_the_next_or_until_now() {
    let events = [change(10, StateWord::Run), change(40, StateWord::Suspend)];
    assert_eq!(
        told(&events),
        [
            (Some(30), "RUN".to_owned()),
            (Some(60), "SUSPEND".to_owned())
        ]
    );
}

#[test]
fn the_end_has_no_length() {
    let end = Event {
        outcome: Some(Outcome::Failed),
        ..change(10, StateWord::Terminate)
    };
    assert_eq!(told(&[end]), [(None, "TERMINATE failed".to_owned())]);
}

#[test]
fn failures_in_a_row_are_told_together() {
    let events = [
        change(10, StateWord::Run),
        skipped(11, 0),
        skipped(12, 1),
        change(20, StateWord::Init),
        skipped(21, 5),
    ];
    let said: Vec<String> = told(&events).into_iter().map(|(_, said)| said).collect();
    assert_eq!(
        said,
        [
            "RUN",
            "2 batches passed over, the last: batch 1 passed over",
            "INIT",
            "batch 5 passed over"
        ]
    );
}

#[test]
fn a_state_ends_with_the_claim_that_changes_it() {
    let claim = Event {
        from: Some(StateWord::Suspend),
        to: Some(StateWord::Init),
        ..event(40, What::Claimed)
    };
    let events = [change(10, StateWord::Suspend), claim];
    assert_eq!(
        told(&events),
        [
            (Some(30), "SUSPEND".to_owned()),
            (Some(60), "SUSPEND → INIT, claimed".to_owned())
        ]
    );
}
