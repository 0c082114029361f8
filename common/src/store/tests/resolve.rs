//! Which task somebody means.

use super::{Home, named, submit};
use crate::id::{TaskId, TaskNumber};
use crate::reference::TaskRef;
use crate::spec::TaskSpec;
use crate::state::Desired;
use crate::store::Meant;

fn with_id(home: &Home, id: &str) -> TaskNumber {
    let id: TaskId = id.parse().unwrap();
    submit(
        &home.store,
        TaskSpec {
            id,
            ..TaskSpec::default()
        },
    )
}

fn meant(home: &Home, text: &str) -> Meant {
    home.store.resolve(TaskRef::parse(text)).unwrap()
}

#[test]
fn a_number_means_that_task_or_none() {
    let home = Home::new();
    home.bare();
    let two = home.bare();
    assert_eq!(meant(&home, "2"), Meant::One(two));
    for text in ["0", "3", "99999999999999999999999"] {
        assert_eq!(meant(&home, text), Meant::Nothing);
    }
}

#[test]
fn an_id_its_beginning_and_its_ending_mean_the_task() {
    let home = Home::new();
    let id = "0198c5e2-7b1a-7cde-8f01-23456789abcd";
    let task = with_id(&home, id);
    with_id(&home, "0198ffff-7b1a-7cde-8f01-234567890000");
    for text in [
        id,
        "0198c",
        "0198c5e2-7b1a",
        "0198C5E2",
        "abcd",
        "23456789abcd",
        "8f01-23456789abcd",
    ] {
        assert_eq!(meant(&home, text), Meant::One(task), "{text}");
    }
    for text in ["0198d", "bcde", "0198c5e2-7b1b", "ffff"] {
        assert_eq!(meant(&home, text), Meant::Nothing, "{text}");
    }
}

#[test]
fn part_of_an_id_that_fits_several_tasks_names_the_first_few() {
    let home = Home::new();
    let tasks: Vec<TaskNumber> = (0..7)
        .map(|n| with_id(&home, &format!("0198c5e2-7b1a-7cde-8f0{n}-23456789abcd")))
        .collect();
    for text in ["0198c", "abcd"] {
        assert_eq!(meant(&home, text), Meant::Several(tasks[..5].to_vec()));
    }
    assert_eq!(
        meant(&home, "0198c5e2-7b1a-7cde-8f03"),
        Meant::One(tasks[3])
    );
}

#[test]
fn a_beginning_goes_before_an_ending() {
    let home = Home::new();
    let begins = with_id(&home, "abcd0000-7b1a-7cde-8f01-234567890001");
    with_id(&home, "01980000-7b1a-7cde-8f01-23456789abcd");
    assert_eq!(meant(&home, "abcd"), Meant::One(begins));
}

#[test]
fn a_name_means_the_task_that_has_not_ended_else_the_latest() {
    let home = Home::new();
    let first = submit(&home.store, named("nightly"));
    assert_eq!(meant(&home, "nightly"), Meant::One(first));
    home.ask(first, Desired::Terminate);
    let second = submit(&home.store, named("nightly"));
    assert_eq!(meant(&home, "nightly"), Meant::One(second));
    home.ask(second, Desired::Terminate);
    assert_eq!(meant(&home, "nightly"), Meant::One(second));
    assert_eq!(meant(&home, "night"), Meant::Nothing);
    assert_eq!(meant(&home, "nightly2"), Meant::Nothing);
}

#[test]
fn a_name_that_several_living_tasks_bear_names_the_first_few() {
    let home = Home::new();
    let tasks: Vec<TaskNumber> = (0..7)
        .map(|_| submit(&home.store, named("nightly")))
        .collect();
    assert_eq!(meant(&home, "nightly"), Meant::Several(tasks[..5].to_vec()));
}

#[test]
fn tasks_without_a_name_are_not_found_by_an_empty_one() {
    let home = Home::new();
    home.bare();
    assert_eq!(meant(&home, ""), Meant::Nothing);
}
