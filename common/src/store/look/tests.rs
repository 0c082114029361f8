use super::*;
use crate::actor::Actor;
use crate::event::What;
use crate::state::Desired;
use crate::state::StateWord;
use crate::store::{Absent, Ask, Haste, NewTask, Opening};
use tempfile::TempDir;

fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(&dir.path().join("store"), opening).unwrap();
    (dir, store)
}

fn submit(store: &Store, name: &str) -> TaskNumber {
    let task = NewTask {
        spec: TaskSpec {
            id: crate::id::TaskId::new(),
            name: name.into(),
            ..TaskSpec::default()
        },
        items_total: None,
        reason: None,
        claim_for: None,
    };
    store.submit(task).unwrap().number
}

fn terminate(store: &Store, task: TaskNumber) {
    let ask = Ask {
        want: Desired::Terminate,
        haste: Haste::AtBoundary,
        by: Actor::default(),
        reason: None,
    };
    store.request(vec![task], ask).unwrap();
}

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
fn more_events_than_there_are_is_all_of_them() {
    let (_dir, store) = store();
    assert_eq!(store.last_events(None, usize::MAX).unwrap().events, []);
    submit(&store, "");
    let all = store.events(EventNumber(0), None, usize::MAX).unwrap();
    let last = store.last_events(None, usize::MAX).unwrap();
    assert_eq!(last.events, all.events);
    assert_eq!(store.last_events(None, 0).unwrap().events, []);
}

#[test]
fn names_are_told_of_tasks_that_have_one_and_are_there() {
    let (_dir, store) = store();
    let named = submit(&store, "import");
    let nameless = submit(&store, "");
    let names = store.names(vec![named, nameless, TaskNumber(99)]).unwrap();
    assert_eq!(names, BTreeMap::from([(named, "import".to_owned())]));
}

#[test]
fn a_list_counts_all_tasks_and_gives_the_newest_wanted_ones() {
    let (_dir, store) = store();
    let tasks: Vec<_> = (0..4).map(|_| submit(&store, "")).collect();
    terminate(&store, tasks[3]);
    let found = store
        .list(2, |state| state.word != StateWord::Terminate)
        .unwrap();
    let listed: Vec<_> = found.rows.iter().map(|row| row.spec.number).collect();
    assert_eq!(listed, [tasks[2], tasks[1]]);
    assert_eq!(found.total, 4);
}
