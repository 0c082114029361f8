use longhaul_common::event::What;

use super::*;

fn event(number: u64, task: u64) -> Event {
    let mut event = Event::of(TaskNumber(task), What::State, Default::default());
    event.number = EventNumber(number);
    event
}

fn numbers(page: &EventsPage) -> Vec<u64> {
    page.events.iter().map(|event| event.number.0).collect()
}

/// A page of so many lines that has read these events.
fn page(task: Option<u64>, events: Vec<Event>) -> EventsPage {
    let mut page = EventsPage::of(task.map(TaskNumber));
    page.fit(4);
    answer(&mut page, events);
    page
}

/// Answers what the page wants to read.
#[track_caller]
fn answer(page: &mut EventsPage, events: Vec<Event>) {
    let Some(Reading::Events { task, before }) = page.next_reading() else {
        panic!("it wants to read nothing");
    };
    page.take(EventsNews {
        task,
        before,
        events,
    });
    page.fit(4);
}

#[test]
fn the_end_is_followed_until_the_cursor_leaves_it() {
    let mut page = page(None, (1..=9).map(|number| event(number, 1)).collect());
    page.hear(&[event(10, 1)]);
    assert_eq!((page.browse.cursor(), page.missed), (9, None));
    page.step(-1);
    page.hear(&[event(11, 1), event(12, 1)]);
    assert_eq!((page.browse.cursor(), page.missed), (8, Some(2)));
    page.step(99);
    assert_eq!((page.browse.cursor(), page.missed), (11, None));
}

#[test]
fn what_came_while_the_end_was_read_is_there_once() {
    let mut page = EventsPage::of(None);
    page.fit(4);
    let asked = page.next_reading();
    assert!(asked.is_some());
    assert_eq!(page.next_reading(), None, "one reading at a time");
    page.hear(&[event(3, 1), event(4, 1)]);
    page.take(EventsNews {
        task: None,
        before: None,
        events: vec![event(1, 1), event(2, 1), event(3, 1)],
    });
    page.hear(&[event(4, 1), event(5, 1)]);
    assert_eq!(numbers(&page), [1, 2, 3, 4, 5]);
}

#[test]
fn older_ones_are_read_once_the_top_is_reached_and_move_nothing() {
    let mut page = page(None, (11..=20).map(|number| event(number, 1)).collect());
    assert_eq!(page.next_reading(), None);
    page.go_to_first();
    answer(&mut page, (1..=10).map(|number| event(number, 1)).collect());
    assert_eq!(page.selected().map(|event| event.number.0), Some(11));
    page.go_to_first();
    answer(&mut page, Vec::new());
    assert_eq!(page.older, Older::None);
    page.go_to_first();
    assert_eq!(page.next_reading(), None);
    assert_eq!(numbers(&page), (1..=20).collect::<Vec<_>>());
}

#[test]
fn a_page_of_one_task_hears_of_no_other() {
    let mut page = page(Some(7), vec![event(1, 7)]);
    page.hear(&[event(2, 8), event(3, 7)]);
    assert_eq!(numbers(&page), [1, 3]);
}

#[test]
fn so_many_are_kept_and_the_cursor_stays_on_its_event() {
    let mut page = page(None, vec![event(1, 1)]);
    let many: Vec<Event> = (2..=MOST as u64).map(|number| event(number, 1)).collect();
    page.hear(&many);
    page.step(-10);
    let seen = page.selected().map(|event| event.number);
    let more: Vec<Event> = (1..=100)
        .map(|number| event(MOST as u64 + number, 1))
        .collect();
    page.hear(&more);
    assert_eq!(page.events.len(), MOST);
    assert_eq!(page.selected().map(|event| event.number), seen);
    assert_eq!(page.older, Older::TooMany);
}

#[test]
fn what_can_not_be_read_is_not_asked_for_again_at_once() {
    let mut page = EventsPage::of(None);
    let asked = page.next_reading().expect("its end");
    page.fail(asked, "the store is busy".into());
    assert_eq!(page.next_reading(), None);
    page.trouble = None;
    assert_eq!(page.next_reading(), Some(asked));
}
