use super::*;
use crate::dashboard::fixtures::NOW;

const TASK: TaskNumber = TaskNumber(3);

fn used(cores: Option<f64>, memory: u64) -> Option<Used> {
    Some(Used {
        cores,
        memory,
        processes: 1,
    })
}

fn measured(used: Option<Used>) -> Measured {
    Measured {
        tasks: used.map(|used| (TASK, used)).into_iter().collect(),
        ..Measured::default()
    }
}

fn later(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

#[test]
fn what_is_the_same_is_no_news() {
    let mut meters = Meters::default();
    assert!(!meters.take(measured(None), NOW));
    assert!(meters.take(measured(used(Some(0.5), 10)), NOW));
    assert!(!meters.take(measured(used(Some(0.5), 10)), later(2)));
    assert!(meters.take(measured(used(Some(0.5), 11)), later(4)));
    assert!(
        !meters.take(measured(None), later(6)),
        "between two batches"
    );
    assert_eq!(meters.task(TASK, later(6)), used(Some(0.5), 11));
}

#[test]
fn a_share_that_was_not_measured_this_time_stays_for_a_while() {
    let mut meters = Meters::default();
    meters.take(measured(used(Some(0.5), 10)), NOW);
    meters.take(measured(used(None, 20)), later(2));
    assert_eq!(meters.task(TASK, later(2)), used(Some(0.5), 20));
    meters.take(measured(used(None, 20)), later(11));
    assert_eq!(meters.task(TASK, later(11)), used(None, 20));
}

#[test]
fn what_is_not_measured_any_more_is_not_shown_for_long() {
    let mut meters = Meters::default();
    meters.take(measured(used(Some(0.5), 10)), NOW);
    assert!(meters.task(TASK, later(10)).is_some());
    assert_eq!(meters.task(TASK, later(11)), None);
    assert!(meters.take(Measured::default(), later(11)));
}
