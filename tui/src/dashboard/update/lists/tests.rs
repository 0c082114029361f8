use crate::dashboard::fixtures::{THEME, all_sorts, blank, filled, press, seen, tell, type_text};
use crate::dashboard::message::News;
use crate::dashboard::model::{Line, Model, Motion, SortBy, Urgency};
use crate::dashboard::row::Row;

fn list() -> Model {
    filled(80, 24, THEME, &all_sorts())
}

fn listed(model: &Model) -> Vec<u64> {
    model.tasks.matching().map(|row| row.number.0).collect()
}

fn at(model: &Model) -> u64 {
    model.tasks.selected().expect("a task").number.0
}

#[test]
fn each_letter_filters_and_enter_keeps() {
    let mut model = list();
    press(&mut model, "/");
    type_text(&mut model, "re");
    assert_eq!(listed(&model), [7, 4]);
    type_text(&mut model, "i");
    assert_eq!(listed(&model), [4]);
    press(&mut model, "backspace enter");
    assert!(!model.filter.is_open());
    assert_eq!(model.filter.text(), "re");
    assert_eq!(listed(&model), [7, 4]);
}

#[test]
fn a_last_word_that_can_not_be_understood_is_not_complete_yet_and_is_not_kept() {
    let mut model = list();
    press(&mut model, "/");
    type_text(&mut model, "re stat");
    assert_eq!(listed(&model), [] as [u64; 0], "nothing is called re stat");
    type_text(&mut model, "e:ru");
    assert!(model.filter.error().is_some());
    assert_eq!(listed(&model), [7], "run or running");
    type_text(&mut model, "x");
    assert_eq!(listed(&model), [7, 4], "what can't become anything");
    press(&mut model, "backspace enter");
    assert!(model.filter.is_open());
    type_text(&mut model, "n");
    assert!(model.filter.error().is_none());
    assert_eq!(listed(&model), [7]);
    press(&mut model, "^w");
    assert!(model.filter.error().is_none());
    assert_eq!(listed(&model), [7, 4]);
}

#[test]
fn esc_takes_the_filter_away_and_the_cursor_back() {
    let mut model = list();
    press(&mut model, "j j j");
    assert_eq!(at(&model), 10);
    press(&mut model, "/");
    type_text(&mut model, "check");
    assert_eq!(at(&model), 1);
    press(&mut model, "esc");
    assert_eq!((at(&model), listed(&model).len()), (10, 13));
    assert!(!model.filter.is_open());
}

#[test]
fn esc_on_the_list_takes_a_kept_filter_away() {
    let mut model = list();
    press(&mut model, "/");
    type_text(&mut model, "check");
    press(&mut model, "enter esc");
    assert_eq!((model.filter.text(), at(&model)), ("", 1));
    assert_eq!(listed(&model).len(), 13);
}

#[test]
fn a_letter_in_the_line_is_no_command() {
    let mut model = list();
    press(&mut model, "/");
    type_text(&mut model, "qst o");
    assert_eq!(model.filter.text(), "qst o");
    assert_eq!(model.tasks.sort().by, SortBy::Number);
}

#[test]
fn up_and_down_go_through_what_was_kept_before() {
    let mut model = list();
    for text in ["check", "re", "check"] {
        press(&mut model, "/ ^u");
        type_text(&mut model, text);
        press(&mut model, "enter");
    }
    press(&mut model, "esc /");
    type_text(&mut model, "dra");
    press(&mut model, "up");
    assert_eq!(model.filter.text(), "check");
    press(&mut model, "up up up");
    assert_eq!((model.filter.text(), listed(&model)), ("re", vec![7, 4]));
    press(&mut model, "down down down");
    assert_eq!(model.filter.text(), "dra");
}

#[test]
fn a_backspace_too_many_closes_the_line() {
    let mut model = list();
    press(&mut model, "/");
    type_text(&mut model, "x");
    press(&mut model, "backspace");
    assert!(model.filter.is_open());
    press(&mut model, "backspace");
    assert!(!model.filter.is_open());
}

#[test]
fn o_goes_through_the_columns_that_tell_something_apart() {
    let mut model = list();
    let mut seen = Vec::new();
    for _ in 0..12 {
        press(&mut model, "o");
        seen.push(model.tasks.sort().by);
    }
    assert_eq!(seen.last(), Some(&SortBy::Number));
    assert!(seen.contains(&SortBy::Kind));
    let mut plain = filled(80, 24, THEME, &all_sorts()[5..6]);
    press(&mut plain, "o o");
    assert_eq!(plain.tasks.sort().by, SortBy::State);
}

#[test]
fn capital_o_turns_the_order_and_z_freezes_it() {
    let mut model = list();
    press(&mut model, "O");
    assert_eq!(listed(&model)[..2], [1, 2]);
    press(&mut model, "z");
    assert_eq!(model.tasks.motion(), Motion::Frozen);
    press(&mut model, "z");
    assert_eq!(model.tasks.motion(), Motion::Sorted);
}

#[test]
fn a_goes_through_what_needs_the_operator() {
    let mut model = list();
    let mut seen = Vec::new();
    for _ in 0..5 {
        press(&mut model, "a");
        seen.push(at(&model));
    }
    assert_eq!(seen, [12, 10, 9, 5, 12]);
    press(&mut model, "A");
    assert_eq!(at(&model), 5);
}

#[test]
fn without_a_worker_all_that_wait_need_the_operator() {
    let mut model = list();
    tell(&mut model, News::Workers(Vec::new()));
    press(&mut model, "g a");
    assert_eq!(at(&model), 12);
    press(&mut model, "a");
    assert_eq!(at(&model), 11);
}

#[test]
fn n_goes_around_among_the_matches() {
    let mut model = list();
    press(&mut model, "/");
    type_text(&mut model, "re");
    press(&mut model, "enter n");
    assert_eq!(at(&model), 4);
    press(&mut model, "n");
    assert_eq!(at(&model), 7);
    press(&mut model, "N");
    assert_eq!(at(&model), 4);
}

#[test]
fn the_first_page_is_drawn_at_once_and_the_others_with_the_next_frame() {
    let mut model = blank(80, 24, THEME);
    let mut first: Vec<Row> = all_sorts().iter().map(seen).collect();
    let others = first.split_off(3);
    for (page, urgency) in [(first, Urgency::Now), (others, Urgency::State)] {
        model.urgency = Urgency::Never;
        tell(&mut model, News::Filled(page));
        assert_eq!(model.urgency, urgency);
    }
}

#[test]
fn keys_and_values_of_a_filter_are_completed() {
    let mut model = list();
    press(&mut model, "/");
    type_text(&mut model, "re !st");
    press(&mut model, "tab");
    assert_eq!(model.filter.line().map(Line::text), Some("re !state:"));
    type_text(&mut model, "term");
    press(&mut model, "tab");
    let line = |model: &Model| model.filter.line().expect("it is open").text().to_owned();
    assert_eq!(line(&model), "re !state:terminat");
    press(&mut model, "tab tab");
    assert_eq!(line(&model), "re !state:terminated");
    assert_eq!(listed(&model), [7, 4]);
    press(&mut model, "^u");
    type_text(&mut model, "kind:inv");
    press(&mut model, "tab");
    assert_eq!(line(&model), "kind:invoice ");
    assert_eq!(listed(&model), [12]);
    press(&mut model, "^u");
    type_text(&mut model, "state:run,ini");
    press(&mut model, "tab");
    assert_eq!(line(&model), "state:run,init ");
}

#[test]
fn no_choice_covers_the_list_before_a_value_is_typed_or_tab_is_pressed() {
    let mut model = list();
    press(&mut model, "/");
    assert_eq!(model.filter.offered(), None);
    type_text(&mut model, "s");
    assert_eq!(model.filter.offered(), None);
    press(&mut model, "tab tab");
    assert!(model.filter.offered().is_some());
    press(&mut model, "^u");
    type_text(&mut model, "state:");
    assert!(model.filter.offered().is_some());
    press(&mut model, "esc");
    assert_eq!(model.filter.offered(), None);
}
