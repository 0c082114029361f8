use super::*;
use crate::dashboard::fixtures::{self, THEME, key, press, running, task};
use crate::dashboard::message::Message;
use crate::dashboard::update::update;

fn list() -> Model {
    let tasks = [1, 2, 3].map(|number| task(number, |row| running(row, 1, 9, 1.0)));
    fixtures::filled(80, 24, THEME, &tasks)
}

#[track_caller]
fn said(effects: Vec<Effect>) -> (Vec<u64>, String) {
    match <[Effect; 1]>::try_from(effects) {
        Ok([Effect::Comment(request)]) => {
            let tasks = request.tasks.iter().map(|task| task.0).collect();
            (tasks, request.text)
        }
        other => panic!("nothing is said: {other:?}"),
    }
}

#[test]
fn a_key_asks_for_the_text_and_takes_any_but_a_quote() {
    let mut model = list();
    press(&mut model, "j c");
    fixtures::type_text(&mut model, "don't touch: the disk was swapped");
    let effects = update(&mut model, Message::Key(key("enter")));
    let (tasks, text) = said(effects);
    assert_eq!(tasks, [2]);
    assert_eq!(text, "don't touch: the disk was swapped");
}

#[test]
fn marked_tasks_and_named_ones_are_commented_on() {
    let mut model = list();
    press(&mut model, "space space c");
    fixtures::type_text(&mut model, "both");
    let (tasks, _) = said(update(&mut model, Message::Key(key("enter"))));
    assert_eq!(tasks, [2, 3]);
    press(&mut model, ":");
    fixtures::type_text(&mut model, "comment 1 3 'of two'");
    let (tasks, text) = said(update(&mut model, Message::Key(key("enter"))));
    assert_eq!((tasks, text.as_str()), (vec![1, 3], "of two"));
}

#[test]
fn a_comment_without_a_text_says_so() {
    for typed in ["comment 1 ''", "comment ''"] {
        let mut model = list();
        press(&mut model, ":");
        fixtures::type_text(&mut model, typed);
        assert_eq!(
            update(&mut model, Message::Key(key("enter"))),
            [],
            "{typed}"
        );
        let typing = model.palette.typing().expect("it stays open");
        assert!(typing.error.is_some(), "{typed}");
    }
}
