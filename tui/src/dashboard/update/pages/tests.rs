use std::time::Duration;

use longhaul_common::id::EventNumber;
use longhaul_common::state::Desired;

use super::*;
use crate::dashboard::fixtures::stored::Stored;
use crate::dashboard::fixtures::{NOW, THEME, filled, key, press};
use crate::dashboard::message::Message;
use crate::dashboard::update::update;

fn opened() -> (Stored, Model) {
    let stored = Stored::new();
    let model = filled(120, 40, THEME, &stored.tasks);
    (stored, model)
}

fn pressed(model: &mut Model, name: &str) -> Vec<Effect> {
    update(model, Message::Key(key(name)))
}

fn told(model: &Model) -> Option<u64> {
    let detail = model.pages.detail.as_ref()?;
    Some(detail.of()?.0)
}

fn selected(model: &Model) -> u64 {
    model.tasks.selected().expect("there are tasks").number.0
}

#[test]
fn the_detail_follows_the_cursor_and_reads_one_task_at_a_time() {
    let (stored, mut model) = opened();
    let first = pressed(&mut model, "enter");
    let reading = Reading::Detail(TaskNumber(13));
    assert_eq!(first, [Effect::Read(reading)]);
    for _ in 0..5 {
        assert_eq!(pressed(&mut model, "j"), [], "one is being read");
    }
    let next = update(&mut model, Message::News(stored.read(reading)));
    assert_eq!(next, [Effect::Read(Reading::Detail(TaskNumber(8)))]);
    let next = update(
        &mut model,
        Message::News(stored.read(Reading::Detail(TaskNumber(8)))),
    );
    assert_eq!(next, [Effect::ListenToLog(Some(TaskNumber(8)))]);
    assert_eq!(told(&model), Some(8));
    assert_eq!(
        pressed(&mut model, "enter"),
        [Effect::ListenToLog(None)],
        "what nobody sees is not listened to"
    );
}

#[test]
fn a_task_that_changed_or_wrote_is_read_again() {
    let (mut stored, mut model) = opened();
    stored.press(&mut model, "enter");
    assert_eq!(update(&mut model, stored.changed()), [], "nothing changed");
    let task = TaskNumber(13);
    let again = [Effect::Read(Reading::Detail(task))];
    let grew = update(&mut model, Message::News(News::LogGrew(task)));
    assert_eq!(grew, again);
    update(
        &mut model,
        Message::News(stored.read(Reading::Detail(task))),
    );
    stored
        .tasks
        .last_mut()
        .expect("task 13")
        .progress
        .items_done += 1;
    let News::Changed { mut rows, gone } = (match stored.changed() {
        Message::News(news) => news,
        _ => unreachable!("rows are news"),
    }) else {
        unreachable!("they changed");
    };
    for row in &mut rows {
        row.read_at = NOW.after(Duration::from_secs(1));
    }
    let changed = update(&mut model, Message::News(News::Changed { rows, gone }));
    assert_eq!(changed, again);
}

#[test]
fn what_can_not_be_read_is_said_and_tried_again_with_the_next_change() {
    let (stored, mut model) = opened();
    press(&mut model, "enter");
    let reading = Reading::Detail(TaskNumber(13));
    let unread = News::Unread(reading, "the store is busy".into());
    assert_eq!(update(&mut model, Message::News(unread)), []);
    let detail = model.pages.detail.as_ref().expect("it is open");
    assert!(detail.trouble.is_some());
    assert_eq!(
        update(&mut model, stored.changed()),
        [Effect::Read(reading)]
    );
}

#[test]
fn keys_scroll_the_detail_once_it_has_them() {
    let (stored, mut model) = opened();
    model.size.rows = 15;
    model.size.columns = 130;
    stored.press(&mut model, "enter j");
    assert_eq!(selected(&model), 12);
    stored.press(&mut model, "tab j j");
    assert_eq!(selected(&model), 12);
    let scroll = |model: &Model| model.pages.detail.as_ref().map(|detail| detail.scroll);
    assert_eq!(scroll(&model), Some(2));
    stored.press(&mut model, "G k j j");
    let most = scroll(&model);
    assert_ne!(most, Some(2));
    stored.press(&mut model, "j");
    assert_eq!(scroll(&model), most, "it ends at its end");
    stored.press(&mut model, "tab j");
    assert_eq!(selected(&model), 11);
    assert_eq!(scroll(&model), Some(0), "another task begins at its top");
}

#[test]
fn a_log_is_followed_while_its_page_is_open() {
    let (_, mut model) = opened();
    let task = Some(TaskNumber(13));
    assert_eq!(pressed(&mut model, "l"), [Effect::FollowLog(task)]);
    assert_eq!(pressed(&mut model, "w"), [], "a page over it hides it only");
    assert_eq!(pressed(&mut model, "esc"), []);
    assert_eq!(pressed(&mut model, "esc"), [Effect::FollowLog(None)]);
    assert!(model.pages.top().is_none());
}

#[test]
fn the_key_that_opens_a_page_closes_it() {
    let (stored, mut model) = opened();
    for name in ["l", "e", "w", "f"] {
        stored.press(&mut model, name);
        assert!(model.pages.top().is_some(), "{name}");
        stored.press(&mut model, name);
        assert!(model.pages.top().is_none(), "{name}");
    }
}

#[test]
fn on_the_page_of_a_task_it_is_asked_of_that_task_whatever_is_marked() {
    let (stored, mut model) = opened();
    stored.press(&mut model, "space space j l");
    assert_eq!(model.marks.len(), 2);
    let task = model.subject().expect("the page of a task");
    let asked = pressed(&mut model, "s");
    match asked.as_slice() {
        [Effect::Ask(request)] => {
            assert_eq!(request.tasks, [task]);
            assert_eq!(request.want, Desired::Suspend);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn on_pages_of_many_tasks_nothing_is_asked() {
    let (stored, mut model) = opened();
    stored.press(&mut model, "space");
    for page in ["e", "w"] {
        stored.press(&mut model, page);
        for name in ["s", "r", "t", "S", "T", "space", "*"] {
            assert_eq!(pressed(&mut model, name), []);
            assert!(model.dialogue.is_none());
        }
        assert_eq!(model.marks.len(), 1);
        stored.press(&mut model, "esc");
    }
}

#[test]
fn enter_on_an_event_goes_to_its_task_though_a_filter_hides_it() {
    let (stored, mut model) = opened();
    stored.press(&mut model, "/ b i l l i n g enter e");
    stored.press(&mut model, "enter");
    assert!(model.pages.top().is_none());
    assert_eq!(selected(&model), 7, "the last event is of that task");
    assert_eq!(model.filter.text(), "");
}

#[test]
fn tab_shows_the_events_of_one_task_and_of_all_again() {
    let (stored, mut model) = opened();
    stored.press(&mut model, "e tab");
    let events = |model: &mut Model| {
        let events = model.pages.events().expect("the page is open");
        let tasks = events.events.iter().filter_map(|event| event.task);
        (
            events.task,
            tasks.collect::<std::collections::BTreeSet<_>>(),
        )
    };
    let seven = TaskNumber(7);
    assert_eq!(events(&mut model), (Some(seven), [seven].into()));
    stored.press(&mut model, "tab");
    assert_eq!(events(&mut model).0, None);
    assert_eq!(events(&mut model).1.len(), 13);
}

#[test]
fn a_page_of_the_same_task_opens_before_its_events_are_read() {
    let (_, mut model) = opened();
    for name in ["l", "e"] {
        press(&mut model, name);
    }
    let events = model.pages.events().expect("the page is open");
    assert_eq!(
        (events.task, events.events.len()),
        (Some(TaskNumber(13)), 0)
    );
    press(&mut model, "f");
    let failures = model.pages.failures().expect("the page is open");
    assert_eq!(failures.task, TaskNumber(13));
}

#[test]
fn events_that_happen_come_to_the_page() {
    let (stored, mut model) = opened();
    stored.press(&mut model, "e");
    let mut event = stored.events[0].clone();
    event.number = EventNumber(900);
    stored.tell(&mut model, Message::News(News::Happened(vec![event])));
    let events = model.pages.events().expect("the page is open");
    assert_eq!(events.selected().map(|event| event.number.0), Some(900));
}

#[test]
fn failures_are_read_again_when_more_failed() {
    let (mut stored, mut model) = opened();
    stored.press(&mut model, "f");
    assert_eq!(update(&mut model, stored.changed()), []);
    stored
        .tasks
        .last_mut()
        .expect("task 13")
        .progress
        .batches_failed = 3;
    assert_eq!(
        update(&mut model, stored.changed()),
        [Effect::Read(Reading::Failures(TaskNumber(13)))]
    );
}

#[test]
fn enter_on_a_worker_lists_its_tasks() {
    let (stored, mut model) = opened();
    stored.press(&mut model, "w enter");
    assert_eq!(model.filter.text(), "worker:1");
    assert!(
        model
            .tasks
            .matching()
            .all(|row| row.worker.map(|worker| worker.0) == Some(1))
    );
}

#[test]
fn the_id_is_copied() {
    let (_, mut model) = opened();
    let id = model.tasks.selected().expect("a task").id.to_string();
    assert_eq!(pressed(&mut model, "y"), [Effect::Copy(id)]);
}

#[test]
fn another_store_is_read_from_the_start() {
    let (stored, mut model) = opened();
    stored.press(&mut model, "enter l");
    let effects = update(&mut model, Message::News(News::Anew));
    assert_eq!(effects, [Effect::FollowLog(Some(TaskNumber(13)))]);
    let log = model.pages.log().expect("the page is open");
    assert!(!log.loaded);
}
