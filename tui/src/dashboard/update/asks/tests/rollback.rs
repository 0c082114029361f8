//! Tasks that undo what they did.

use longhaul_common::state::RollbackStage;

use super::*;
use crate::dashboard::fixtures::{undoes, undone};

fn one(change: impl FnOnce(&mut TaskRow)) -> Model {
    fixtures::filled(80, 24, THEME, &[task(1, change)])
}

#[test]
fn a_termination_that_undoes_says_how_much_and_k_keeps_it() {
    let mut model = one(|row| undoes(row, 1_200));
    keys(&mut model, "t");
    assert_shows(
        &model,
        "what is done is undone first: 1,200 items, newest first",
    );
    assert_hides(&model, "--keep");
    keys(&mut model, "k");
    assert_shows(&model, "longhaul terminate 1 --keep --store");
    assert_shows(&model, "what is done is kept: 1,200 items");
    assert_eq!(asked(keys(&mut model, "y")).done, Done::Keep);

    keys(&mut model, "tkk");
    assert_hides(&model, "--keep");
    assert_eq!(asked(keys(&mut model, "y")).done, Done::AsBrought);
}

#[test]
fn the_items_that_are_undone_are_those_of_all_tasks_that_undo() {
    let tasks = [
        task(1, |row| undoes(row, 30)),
        task(2, |row| running(row, 500, 900, 1.0)),
        task(3, |row| undoes(row, 12)),
    ];
    let mut model = fixtures::filled(80, 24, THEME, &tasks);
    keys(&mut model, "*t");
    assert_shows(&model, "undone first: 42 items");
}

#[test]
fn what_brings_no_rollback_has_no_choice_and_k_is_no_answer() {
    for open in ["t", "s", "S"] {
        let mut model = match open {
            "t" => one(|row| running(row, 5, 9, 1.0)),
            _ => one(|row| undoes(row, 5)),
        };
        if open == "s" {
            let request = asked(keys(&mut model, open));
            assert_eq!(request.done, Done::AsBrought);
            continue;
        }
        keys(&mut model, open);
        keys(&mut model, "k");
        assert_hides(&model, "undone");
        assert_hides(&model, "--keep");
        assert_eq!(asked(keys(&mut model, "y")).done, Done::AsBrought);
    }
}

#[test]
fn a_termination_without_hooks_undoes_nothing_and_says_nothing_of_it() {
    let mut model = one(|row| {
        undoes(row, 40);
        fixtures::held(row, fixtures::DEAD, StateWord::Run);
    });
    keys(&mut model, "tx");
    assert_hides(&model, "undone");
    assert_eq!(asked(keys(&mut model, "y")).hooks, Hooks::PassOver);
}

#[test]
fn a_rollback_that_failed_is_tried_again_by_t_or_what_is_left_is_kept() {
    let failed = || one(|row| undone(row, (300, 1_200), RollbackStage::Failed));
    let mut model = failed();
    keys(&mut model, "t");
    assert_shows(&model, "Try the rollback of 1 task again?");
    assert_shows(
        &model,
        "the rollback that failed goes on: 900 items are left",
    );
    assert_shows(&model, "longhaul rollback 1 --store");
    assert_eq!(asked(keys(&mut model, "y")).done, Done::TryAgain);

    keys(&mut model, "tk");
    assert_shows(&model, "longhaul terminate 1 --keep --store");
    assert_shows(&model, "what is not undone stays: 900 items");
    assert_eq!(asked(keys(&mut model, "y")).done, Done::Keep);
}

#[test]
fn of_several_tasks_those_whose_rollback_failed_are_not_tried_again_by_the_way() {
    let tasks = [
        task(1, |row| undone(row, (300, 1_200), RollbackStage::Failed)),
        task(2, |row| undoes(row, 12)),
    ];
    let mut model = fixtures::filled(80, 24, THEME, &tasks);
    keys(&mut model, "*t");
    assert_shows(
        &model,
        "1 rollback failed, which is not tried again by this",
    );
    assert_eq!(asked(keys(&mut model, "y")).done, Done::AsBrought);
}

#[test]
fn a_rollback_that_failed_needs_somebody() {
    let tasks = [
        task(1, |row| undone(row, (1, 9), RollbackStage::Failed)),
        task(2, |row| undone(row, (1, 9), RollbackStage::Begun)),
        task(3, |row| running(row, 1, 9, 1.0)),
    ];
    let mut model = fixtures::filled(80, 24, THEME, &tasks);
    keys(&mut model, "jja");
    assert_eq!(
        model.tasks.selected().map(|row| row.number),
        Some(TaskNumber(1))
    );
}

#[test]
fn a_rollback_that_is_tried_again_is_told_as_such() {
    let mut model = one(|row| undone(row, (1, 9), RollbackStage::Failed));
    keys(&mut model, "t");
    let request = asked(keys(&mut model, "y"));
    let mut answers = granted(&request, 5);
    answers[0].desired = Desired::Terminate;
    answer(&mut model, request, answers);
    assert_shows(&model, "its rollback goes on");
}
