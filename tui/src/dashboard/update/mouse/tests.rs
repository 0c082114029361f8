use super::*;
use crate::dashboard::fixtures::stored::Stored;
use crate::dashboard::fixtures::{THEME, filled, press, screen};
use crate::dashboard::message::Message;
use crate::dashboard::update::update;

fn opened() -> (Stored, Model) {
    let stored = Stored::new();
    let model = filled(120, 40, THEME, &stored.tasks);
    (stored, model)
}

fn selected(model: &Model) -> u64 {
    model.tasks.selected().expect("there are tasks").number.0
}

fn told(model: &mut Model, pointed: Pointed) -> Vec<Effect> {
    update(model, Message::Pointed(pointed))
}

/// Where a text stands on the screen.
#[track_caller]
fn place(model: &Model, text: &str) -> (u16, u16) {
    let shown = screen(model).to_string();
    let lines = shown.lines().enumerate();
    let found = lines.filter_map(|(row, line)| Some((line.find(text)?, row)));
    let (at, row) = found.last().expect("it is on the screen");
    let column = shown.lines().nth(row).expect("it is there")[1..at]
        .chars()
        .count();
    (column.try_into().unwrap(), row.try_into().unwrap())
}

#[track_caller]
fn click(model: &mut Model, text: &str) -> Vec<Effect> {
    let (column, row) = place(model, text);
    told(model, Pointed::Click { column, row })
}

#[test]
fn a_click_goes_to_a_task_and_one_more_opens_and_closes_its_detail() {
    let (_, mut model) = opened();
    assert_eq!(click(&mut model, "reindex"), []);
    assert_eq!(selected(&model), 4);
    assert_ne!(click(&mut model, "reindex"), []);
    assert!(model.pages.detail.is_some());
    click(&mut model, "reindex");
    assert!(model.pages.detail.is_none());
    // The titles and the header are no tasks.
    click(&mut model, "NAME");
    told(&mut model, Pointed::Click { column: 0, row: 0 });
    told(&mut model, Pointed::Click { column: 0, row: 39 });
    assert_eq!(selected(&model), 4);
}

#[test]
fn the_wheel_moves_what_is_seen() {
    let (stored, mut model) = opened();
    assert_eq!(selected(&model), 13);
    told(&mut model, Pointed::Wheel(Way::Down));
    assert_eq!(selected(&model), 10);
    told(&mut model, Pointed::Wheel(Way::Up));
    assert_eq!(selected(&model), 13);
    stored.press(&mut model, "e");
    let event = |model: &mut Model| {
        let events = model.pages.events().expect("the page is open");
        events.selected().map(|event| event.number.0)
    };
    let last = event(&mut model);
    told(&mut model, Pointed::Wheel(Way::Up));
    assert!(event(&mut model) < last, "the page is seen, not the list");
    assert_eq!(selected(&model), 13);
}

#[test]
fn a_dialogue_hears_keys_alone() {
    let (_, mut model) = opened();
    press(&mut model, "t");
    let before = screen(&model).to_string();
    assert_eq!(click(&mut model, "reindex"), []);
    assert_eq!(told(&mut model, Pointed::Wheel(Way::Down)), []);
    assert_eq!(screen(&model).to_string(), before);
}
