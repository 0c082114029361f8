use std::collections::BTreeMap;
use std::time::Duration;

use longhaul_common::filter::{Filter, Present, Subject};
use longhaul_common::state::{Desired, StateWord};
use longhaul_common::store::TaskRow;

use super::*;
use crate::dashboard::fixtures::{Dice, LIVING, NOW, far, held, row, running};
use crate::dashboard::model::{SortBy, Tally};

fn numbers(tasks: &Tasks) -> Vec<u64> {
    tasks.matching().map(|row| row.number.0).collect()
}

fn with(count: u64) -> Tasks {
    let mut tasks = Tasks::default();
    tasks.fit(10);
    tasks.take(
        (1..=count)
            .rev()
            .map(|number| row(number, |_| {}))
            .collect(),
    );
    tasks
}

fn filter(text: &str) -> Filter {
    let present = Present {
        now: NOW,
        zone: jiff::tz::TimeZone::UTC,
    };
    Filter::parse(text, &present).expect("a filter")
}

fn at(tasks: &Tasks) -> u64 {
    tasks.selected().expect("a task under the cursor").number.0
}

#[test]
fn the_newest_task_is_first_and_the_cursor_stays_with_its_task() {
    let mut tasks = with(3);
    assert_eq!(numbers(&tasks), [3, 2, 1]);
    tasks.step(1);
    tasks.take(vec![row(4, |_| {}), row(5, |_| {})]);
    assert_eq!(numbers(&tasks), [5, 4, 3, 2, 1]);
    assert_eq!(at(&tasks), 2);
}

#[test]
fn what_is_new_is_seen_at_the_top_and_elsewhere_the_line_of_the_screen_stays() {
    let mut tasks = with(50);
    tasks.take(vec![row(51, |_| {})]);
    assert_eq!((tasks.window().first, tasks.cursor()), (0, 1));
    tasks.go_to(30);
    let line = tasks.cursor() - tasks.window().first;
    tasks.take(vec![row(52, |_| {})]);
    assert_eq!(tasks.cursor() - tasks.window().first, line);
    assert_eq!(tasks.cursor(), 31);
}

#[test]
fn rows_move_as_they_change_and_unknown_ones_are_last_either_way() {
    let mut tasks = Tasks::default();
    let rate = |number, rate| row(number, |row| running(row, 1, 10, rate));
    tasks.take(vec![
        rate(1, 5.0),
        rate(2, 9.0),
        rate(3, 7.0),
        row(4, |_| {}),
    ]);
    tasks.set_sort(Sort::by(SortBy::Rate));
    assert_eq!(numbers(&tasks), [2, 3, 1, 4]);
    tasks.take(vec![rate(1, 8.0)]);
    assert_eq!(numbers(&tasks), [2, 1, 3, 4]);
    tasks.set_sort(tasks.sort().reversed());
    assert_eq!(numbers(&tasks), [3, 1, 2, 4]);
}

#[test]
fn names_are_sorted_whole_and_in_any_case() {
    let mut tasks = Tasks::default();
    let named = |number, name: &str| row(number, |row| row.spec.name = name.into());
    tasks.take(vec![
        named(1, "checksums-b"),
        named(2, "Checksums-a"),
        named(3, "checksum"),
        row(4, |_| {}),
        named(5, "checksums-b"),
    ]);
    tasks.set_sort(Sort::by(SortBy::Name));
    assert_eq!(numbers(&tasks), [3, 2, 5, 1, 4]);
    tasks.take(vec![named(6, "checksums-aa")]);
    assert_eq!(numbers(&tasks), [3, 2, 6, 5, 1, 4]);
}

#[test]
fn a_frozen_order_stays_until_it_is_let_go() {
    let mut tasks = Tasks::default();
    let rate = |number, rate| row(number, |row| running(row, 1, 10, rate));
    tasks.take(vec![rate(1, 5.0), rate(2, 9.0)]);
    tasks.set_sort(Sort::by(SortBy::Rate));
    tasks.set_motion(Motion::Frozen);
    tasks.take(vec![rate(1, 10.0), rate(3, 20.0)]);
    assert_eq!(numbers(&tasks), [2, 1, 3]);
    tasks.set_motion(Motion::Sorted);
    assert_eq!(numbers(&tasks), [3, 1, 2]);
}

#[test]
fn a_row_that_leaves_the_filter_stays_until_the_cursor_moves() {
    let mut tasks = Tasks::default();
    tasks.fit(10);
    let run = |number| row(number, |row| running(row, 1, 10, 1.0));
    let rests = |number| {
        row(number, |row| {
            row.state.word = StateWord::Suspend;
            row.wish.desired = Desired::Suspend;
        })
    };
    tasks.take((1..=4).map(run).collect());
    tasks.set_filter(filter("state:run"));
    tasks.step(1);
    assert_eq!(at(&tasks), 3);
    tasks.take(vec![rests(3), rests(1)]);
    assert_eq!(tasks.listed(), 3);
    assert!(tasks.is_ghost(tasks.selected().expect("the ghost")));
    // It does not match, so nothing is done to it with the others.
    assert_eq!(numbers(&tasks), [4, 2]);
    tasks.step(1);
    assert_eq!(at(&tasks), 2);
    assert_eq!(tasks.listed(), 2);
    assert!(!tasks.is_listed(TaskNumber(3)));
}

#[test]
fn a_ghost_that_matches_again_is_none_any_more() {
    let mut tasks = with(2);
    tasks.set_filter(filter("state:init"));
    tasks.take(vec![row(2, |row| held(row, LIVING, StateWord::Run))]);
    assert_eq!(tasks.listed(), 2);
    tasks.take(vec![row(2, |_| {})]);
    tasks.step(1);
    assert_eq!(numbers(&tasks), [2, 1]);
}

#[test]
fn the_next_task_gets_the_cursor_of_one_that_vanishes() {
    let mut tasks = with(5);
    tasks.step(2);
    tasks.forget(&[TaskNumber(3), TaskNumber(5)]);
    assert_eq!(at(&tasks), 2);
    tasks.go_to(usize::MAX);
    tasks.forget(&[TaskNumber(1)]);
    assert_eq!(at(&tasks), 2);
    tasks.forget(&[TaskNumber(2), TaskNumber(4)]);
    assert!(tasks.selected().is_none());
}

#[test]
fn the_cursor_comes_back_to_its_task_after_all_is_read_anew() {
    let mut tasks = with(5);
    tasks.step(3);
    tasks.clear();
    assert!(tasks.selected().is_none());
    tasks.take((4..=5).rev().map(|number| row(number, |_| {})).collect());
    tasks.take((1..=3).rev().map(|number| row(number, |_| {})).collect());
    assert_eq!(at(&tasks), 2);
}

#[test]
fn searching_goes_around_the_end_of_the_list() {
    let mut tasks = with(5);
    tasks.seek(Way::Down, |row| row.number.0 % 2 == 1);
    assert_eq!(at(&tasks), 3);
    tasks.seek(Way::Up, |row| row.number.0 == 1);
    assert_eq!(at(&tasks), 1);
    tasks.seek(Way::Down, |row| row.number.0 == 7);
    assert_eq!(at(&tasks), 1);
}

fn any_row(dice: &mut Dice, number: u64) -> TaskRow {
    let (kind, done, rate) = (dice.below(4), dice.below(100), dice.below(9));
    crate::dashboard::fixtures::task(number, |row| {
        if !number.is_multiple_of(3) {
            row.spec.name = format!("Name-{}", number % 7);
        }
        row.spec.kind = ["import", "export"][usize::from(number.is_multiple_of(5))].into();
        row.progress.retries = rate / 3;
        match kind {
            0 => {}
            1 => running(row, done, 100, rate as f64),
            2 => {
                row.state.word = StateWord::Suspend;
                row.wish.desired = Desired::Suspend;
                row.progress.error = (rate > 4).then(|| "broken".into());
                far(row, done, 100, 0.0);
            }
            _ => {
                row.state.word = StateWord::Terminate;
                row.state.outcome = Some(longhaul_common::state::Outcome::Completed);
                row.state.since = NOW.after(Duration::from_secs(done));
            }
        }
    })
}

/// What the list must be, found in the plainest way.
fn expected(known: &BTreeMap<u64, Row>, sort: Sort, filter: &Filter) -> Vec<u64> {
    let mut scratch = Scratch::default();
    let mut rows: Vec<&Row> = known
        .values()
        .filter(|row| filter.takes(*row, &mut scratch))
        .collect();
    rows.sort_by(|one, other| {
        sort.key(one)
            .cmp(&sort.key(other))
            .then_with(|| sort.tie(one, other))
    });
    rows.iter().map(|row| row.number.0).collect()
}

fn tallied(known: &BTreeMap<u64, Row>) -> Tally {
    let mut tally = Tally::default();
    for row in known.values() {
        tally.add(row);
    }
    tally
}

#[test]
fn whatever_happens_the_list_is_what_the_plainest_way_gives() {
    let mut dice = Dice::new(7);
    let mut tasks = Tasks::default();
    tasks.fit(10);
    let mut known: BTreeMap<u64, Row> = BTreeMap::new();
    let mut filtered = Filter::default();
    let mut next = 1;
    for step in 0..6000 {
        let before = tasks.selected().map(|row| row.number);
        let mut moved = false;
        match dice.below(12) {
            0..5 => {
                let count = dice.below(6);
                let rows: Vec<Row> = (0..count)
                    .map(|_| {
                        let number = if dice.below(8) == 0 || next == 1 {
                            next += 1;
                            next - 1
                        } else {
                            1 + dice.below(next - 1)
                        };
                        crate::dashboard::fixtures::seen(&any_row(&mut dice, number))
                    })
                    .collect();
                for row in &rows {
                    known.insert(row.number.0, row.clone());
                }
                tasks.take(rows);
            }
            5 => {
                let gone: Vec<TaskNumber> = known
                    .keys()
                    .filter(|_| dice.below(40) == 0)
                    .map(|number| TaskNumber(*number))
                    .collect();
                for number in &gone {
                    known.remove(&number.0);
                }
                tasks.forget(&gone);
                moved = gone.iter().any(|number| Some(*number) == before);
            }
            6 => {
                let by = SortBy::ALL[usize::try_from(dice.below(12)).expect("small")];
                let sort = Sort::by(by);
                tasks.set_sort(if dice.below(2) == 0 {
                    sort
                } else {
                    sort.reversed()
                });
            }
            7 => {
                let texts = [
                    "",
                    "state:run",
                    "name-3",
                    "!failed kind:import",
                    "state:suspend,run",
                ];
                filtered = filter(texts[usize::try_from(dice.below(5)).expect("small")]);
                tasks.set_filter(filtered.clone());
                moved = true;
            }
            8 => {
                let other = match tasks.motion() {
                    Motion::Sorted => Motion::Frozen,
                    Motion::Frozen => Motion::Sorted,
                };
                tasks.set_motion(other);
            }
            9 => tasks.fit(usize::try_from(dice.below(20)).expect("small")),
            _ => {
                tasks.step(isize::try_from(dice.below(9)).expect("small") - 4);
                moved = true;
            }
        }
        let listed = numbers(&tasks);
        let mut right = expected(&known, tasks.sort(), &filtered);
        if tasks.motion() == Motion::Frozen {
            let mut listed = listed.clone();
            listed.sort_unstable();
            right.sort_unstable();
            assert_eq!(listed, right, "step {step}");
        } else {
            assert_eq!(listed, right, "step {step}, {:?}", tasks.sort());
        }
        let ghosts = tasks.listed() - listed.len();
        assert!(ghosts <= 1, "step {step}");
        if ghosts == 1 {
            let selected = tasks.selected().expect("a ghost is under the cursor");
            assert!(tasks.is_ghost(selected), "step {step}");
        }
        if let Some(before) = before.filter(|_| !moved) {
            assert_eq!(at(&tasks), before.0, "step {step}");
        }
        assert_eq!(
            tasks.selected().is_none(),
            tasks.listed() == 0,
            "step {step}"
        );
        let window = tasks.window();
        if window.lines > 0 && tasks.listed() > 0 {
            let seen = window.first..window.first + window.lines;
            assert!(seen.contains(&tasks.cursor()), "step {step}");
            let most = tasks.listed().saturating_sub(window.lines);
            assert!(window.first <= most, "step {step}");
        }
        let (tally, right) = (tasks.tally(), tallied(&known));
        assert_eq!(tally.counts(), right.counts(), "step {step}");
        assert!((tally.rate() - right.rate()).abs() < 1e-9, "step {step}");
    }
    assert!(next > 200, "{next} tasks are too few to mean much");
    assert!(known.values().any(|row| Subject::name(row).is_none()));
}
