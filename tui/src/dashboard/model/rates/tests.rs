use std::time::Duration;

use super::*;
use crate::dashboard::fixtures::{NOW, row, running};

fn told(rates: &mut Rates, seconds: u64, rate: f64) {
    let mut row = row(7, |task| running(task, 1, 100, rate));
    row.read_at = NOW.after(Duration::from_secs(seconds));
    rates.take(&row);
}

fn course(rates: &Rates, seconds: u64) -> Vec<f64> {
    rates.of(TaskNumber(7), NOW.after(Duration::from_secs(seconds)))
}

#[test]
fn a_column_shows_the_last_rate_that_was_read_in_it_or_before() {
    let mut rates = Rates::default();
    told(&mut rates, 0, 5.0);
    told(&mut rates, 1, 6.0);
    told(&mut rates, 6, 9.0);
    assert_eq!(course(&rates, 6), [6.0, 6.0, 6.0, 9.0]);
    assert_eq!(course(&rates, 10), [6.0, 6.0, 6.0, 9.0, 9.0, 9.0]);
}

#[test]
fn a_course_is_no_longer_than_the_columns_that_are_kept() {
    let mut rates = Rates::default();
    for second in 0..1000 {
        told(&mut rates, second, 5.0);
    }
    assert_eq!(course(&rates, 1000).len(), KEPT);
    told(&mut rates, 1_000_000, 7.0);
    assert_eq!(course(&rates, 1_000_000).len(), KEPT);
    assert_eq!(course(&rates, 9_000_000).len(), KEPT);
}

#[test]
fn a_task_that_stops_begins_anew() {
    let mut rates = Rates::default();
    told(&mut rates, 0, 5.0);
    rates.take(&row(7, |_| {}));
    assert_eq!(course(&rates, 0), [0.0; 0]);
}

#[test]
fn of_more_tasks_than_are_remembered_the_later_ones_are_left_out() {
    let mut rates = Rates::default();
    for number in 0..2000 {
        rates.take(&row(number, |task| running(task, 1, 100, 3.0)));
    }
    assert_eq!(rates.courses.len(), TASKS);
}

#[test]
fn a_batch_that_is_tried_again_ends_no_course() {
    let mut rates = Rates::default();
    told(&mut rates, 0, 5.0);
    rates.take(&row(7, |task| {
        running(task, 1, 100, 5.0);
        task.progress.next_attempt_at = Some(NOW.after(Duration::from_secs(9)));
    }));
    assert_eq!(course(&rates, 0), [5.0]);
}
