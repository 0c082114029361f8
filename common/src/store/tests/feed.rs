//! The feed of events, and the workers in it.

use super::{Home, W1, moved_on};
use crate::actor::Actor;
use crate::event::What;
use crate::id::{EventNumber, WorkerNumber};
use crate::state::Desired;
use crate::store::Accepts;

fn numbers(home: &Home, after: u64) -> Vec<u64> {
    let events = home.store.events(EventNumber(after), None, usize::MAX);
    events
        .unwrap()
        .events
        .iter()
        .map(|event| event.number.0)
        .collect()
}

#[test]
fn events_are_numbered_without_a_gap() {
    let home = Home::new();
    for _ in 0..5 {
        home.submit();
    }
    let held = home.run(W1);
    home.ask(held.key.task, Desired::Suspend);
    let row = home.row(held.key.task);
    home.store
        .checkpoint(held.key, moved_on(&row.progress))
        .unwrap();
    home.ask(held.key.task, Desired::Suspend);
    let last = home.last_event().0;
    assert_eq!(numbers(&home, 0), (1..=last).collect::<Vec<_>>());
    assert_eq!(numbers(&home, 3), (4..=last).collect::<Vec<_>>());
    assert_eq!(numbers(&home, last), Vec::<u64>::new());
    assert_eq!(numbers(&home, u64::MAX), Vec::<u64>::new());
    let all = home.store.tasks(vec![held.key.task]).unwrap();
    assert_eq!(all.last.0, last);
}

#[test]
fn a_checkpoint_alone_writes_no_event() {
    let home = Home::new();
    let held = home.running();
    let before = home.last_event();
    let row = home.row(held.key.task);
    home.store
        .checkpoint(held.key, moved_on(&row.progress))
        .unwrap();
    assert_eq!(home.last_event(), before);
}

#[test]
fn the_events_of_one_task_are_its_own_and_limited() {
    let home = Home::new();
    let one = home.submit();
    let two = home.submit();
    home.ask(one, Desired::Suspend);
    let events = home
        .store
        .events(EventNumber(0), Some(one), 2)
        .unwrap()
        .events;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.task == Some(one)));
    let after = events[1].number;
    let rest = home.store.events(after, Some(one), 9).unwrap();
    assert_eq!(rest.events.len(), 1);
    assert_eq!(rest.last, home.last_event());
    let other = home.store.events(EventNumber(0), Some(two), 9).unwrap();
    assert_eq!(other.events.len(), 1);
}

#[test]
fn worker_numbers_are_never_used_again_and_long_gone_workers_are_forgotten() {
    let home = Home::new();
    let mut given = Vec::new();
    for _ in 0..60 {
        let number = home.store.next_worker().unwrap();
        home.store
            .worker_started(number, Actor::default(), 2, Accepts::default(), Vec::new())
            .unwrap();
        home.store.worker_stopped(number).unwrap();
        given.push(number.0);
    }
    assert_eq!(given, (1..=60).collect::<Vec<_>>());
    let lives = home.store.next_worker().unwrap();
    home.store
        .worker_started(lives, Actor::default(), 2, Accepts::default(), Vec::new())
        .unwrap();
    let known = home.store.workers().unwrap();
    assert_eq!(known.len(), 51);
    assert_eq!(known.last().unwrap().number, WorkerNumber(61));
    assert_eq!(known.last().unwrap().stopped_at, None);
    let events = home.store.events(EventNumber(0), None, 2).unwrap().events;
    assert_eq!(events[0].what, What::WorkerStarted);
    assert_eq!(events[1].what, What::WorkerStopped);
}

#[test]
fn a_number_for_a_worker_is_durable_though_nobody_watches_it() {
    let home = Home::new();
    let before = home.last_event();
    assert_eq!(home.store.next_worker().unwrap(), WorkerNumber(1));
    let again = crate::store::Store::open(&home.dir(), super::OPENING).unwrap();
    assert_eq!(again.next_worker().unwrap(), WorkerNumber(2));
    assert_eq!(home.last_event(), before);
}
