//! Several handles on one store, as several processes have them.

use super::{Home, OPENING, W1, W2, ask, claim, moved_on, named, submit};
use crate::id::{EventNumber, TaskNumber};
use crate::state::{Desired, StateWord};
use crate::store::Store;

#[test]
fn two_handles_that_write_in_turn_see_each_others_writes() {
    let home = Home::new();
    let other = Store::open(&home.dir(), OPENING).unwrap();
    for turn in 0..20_u64 {
        let (writer, reader) = if turn % 2 == 0 {
            (&home.store, &other)
        } else {
            (&other, &home.store)
        };
        let task = submit(writer, named("turn"));
        assert_eq!(task, TaskNumber(turn + 1));
        assert_eq!(reader.task(task).unwrap().state.word, StateWord::Init);
        reader.request(vec![task], ask(Desired::Suspend)).unwrap();
        assert_eq!(writer.task(task).unwrap().state.word, StateWord::Suspend);
    }
}

#[test]
fn a_checkpoint_hears_of_a_request_made_through_another_handle() {
    let home = Home::new();
    home.bare();
    let held = claim(&home.store, W1);
    home.store.prepared(held.key).unwrap();
    let other = Store::open(&home.dir(), OPENING).unwrap();
    other
        .request(vec![held.key.task], ask(Desired::Suspend))
        .unwrap();
    let (_, orders) = home
        .store
        .checkpoint(held.key, moved_on(&held.row.progress))
        .unwrap();
    assert_eq!(orders.desired, Desired::Suspend);
}

#[test]
fn two_handles_that_write_at_once_number_everything_without_a_gap() {
    let home = Home::new();
    let stores = [
        home.store.clone(),
        Store::open(&home.dir(), OPENING).unwrap(),
    ];
    let writers: Vec<_> = stores
        .into_iter()
        .zip([W1, W2])
        .map(|(store, worker)| {
            std::thread::spawn(move || {
                for _ in 0..30 {
                    let task = submit(&store, named("both"));
                    store.request(vec![task], ask(Desired::Suspend)).unwrap();
                    store.next_worker().unwrap();
                    store.request(vec![task], ask(Desired::Run)).unwrap();
                    let held = claim(&store, worker);
                    store.prepared(held.key).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let events = home
        .store
        .events(EventNumber(0), None, usize::MAX)
        .unwrap()
        .events;
    let numbers: Vec<u64> = events.iter().map(|event| event.number.0).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert_eq!(home.store.list(0, |_| true).unwrap().total, 60);
    assert_eq!(home.store.next_worker().unwrap().0, 61);
    assert_eq!(home.store.claims().unwrap().len(), 60);
}

#[test]
fn sixty_four_runners_that_checkpoint_at_once_are_all_durable_and_answered() {
    let home = Home::new();
    for _ in 0..64 {
        home.bare();
    }
    let mut hungry = super::appetite(W1);
    hungry.slots = 64;
    let held = home.store.claim(hungry).unwrap().held;
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(64));
    let runners: Vec<_> = held
        .into_iter()
        .map(|held| {
            let store = home.store.clone();
            let barrier = std::sync::Arc::clone(&barrier);
            std::thread::spawn(move || {
                let mut progress = store.prepared(held.key).unwrap().progress;
                barrier.wait();
                for _ in 0..5 {
                    progress = store.checkpoint(held.key, moved_on(&progress)).unwrap().0;
                }
                (held.key.task, progress)
            })
        })
        .collect();
    let fresh = Store::open(&home.dir(), OPENING).unwrap();
    for runner in runners {
        let (task, acknowledged) = runner.join().unwrap();
        assert_eq!(acknowledged.items_done, 50);
        assert_eq!(fresh.task(task).unwrap().progress, acknowledged);
    }
}

#[test]
fn a_store_made_by_many_at_once_is_one_store() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("store");
        let makers: Vec<_> = (0..4)
            .map(|_| {
                let dir = dir.clone();
                std::thread::spawn(move || {
                    let store = Store::open(&dir, OPENING).unwrap();
                    submit(&store, named("mine"));
                    store.id().unwrap()
                })
            })
            .collect();
        let ids: Vec<String> = makers
            .into_iter()
            .map(|maker| maker.join().unwrap())
            .collect();
        assert!(ids.iter().all(|id| *id == ids[0] && !id.is_empty()));
        let store = Store::open(&dir, OPENING).unwrap();
        assert_eq!(store.list(9, |_| true).unwrap().rows.len(), 4);
    }
}

#[test]
fn a_store_closed_and_opened_again_has_everything() {
    let home = Home::new();
    let task = home.submit();
    let row = home.row(task);
    let Home { folder, store } = home;
    drop(store);
    let store = Store::open(&folder.path().join("store"), OPENING).unwrap();
    assert_eq!(store.task(task).unwrap(), row);
}
