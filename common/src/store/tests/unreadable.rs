//! Rows that can't be read: told by name, and passed over by everybody else.

use super::records::edit;
use super::{Home, OPENING, W1, W2, appetite, claim, moved_on, new_task, take_over, with_cleanup};
use crate::actor::Actor;
use crate::event::What;
use crate::id::{EventNumber, TaskNumber, WorkerNumber};
use crate::state::Desired;
use crate::store::{Accepts, Look, Meant, RowName, Store, StoreError};

/// The tables with a row for each task.
const OF_TASKS: [&str; 4] = ["specs", "desired", "current", "progress"];

fn spoil(home: &Home, table: &str, key: u64) {
    edit(home, table, key, |record| *record = "junk".into());
}

#[track_caller]
fn names<T: std::fmt::Debug>(outcome: Result<T, StoreError>, row: RowName) {
    match outcome {
        Err(StoreError::Unreadable { row: found, .. }) => assert_eq!(found, row),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_that_is_no_record_is_named_and_leaves_the_database_in_use() {
    let home = Home::new();
    let task = home.bare();
    spoil(&home, "current", task.0);
    let error = home.store.task(task).unwrap_err();
    assert!(!error.spends_the_handle());
    let said = error.to_string();
    assert!(said.contains("current state of task 1"), "{said}");
    let other = home.bare();
    assert_eq!(home.row(other).spec.number, other, "the others are there");
}

#[test]
fn a_claim_passes_over_tasks_that_can_t_be_read() {
    for table in OF_TASKS {
        let home = Home::new();
        let [first, second, third] = [(); 3].map(|()| home.bare());
        spoil(&home, table, first.0);
        let mut hungry = appetite(W1);
        hungry.slots = 2;
        let held = home.store.claim(hungry).unwrap().held;
        let tasks: Vec<TaskNumber> = held.iter().map(|held| held.key.task).collect();
        assert_eq!(tasks, [second, third], "{table}");
    }
}

#[test]
fn a_claim_that_finds_nothing_but_what_can_t_be_read_comes_back() {
    let home = Home::new();
    for _ in 0..3 {
        let task = home.bare();
        spoil(&home, "progress", task.0);
    }
    let mut hungry = appetite(W1);
    hungry.slots = 2;
    assert!(home.store.claim(hungry).unwrap().held.is_empty());
}

#[test]
fn a_dead_owner_s_task_that_can_t_be_read_keeps_no_other_from_being_taken_over() {
    for table in OF_TASKS {
        let home = Home::new();
        let [spoilt, well] = [(); 2].map(|()| home.running().key);
        spoil(&home, table, spoilt.task.0);
        assert!(take_over(&home.store, W2, spoilt).is_none(), "{table}");
        let mut hungry = appetite(W2);
        hungry.slots = 2;
        hungry.orphans = vec![(spoilt.task, spoilt.claim), (well.task, well.claim)];
        let held = home.store.claim(hungry).unwrap().held;
        assert_eq!(held.len(), 1, "{table}");
        assert_eq!(held[0].key.task, well.task);
    }
}

#[test]
fn a_look_tells_what_is_wanted_of_the_others() {
    let home = Home::new();
    let [spoilt, well] = [(); 2].map(|()| home.running().key.task);
    spoil(&home, "desired", spoilt.0);
    let look = Look {
        running: vec![spoilt, well],
        ..Look::default()
    };
    let orders = home.store.glance(look).unwrap().orders;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].0, well);
}

#[test]
fn the_holder_of_a_task_that_can_t_be_read_is_told_and_others_commit() {
    let home = Home::new();
    let [spoilt, well] = [(); 2].map(|()| home.running());
    spoil(&home, "desired", spoilt.key.task.0);
    let next = moved_on(&spoilt.row.progress);
    let row = RowName::Desired(spoilt.key.task);
    names(home.store.checkpoint(spoilt.key, next), row);
    let next = moved_on(&well.row.progress);
    home.store.checkpoint(well.key, next).unwrap();
}

#[test]
fn a_list_shows_the_others_and_names_what_it_left_out() {
    for table in OF_TASKS {
        let home = Home::new();
        let [first, second, third] = [(); 3].map(|()| home.bare());
        spoil(&home, table, second.0);
        let tasks = home.store.list(10, |_| true).unwrap();
        let shown: Vec<TaskNumber> = tasks.rows.iter().map(|row| row.spec.number).collect();
        assert_eq!(shown, [third, first], "{table}");
        assert_eq!(tasks.unreadable.len(), 1, "{table}");
        assert!(tasks.unreadable[0].to_string().contains("task 2"));
    }
}

#[test]
fn an_event_that_can_t_be_read_says_so_in_its_place() {
    let home = Home::new();
    let task = home.bare();
    home.ask(task, Desired::Suspend);
    spoil(&home, "events", 1);
    for of in [None, Some(task)] {
        let events = home.store.events(EventNumber(0), of, 10).unwrap().events;
        assert_eq!(events[0].number, EventNumber(1));
        assert_eq!(events[0].what, What::Other);
        assert!(events[0].sentence().contains("event 1 can't be read"));
        assert_eq!(events[1].what, What::Requested);
        let last = home.store.last_events(of, 10).unwrap().events;
        assert_eq!(last, events);
    }
}

#[test]
fn a_worker_starts_beside_one_whose_row_can_t_be_read() {
    let home = Home::new();
    let start = |dead: Vec<WorkerNumber>| {
        let worker = home.store.next_worker().unwrap();
        let (actor, accepts) = (Actor::default(), Accepts::default());
        let started = home.store.worker_started(worker, actor, 1, accepts, dead);
        started.unwrap();
        worker
    };
    let first = start(Vec::new());
    spoil(&home, "workers", first.0);
    let second = start(vec![first]);
    let known = home.store.workers().unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].number, second);
}

#[test]
fn a_name_whose_task_can_t_be_read_still_means_it() {
    let home = Home::new();
    let task = super::submit(&home.store, super::named("lost"));
    spoil(&home, "current", task.0);
    let meant = home
        .store
        .resolve(crate::reference::TaskRef::parse("lost"))
        .unwrap();
    assert_eq!(meant, Meant::One(task));
}

#[test]
fn every_row_that_can_t_be_read_is_found() {
    let home = Home::new();
    home.store.submit(new_task(with_cleanup())).unwrap();
    let held = claim(&home.store, W1);
    assert!(
        Store::unreadable_rows(&home.dir(), OPENING.patience)
            .unwrap()
            .is_empty()
    );
    let task = held.key.task;
    for table in OF_TASKS {
        spoil(&home, table, task.0);
    }
    spoil(&home, "events", 2);
    let found = Store::unreadable_rows(&home.dir(), OPENING.patience).unwrap();
    let rows: Vec<RowName> = found
        .into_iter()
        .map(|error| match error {
            StoreError::Unreadable { row, .. } => row,
            error => panic!("{error:?}"),
        })
        .collect();
    let expected = [
        RowName::Specification(task),
        RowName::Desired(task),
        RowName::Current(task),
        RowName::Progress(task),
        RowName::Event(EventNumber(2)),
    ];
    assert_eq!(rows, expected);
}
