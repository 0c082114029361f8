use super::*;
use crate::event::What;
use crate::state::StateWord;
use crate::store::house_for_tests::{store, submit, terminate};

fn numbers(events: &Events) -> Vec<u64> {
    events.events.iter().map(|event| event.number.0).collect()
}

#[test]
fn the_last_events_come_oldest_first() {
    let (_dir, store) = store();
    for _ in 0..5 {
        submit(&store, "");
    }
    let found = store.last_events(None, 2).unwrap();
    assert_eq!(numbers(&found), [found.last.0 - 1, found.last.0]);
}

#[test]
fn the_last_events_of_a_task_are_its_own() {
    let (_dir, store) = store();
    let task = submit(&store, "");
    submit(&store, "");
    terminate(&store, task);
    submit(&store, "");
    let found = store.last_events(Some(task), 100).unwrap();
    assert!(found.events.iter().all(|event| event.task == Some(task)));
    assert_eq!(found.events[0].what, What::Submitted);
    assert_eq!(found.events.last().unwrap().to, Some(StateWord::Terminate));
    let last = store.last_events(Some(task), 1).unwrap();
    assert_eq!(last.events, found.events[found.events.len() - 1..]);
}

#[test]
fn events_are_read_back_page_by_page() {
    let (_dir, store) = store();
    let task = submit(&store, "");
    submit(&store, "");
    terminate(&store, task);
    for of in [None, Some(task)] {
        let all = store.last_events(of, usize::MAX).unwrap().events;
        let mut pages = Vec::new();
        let mut before = EventNumber(u64::MAX);
        loop {
            let page = store.events_before(before, of, 1).unwrap().events;
            let Some(first) = page.first() else { break };
            before = first.number;
            pages.splice(0..0, page);
        }
        assert_eq!(pages, all);
    }
    assert_eq!(
        store.events_before(EventNumber(0), None, 9).unwrap().events,
        []
    );
}

#[test]
fn more_events_than_there_are_is_all_of_them() {
    let (_dir, store) = store();
    assert_eq!(store.last_events(None, usize::MAX).unwrap().events, []);
    submit(&store, "");
    let all = store.events(EventNumber(0), None, usize::MAX).unwrap();
    let last = store.last_events(None, usize::MAX).unwrap();
    assert_eq!(last.events, all.events);
    assert_eq!(store.last_events(None, 0).unwrap().events, []);
}
