use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::store::Haste;

use crate::dashboard::effect::Effect;
use crate::dashboard::fixtures::{self, LIVING, THEME, all_sorts};
use crate::dashboard::message::Message;
use crate::dashboard::model::{Hosting, Model};
use crate::dashboard::update::update;

fn hosting() -> Model {
    let mut model = fixtures::filled(80, 24, THEME, &all_sorts());
    model.hosting = Hosting::Works(LIVING);
    model
}

fn key(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    update(model, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

#[test]
fn without_a_worker_it_quits_at_once() {
    let mut model = fixtures::blank(80, 24, THEME);
    assert_eq!(key(&mut model, KeyCode::Char('q')), [Effect::Quit]);
}

#[test]
fn quitting_with_a_worker_inside_is_confirmed_with_y_alone() {
    for no in [KeyCode::Char('n'), KeyCode::Esc] {
        let mut model = hosting();
        assert_eq!(key(&mut model, KeyCode::Char('q')), []);
        for deaf in [KeyCode::Char('q'), KeyCode::Enter, KeyCode::Char('s')] {
            assert_eq!(key(&mut model, deaf), []);
            assert!(matches!(model.hosting, Hosting::Asked(LIVING)));
        }
        assert_eq!(key(&mut model, no), []);
        assert_eq!(model.hosting, Hosting::Works(LIVING));
    }
    let mut model = hosting();
    key(&mut model, KeyCode::Char('q'));
    assert_eq!(key(&mut model, KeyCode::Char('y')), [Effect::StopWorker]);
    assert_eq!(update(&mut model, Message::WorkerEnded), [Effect::Quit]);
}

#[test]
fn quitting_once_more_waits_for_no_boundary() {
    let mut model = hosting();
    key(&mut model, KeyCode::Char('q'));
    key(&mut model, KeyCode::Char('y'));
    for deaf in [KeyCode::Char('s'), KeyCode::Esc, KeyCode::Enter] {
        assert_eq!(key(&mut model, deaf), []);
        assert_eq!(model.hosting, Hosting::Stops(LIVING, Haste::AtBoundary));
    }
    assert_eq!(key(&mut model, KeyCode::Char('q')), [Effect::StopWorker]);
    assert_eq!(model.hosting, Hosting::Stops(LIVING, Haste::ByForce));
}

#[test]
fn a_worker_that_ends_by_itself_is_told_of() {
    let mut model = hosting();
    assert_eq!(update(&mut model, Message::WorkerEnded), []);
    let screen = fixtures::screen(&model).to_string();
    assert!(screen.contains("the worker in this dashboard has ended"));
    assert_eq!(key(&mut model, KeyCode::Char('q')), [Effect::Quit]);
}

#[test]
fn what_the_worker_says_is_safe() {
    let mut model = hosting();
    update(&mut model, Message::Notice("lost \u{1b}[31m it".into()));
    let said = fixtures::screen(&model).to_string();
    assert!(said.contains("lost ") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn quitting_names_what_runs_here() {
    let mut model = hosting();
    key(&mut model, KeyCode::Char('q'));
    insta::assert_snapshot!("asked", fixtures::screen(&model));
    key(&mut model, KeyCode::Char('y'));
    insta::assert_snapshot!("stops", fixtures::screen(&model));
    key(&mut model, KeyCode::Char('q'));
    insta::assert_snapshot!("stops_by_force", fixtures::screen(&model));
}

#[test]
fn going_on_is_told_only_where_a_worker_stood_still() {
    let mut model = fixtures::blank(80, 24, THEME);
    update(&mut model, Message::WentOn);
    assert!(model.toasts.is_empty());
    let mut model = hosting();
    update(&mut model, Message::WentOn);
    let said = fixtures::screen(&model).to_string();
    assert!(said.contains("stood still meanwhile"), "{said}");
}
