use std::time::Duration;

use super::{Choice, Ended};
use crate::id::TaskNumber;
use crate::state::Outcome;
use crate::time::Timestamp;

const HOUR: Duration = Duration::from_secs(3600);

/// Tasks that ended so many hours after 1970.
fn ended(tasks: &[(u64, i64, Outcome)]) -> Vec<Ended> {
    tasks
        .iter()
        .map(|(number, hours, outcome)| Ended {
            number: TaskNumber(*number),
            outcome: *outcome,
            at: at(*hours),
        })
        .collect()
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_millis(hours * 3_600_000)
}

fn chosen(choice: &Choice, ended: &[Ended], now: i64) -> Vec<u64> {
    let chosen = choice.of(ended, at(now));
    chosen.into_iter().map(|task| task.0).collect()
}

#[test]
fn the_last_that_ended_stay_whatever_their_numbers_are() {
    use Outcome::Completed;
    let all = ended(&[(1, 9, Completed), (2, 5, Completed), (3, 7, Completed)]);
    let keep = |keep| Choice {
        keep: Some(keep),
        ..Choice::default()
    };
    assert_eq!(chosen(&keep(1), &all, 10), [2, 3]);
    assert_eq!(chosen(&keep(0), &all, 10), [2, 3, 1]);
    assert_eq!(chosen(&keep(9), &all, 10), Vec::<u64>::new());
}

#[test]
fn all_conditions_hold_and_those_that_stay_are_counted_among_their_outcome() {
    use Outcome::{Completed, Failed, Terminated};
    let all = ended(&[
        (1, 1, Failed),
        (2, 2, Completed),
        (3, 3, Failed),
        (4, 4, Terminated),
        (5, 5, Failed),
    ]);
    let mut choice = Choice {
        outcomes: vec![Failed],
        keep: Some(1),
        ..Choice::default()
    };
    assert_eq!(chosen(&choice, &all, 10), [1, 3]);
    choice.older_than = Some(8 * HOUR);
    assert_eq!(chosen(&choice, &all, 10), [1]);
    assert_eq!(chosen(&Choice::default(), &all, 10), [1, 2, 3, 4, 5]);
}

#[test]
fn a_task_goes_at_the_very_moment_it_is_due_and_not_before() {
    let all = ended(&[(1, 1, Outcome::Completed), (2, 2, Outcome::Completed)]);
    let choice = Choice {
        older_than: Some(HOUR),
        ..Choice::default()
    };
    let due = choice.due(&all, at(0)).unwrap();
    assert_eq!(due, at(2));
    assert_eq!(
        choice.of(&all, Timestamp::from_millis(due.as_millis() - 1)),
        []
    );
    assert_eq!(choice.of(&all, due), [TaskNumber(1)]);
    assert_eq!(choice.due(&all[1..], due), Some(at(3)));
    assert_eq!(choice.due(&[], due), None);
}

#[test]
fn nothing_is_old_where_the_clock_went_backwards() {
    let all = ended(&[(1, 100, Outcome::Completed)]);
    let choice = Choice {
        older_than: Some(Duration::from_millis(1)),
        ..Choice::default()
    };
    assert_eq!(choice.of(&all, at(50)), []);
}
