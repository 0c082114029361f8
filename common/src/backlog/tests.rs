use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use std::time::Duration;

use super::*;
use crate::id::WorkerNumber;

const NOW: Timestamp = Timestamp::from_millis(1_000);

fn seat(number: u64) -> Seat {
    Seat {
        worker: WorkerNumber(1),
        number,
    }
}

fn limits(width: usize, ordered: bool) -> Limits {
    Limits {
        width,
        ordered,
        rate: None,
    }
}

fn planned(count: u64) -> Backlog {
    let mut backlog = Backlog {
        serving: true,
        ..Backlog::default()
    };
    backlog.plan(BatchNumber(0), count);
    backlog
}

fn begin(backlog: &mut Backlog, at: u64, which: Which) -> Result<u64, NotBegun> {
    backlog
        .begin(which, seat(at), limits(3, false), BatchNumber(9), NOW)
        .map(|begun| begun.batch.0)
}

#[test]
fn the_lowest_batch_begins_and_never_at_two_seats() {
    let mut backlog = planned(2);
    assert_eq!(begin(&mut backlog, 1, Which::Next), Ok(0));
    assert_eq!(begin(&mut backlog, 1, Which::Next), Ok(0), "told again");
    assert_eq!(
        begin(&mut backlog, 2, Which::This(BatchNumber(0))),
        Err(NotBegun::InFlight)
    );
    assert_eq!(begin(&mut backlog, 2, Which::Next), Ok(1));
    assert_eq!(begin(&mut backlog, 3, Which::Next), Err(NotBegun::Nothing));
    assert_eq!(backlog.begun[0].slot, 1);
    assert_eq!(backlog.begun[1].slot, 2);
}

#[test]
fn no_more_begin_than_are_allowed_at_once_and_none_while_it_is_closed() {
    let mut backlog = planned(9);
    for at in 1..=3 {
        begin(&mut backlog, at, Which::Next).unwrap();
    }
    assert_eq!(begin(&mut backlog, 4, Which::Next), Err(NotBegun::Full));
    assert_eq!(backlog.room(limits(3, false), NOW), 0);
    backlog.finish(seat(2), BatchNumber(1)).unwrap();
    backlog.serving = false;
    assert_eq!(begin(&mut backlog, 4, Which::Next), Err(NotBegun::Closed));
    backlog.serving = true;
    assert_eq!(begin(&mut backlog, 4, Which::Next), Ok(3));
    assert_eq!(
        backlog.at(seat(4)).unwrap().slot,
        2,
        "the slot that is free"
    );
}

#[test]
fn a_number_that_comes_again_is_known_for_what_it_is() {
    let mut backlog = planned(3);
    begin(&mut backlog, 1, Which::This(BatchNumber(1))).unwrap();
    backlog.finish(seat(1), BatchNumber(1)).unwrap();
    let again = |backlog: &mut Backlog, batch| begin(backlog, 2, Which::This(BatchNumber(batch)));
    assert_eq!(again(&mut backlog, 1), Err(NotBegun::Finished));
    assert_eq!(again(&mut backlog, 9), Err(NotBegun::Unknown));
    assert!(!backlog.has(BatchNumber(1)) && backlog.has(BatchNumber(2)));
}

#[test]
fn what_failed_waits_for_its_time_and_keeps_nobody_else_unless_the_order_counts() {
    let mut backlog = planned(2);
    begin(&mut backlog, 1, Which::Next).unwrap();
    let begun = backlog.finish(seat(1), BatchNumber(0)).unwrap();
    let later = NOW.after(Duration::from_secs(1));
    backlog.put_back(begun, begun.attempt, Some(later));
    let mut ordered = backlog.clone();
    let first = ordered.begin(Which::Next, seat(2), limits(3, true), BatchNumber(2), NOW);
    assert_eq!(first, Err(NotBegun::NotYet(Some(later))));
    assert_eq!(ordered.room(limits(3, true), NOW), 0);
    assert_eq!(backlog.room(limits(3, false), NOW), 1);
    assert_eq!(backlog.next_due(NOW), Some(later));
    assert_eq!(begin(&mut backlog, 2, Which::Next), Ok(1));
    let again = backlog
        .begin(
            Which::Next,
            seat(3),
            limits(3, false),
            BatchNumber(2),
            later,
        )
        .unwrap();
    assert_eq!((again.batch, again.attempt), (BatchNumber(0), 2));
}

#[test]
fn attempts_start_anew_once_they_are_forgiven() {
    let mut backlog = planned(1);
    begin(&mut backlog, 1, Which::Next).unwrap();
    let begun = backlog.finish(seat(1), BatchNumber(0)).unwrap();
    backlog.put_back(begun, 4, Some(NOW.after(Duration::from_secs(9))));
    backlog.gave_up = Some(BatchNumber(0));
    backlog.forgive();
    assert_eq!(backlog.gave_up, None);
    assert_eq!(begin(&mut backlog, 1, Which::Next), Ok(0));
    assert_eq!(backlog.at(seat(1)).unwrap().attempt, 1);
}

#[derive(Clone, Debug)]
enum Act {
    Plan(u64),
    Begin(u64),
    BeginThis(u64, u64),
    Finish(u64),
    PutBack(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1..5_u64).prop_map(Act::Plan),
        (1..6_u64).prop_map(Act::Begin),
        (1..6_u64, 0..30_u64).prop_map(|(at, batch)| Act::BeginThis(at, batch)),
        (1..6_u64).prop_map(Act::Finish),
        (1..6_u64).prop_map(Act::PutBack),
    ]
}

proptest! {
    /// Each number is open, in flight or finished, never two of it; and whatever happened, what is left
    /// can be done.
    #[test]
    fn every_batch_is_in_one_place(acts in prop::collection::vec(act(), 0..120)) {
        let mut backlog = planned(0);
        let (mut next, mut finished, mut sits) = (0, BTreeSet::new(), BTreeMap::new());
        let width = limits(4, false);
        for act in acts {
            match act {
                Act::Plan(count) => {
                    backlog.plan(BatchNumber(next), count);
                    next += count;
                }
                Act::Begin(at) => {
                    if let Ok(begun) = backlog.begin(Which::Next, seat(at), width, BatchNumber(next), NOW) {
                        sits.insert(at, begun);
                    }
                }
                Act::BeginThis(at, batch) => {
                    let which = Which::This(BatchNumber(batch));
                    if let Ok(begun) = backlog.begin(which, seat(at), width, BatchNumber(next), NOW) {
                        sits.insert(at, begun);
                    }
                }
                Act::Finish(at) => {
                    if let Some(begun) = sits.remove(&at) {
                        prop_assert!(backlog.finish(seat(at), begun.batch).is_some());
                        prop_assert!(finished.insert(begun.batch.0), "done twice");
                    }
                }
                Act::PutBack(at) => {
                    if let Some(begun) = sits.remove(&at) {
                        backlog.finish(seat(at), begun.batch);
                        backlog.put_back(begun, begun.attempt, None);
                    }
                }
            }
            let flying: BTreeSet<u64> = backlog.begun.iter().map(|begun| begun.batch.0).collect();
            let slots: BTreeSet<u16> = backlog.begun.iter().map(|begun| begun.slot).collect();
            prop_assert_eq!(flying.len(), backlog.begun.len());
            prop_assert_eq!(slots.len(), backlog.begun.len());
            prop_assert!(backlog.begun.len() <= 4);
            for batch in 0..next {
                let open = backlog.is_open(BatchNumber(batch))
                    || backlog.tried.iter().any(|tried| tried.batch.0 == batch);
                let places = [open, flying.contains(&batch), finished.contains(&batch)];
                prop_assert_eq!(places.iter().filter(|is| **is).count(), 1, "batch {}", batch);
            }
            prop_assert_eq!(backlog.left(), next - finished.len() as u64);
            prop_assert!(backlog.ready(NOW).windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
