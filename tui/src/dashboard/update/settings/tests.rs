use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::id::TaskNumber;
use longhaul_common::settings::{Assignment, Changed, NotAssigned};
use longhaul_common::state::{Outcome, StateWord};
use longhaul_common::store::{NotSet, SetAnswer, StoreError, TaskRow};

use crate::dashboard::effect::{Effect, SetRequest};
use crate::dashboard::fixtures::{self, THEME, running, task, type_text};
use crate::dashboard::message::Message;
use crate::dashboard::model::{Access, Model};
use crate::dashboard::update::update;

/// A list of running tasks, each with this limit and this measured rate.
fn list(tasks: u64, limit: Option<&str>, rate: f64) -> Model {
    let tasks: Vec<TaskRow> = (1..=tasks)
        .map(|number| {
            task(number, |row| {
                running(row, 1, 9, rate);
                row.spec.rate = limit.map(|limit| limit.parse().expect("a rate"));
            })
        })
        .collect();
    fixtures::filled(80, 24, THEME, &tasks)
}

fn press(model: &mut Model, key: char) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
    update(model, Message::Key(key))
}

fn enter(model: &mut Model) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    update(model, Message::Key(key))
}

fn screen(model: &Model) -> String {
    fixtures::screen(model).to_string()
}

fn sets(effects: Vec<Effect>) -> Vec<SetRequest> {
    let set = |effect| match effect {
        Effect::Set(request) => Some(request),
        _ => None,
    };
    effects.into_iter().filter_map(set).collect()
}

fn rate(text: &str) -> Vec<Assignment> {
    vec![Assignment::new("rate", text).expect("a rate")]
}

fn changed(request: &SetRequest) -> Message {
    Message::WasSet(request.clone(), Ok(fixtures::were_set(request)))
}

#[test]
fn a_limit_is_raised_by_a_quarter_and_lowered_by_a_fifth() {
    for (limit, key, after) in [
        ("80/s", '+', "100/s"),
        ("100/s", '-', "80/s"),
        ("3/s", '-', "140/min"),
        ("1/d", '+', "2/d"),
        ("2/d", '-', "1/d"),
    ] {
        let mut model = list(1, Some(limit), 7.0);
        let asked = sets(press(&mut model, key));
        assert_eq!(asked[0].assignments, rate(after), "{limit} {key}");
        assert_eq!(asked[0].tasks, [TaskNumber(1)]);
    }
}

#[test]
fn without_a_limit_lowering_starts_below_what_was_measured_and_raising_does_nothing() {
    let mut model = list(1, None, 200.0);
    assert_eq!(sets(press(&mut model, '-'))[0].assignments, rate("160/s"));
    let mut model = list(1, None, 200.0);
    assert!(sets(press(&mut model, '+')).is_empty());
    assert!(screen(&model).contains("no rate limit to raise"));
    let mut model = list(1, Some("1/d"), 1.0);
    assert!(sets(press(&mut model, '-')).is_empty());
    assert!(screen(&model).contains("as low as it can be"));
    let mut model = list(1, None, 0.0);
    assert!(sets(press(&mut model, '-')).is_empty());
    assert!(screen(&model).contains("rate is not known yet"));
}

#[test]
fn what_may_not_be_set_is_not_asked_for() {
    let mut model = list(1, Some("80/s"), 7.0);
    model.options.access = Access::ReadOnly;
    assert!(sets(press(&mut model, '+')).is_empty());
    assert!(screen(&model).contains("look only"));
    let ended = task(1, |row| {
        row.state.word = StateWord::Terminate;
        row.state.outcome = Some(Outcome::Completed);
    });
    let mut model = fixtures::filled(80, 24, THEME, &[ended]);
    assert!(sets(press(&mut model, '-')).is_empty());
    assert!(screen(&model).contains("has ended"));
}

#[test]
fn each_marked_task_gets_a_limit_of_its_own() {
    let mut model = list(3, Some("80/s"), 7.0);
    press(&mut model, '*');
    let asked = sets(press(&mut model, '-'));
    let mut tasks: Vec<u64> = asked.iter().map(|request| request.tasks[0].0).collect();
    tasks.sort_unstable();
    assert_eq!(tasks, [1, 2, 3]);
}

#[test]
fn what_was_set_is_told_and_undone_unless_it_was_set_again() {
    let mut model = list(1, Some("100/s"), 7.0);
    let asked = sets(press(&mut model, '-')).remove(0);
    update(&mut model, changed(&asked));
    let told = screen(&model);
    assert!(told.contains("rate 100/s → 80/s; u undoes"), "{told}");
    let undoing = sets(press(&mut model, 'u')).remove(0);
    let before = Changed {
        key: "rate",
        before: "100/s".into(),
        after: "80/s".into(),
    };
    assert_eq!(undoing.assignments, [Assignment::undoing(&before)]);
    let refused = SetAnswer {
        number: undoing.tasks[0],
        id: undoing.ids[0],
        name: String::new(),
        changed: Vec::new(),
        request: None,
        refused: Some(NotSet::Not(NotAssigned::ChangedSince {
            key: "rate",
            now: "5/s".into(),
        })),
    };
    update(&mut model, Message::WasSet(undoing, Ok(vec![refused])));
    let told = screen(&model);
    assert!(
        told.contains("not undone: rate was changed to 5/s"),
        "{told}"
    );
    // It was one press, and its undoing is none.
    assert!(press(&mut model, 'u').is_empty());
}

#[test]
fn what_the_store_did_not_undo_can_be_tried_again() {
    let mut model = list(1, Some("100/s"), 7.0);
    let asked = sets(press(&mut model, '-')).remove(0);
    update(&mut model, changed(&asked));
    let undoing = sets(press(&mut model, 'u')).remove(0);
    let busy = StoreError::Busy {
        path: "/store".into(),
        waited: Duration::ZERO,
    };
    update(&mut model, Message::WasSet(undoing.clone(), Err(busy)));
    assert!(screen(&model).contains("not set: "));
    assert_eq!(sets(press(&mut model, 'u')), [undoing]);
}

#[test]
fn undo_waits_for_a_setting_that_is_not_answered_yet() {
    let mut model = list(1, Some("100/s"), 7.0);
    let asked = sets(press(&mut model, '-')).remove(0);
    assert!(press(&mut model, 'u').is_empty());
    let effects = update(&mut model, changed(&asked));
    assert!(sets(effects)[0].undoes);
}

#[test]
fn any_setting_can_be_typed_and_a_priority_has_a_key() {
    let mut model = list(2, None, 7.0);
    type_text(
        &mut model,
        ":set 2 retries=9 batch-size=5 --reason \"too slow\"",
    );
    let asked = sets(enter(&mut model)).remove(0);
    assert_eq!(asked.tasks, [TaskNumber(2)]);
    assert_eq!(asked.assignments.len(), 2);
    assert_eq!(asked.reason.as_deref(), Some("too slow"));
    type_text(&mut model, ":set 2 retries=many");
    assert!(sets(enter(&mut model)).is_empty());
    assert!(screen(&model).contains("retries can't be \"many\""));
    let mut model = list(1, None, 7.0);
    press(&mut model, 'p');
    assert!(screen(&model).contains("set 1 priority="));
    type_text(&mut model, "5");
    let asked = sets(enter(&mut model)).remove(0);
    let five = Assignment::new("priority", "5").expect("a number");
    assert_eq!(asked.assignments, [five]);
}

#[test]
fn the_keys_of_settings_complete_with_what_they_take() {
    let mut model = list(1, None, 7.0);
    type_text(&mut model, ":set 1 batch-t");
    let shown = screen(&model);
    assert!(shown.contains("batch-timeout="), "{shown}");
}
