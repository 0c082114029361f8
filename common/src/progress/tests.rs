mod boundary;
mod keys;

use std::time::Duration;

use proptest::prelude::*;

use super::{BatchDone, Progress};
use crate::id::BatchNumber;
use crate::time::Timestamp;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn batch(items: u64, ran: Duration) -> BatchDone {
    BatchDone {
        items,
        passed: 0,
        next: vec![1],
        next_cut: 10,
        took: ran,
        ran,
    }
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= expected.abs() * 0.01
}

#[test]
fn a_batch_that_is_done_moves_the_cursor_and_forgets_the_attempts_at_it() {
    let mut progress = Progress {
        attempts: 2,
        next_attempt_at: Some(at(9)),
        error: Some("no".into()),
        ..Progress::default()
    };
    progress.done(&batch(7, Duration::from_secs(1)), at(5));
    assert_eq!(progress.cursor.as_slice(), [1]);
    assert_eq!(progress.batch, BatchNumber(1));
    assert_eq!((progress.items_done, progress.batches_done), (7, 1));
    assert_eq!((progress.attempts, progress.next_attempt_at), (0, None));
    assert_eq!((progress.error, progress.cut), (None, 10));
    assert_eq!(progress.updated_at, at(5));
}

#[test]
fn a_failed_attempt_leaves_the_cursor_where_it_is() {
    let mut progress = Progress {
        cursor: vec![4].into(),
        batch: BatchNumber(3),
        ..Progress::default()
    };
    let took = Duration::from_secs(1);
    progress.attempt_failed("no".into(), Some(at(9)), took, at(5));
    progress.attempt_failed("no".into(), None, took, at(6));
    assert_eq!(progress.cursor.as_slice(), [4]);
    assert_eq!(progress.batch, BatchNumber(3));
    assert_eq!((progress.attempts, progress.retries), (2, 1));
    assert_eq!(progress.next_attempt_at, None);
    assert_eq!(progress.running_ms, 2000);
}

#[test]
fn a_skipped_batch_counts_as_failed_and_not_as_done() {
    let mut progress = Progress::default();
    progress.skipped(&batch(7, Duration::from_secs(1)), "bad".into(), at(5));
    assert_eq!((progress.items_done, progress.batches_done), (0, 0));
    assert_eq!(progress.batches_failed, 1);
    assert_eq!(progress.batch, BatchNumber(1));
    assert_eq!(progress.error.as_deref(), Some("bad"));
}

#[test]
fn the_first_batch_sets_the_rate_and_a_steady_pace_keeps_it() {
    let mut progress = Progress::default();
    for _ in 0..50 {
        progress.done(&batch(20, Duration::from_millis(500)), at(0));
        assert!(close(progress.rate, 40.0), "{}", progress.rate);
        assert!(close(progress.batch_seconds, 0.5));
    }
}

#[test]
fn the_rate_follows_a_lasting_change_and_outlives_a_hiccup() {
    let mut progress = Progress::default();
    for _ in 0..300 {
        progress.done(&batch(10, Duration::from_secs(1)), at(0));
    }
    progress.done(&batch(10, Duration::from_millis(2)), at(0));
    assert!(progress.rate < 12.0, "one fast batch: {}", progress.rate);
    for _ in 0..300 {
        progress.done(&batch(100, Duration::from_secs(1)), at(0));
    }
    assert!(close(progress.rate, 100.0), "{}", progress.rate);
}

#[test]
fn many_short_batches_weigh_like_one_long_one() {
    let start = || {
        let mut progress = Progress::default();
        for _ in 0..100 {
            progress.done(&batch(10, Duration::from_secs(1)), at(0));
        }
        progress
    };
    let mut long = start();
    long.done(&batch(100, Duration::from_secs(5)), at(0));
    let mut short = start();
    for _ in 0..50 {
        short.done(&batch(2, Duration::from_millis(100)), at(0));
    }
    assert!(close(short.rate, long.rate), "{} {}", short.rate, long.rate);
}

#[test]
fn running_time_leaves_out_what_was_spent_suspended() {
    let mut progress = Progress::default();
    progress.done(&batch(10, Duration::from_secs(2)), at(2_000));
    let eta = progress.eta_seconds();
    assert_eq!(
        progress.running(at(3_600_000), false),
        Duration::from_secs(2)
    );
    assert_eq!(
        progress.eta_seconds(),
        eta,
        "an ETA does not grow meanwhile"
    );
    // A claim writes the row anew before the task runs again.
    progress.updated_at = at(3_600_000);
    assert_eq!(
        progress.running(at(3_601_000), true),
        Duration::from_secs(3)
    );
}

#[test]
fn short_batches_add_up_to_the_time_they_took() {
    let mut progress = Progress::default();
    for _ in 0..1000 {
        progress.done(&batch(1, Duration::from_micros(900)), at(0));
    }
    assert_eq!(progress.running(at(0), false), Duration::from_millis(900));
}

#[test]
fn a_clock_that_went_backwards_takes_no_running_time_away() {
    let mut progress = Progress::default();
    progress.account(Duration::from_secs(2), at(10_000));
    assert_eq!(progress.running(at(1_000), true), Duration::from_secs(2));
}

#[test]
fn the_fraction_and_the_eta_are_unknown_without_a_total() {
    let mut progress = Progress::default();
    assert_eq!((progress.fraction(), progress.eta_seconds()), (None, None));
    progress.items_total = Some(10);
    assert_eq!(progress.eta_seconds(), None, "no rate yet");
    assert_eq!(progress.fraction(), Some(0.0));
}

#[test]
fn the_eta_is_what_is_left_at_the_present_rate() {
    let mut progress = Progress {
        items_total: Some(100),
        ..Progress::default()
    };
    progress.done(&batch(20, Duration::from_secs(10)), at(0));
    assert_eq!(progress.eta_seconds(), Some(40.0));
    assert_eq!(progress.fraction(), Some(0.2));
}

#[test]
fn an_empty_input_is_all_done_and_more_items_than_expected_are_no_more_than_all() {
    let mut progress = Progress {
        items_total: Some(0),
        ..Progress::default()
    };
    assert_eq!(progress.fraction(), Some(1.0));
    assert_eq!(progress.eta_seconds(), Some(0.0));
    progress.items_done = 5;
    progress.items_total = Some(3);
    assert_eq!(progress.fraction(), Some(1.0));
    assert_eq!(progress.eta_seconds(), Some(0.0));
}

#[derive(Clone, Debug)]
enum Step {
    Done {
        items: u64,
        ran: Duration,
        took: Duration,
    },
    Skipped {
        ran: Duration,
    },
    Failed {
        ran: Duration,
    },
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::MAX),
        any::<u64>().prop_map(Duration::from_nanos),
        (0..100_000_u64).prop_map(Duration::from_micros),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let items = prop_oneof![Just(0), Just(u64::MAX), 0..1000_u64, any::<u64>()];
    let step = prop_oneof![
        (items, durations(), durations()).prop_map(|(items, ran, took)| Step::Done {
            items,
            ran,
            took
        }),
        durations().prop_map(|ran| Step::Skipped { ran }),
        durations().prop_map(|ran| Step::Failed { ran }),
    ];
    prop::collection::vec(step, 0..30)
}

proptest! {
    #[test]
    fn no_number_is_ever_negative_or_none(
        steps in steps(),
        total in any::<Option<u64>>(),
        now in any::<i64>(),
    ) {
        let mut progress = Progress { items_total: total, ..Progress::default() };
        for step in steps {
            match step {
                Step::Done { items, ran, took } => {
                    progress.done(&BatchDone { took, ..batch(items, ran) }, at(now));
                }
                Step::Skipped { ran } => {
                    progress.skipped(&batch(3, ran), "bad".into(), at(now));
                }
                Step::Failed { ran } => {
                    progress.attempt_failed("no".into(), Some(at(now)), ran, at(now));
                }
            }
            let numbers = [
                Some(progress.rate),
                Some(progress.batch_seconds),
                progress.eta_seconds(),
                progress.fraction(),
            ];
            for number in numbers.into_iter().flatten() {
                prop_assert!(number.is_finite() && number >= 0.0, "{} in {:?}", number, progress);
            }
            prop_assert!(progress.fraction().is_none_or(|share| share <= 1.0));
            let runs = progress.running(Timestamp::from_millis(i64::MAX), true);
            prop_assert!(runs >= progress.running(at(now), false));
        }
    }
}
