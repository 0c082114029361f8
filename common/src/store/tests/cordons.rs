//! Cordons: who is in one claims nothing, whatever it was told.

use super::{Home, appetite, submit};
use crate::actor::Actor;
use crate::cordon::{Cordon, Hold, Reach};
use crate::id::WorkerNumber;
use crate::rules::Happened;
use crate::spec::TaskSpec;
use crate::state::{Desired, Ending};
use crate::store::{Accepts, Look, NewTask};

/// A worker that introduced itself.
fn worker(home: &Home, host: &str) -> WorkerNumber {
    let number = home.store.next_worker().unwrap();
    let actor = Actor {
        host: host.into(),
        ..Actor::default()
    };
    home.store
        .worker_started(number, actor, 1, Accepts::default(), Vec::new())
        .unwrap();
    number
}

fn cordon(home: &Home, reach: Reach, hold: Hold) -> Option<Cordon> {
    let cordon = Cordon {
        reach,
        hold,
        ..Cordon::default()
    };
    home.store.cordon(cordon).unwrap()
}

fn hold(home: &Home, worker: WorkerNumber) -> Option<Hold> {
    let look = Look {
        worker,
        accepts: Some(Accepts::default()),
        ..Look::default()
    };
    let glance = home.store.glance(look).unwrap();
    assert!(glance.hold.is_none() || glance.due.now.is_empty());
    glance.hold
}

fn claims(home: &Home, worker: WorkerNumber) -> usize {
    home.store.claim(appetite(worker)).unwrap().held.len()
}

#[test]
fn a_worker_that_is_cordoned_claims_nothing_in_any_way() {
    let home = Home::new();
    let (here, there) = (worker(&home, "a"), worker(&home, "b"));
    for reach in [Reach::Store, Reach::Host("a".into()), Reach::Worker(here)] {
        let waits = home.bare();
        cordon(&home, reach.clone(), Hold::Cordoned);
        assert_eq!(hold(&home, here), Some(Hold::Cordoned), "{reach}");
        assert_eq!(claims(&home, here), 0, "{reach}");
        let new = NewTask {
            claim_for: Some(here),
            ..super::new_task(TaskSpec::default())
        };
        let submitted = home.store.submit(new).unwrap();
        assert!(submitted.held.is_none(), "{reach}");
        let others = if reach == Reach::Store { 0 } else { 1 };
        assert_eq!(claims(&home, there), others, "{reach}");
        home.store
            .uncordon(reach, Actor::default(), None)
            .unwrap()
            .expect("there was one");
        assert_eq!(hold(&home, here), None);
        for task in [waits, submitted.number] {
            home.ask(task, Desired::Terminate);
        }
    }
}

#[test]
fn who_clears_up_after_the_dead_is_no_worker_and_not_kept_from_it() {
    let home = Home::new();
    home.bare();
    cordon(&home, Reach::Store, Hold::Drained);
    let operator = home.store.next_worker().unwrap();
    assert_eq!(claims(&home, operator), 1);
}

#[test]
fn a_drain_replaces_a_cordon_and_what_is_given_back_says_why() {
    let home = Home::new();
    let here = worker(&home, "a");
    let task = submit(&home.store, TaskSpec::default());
    let held = home.store.claim(appetite(here)).unwrap().held.remove(0);
    super::records::schema(&home, 2);
    assert_eq!(cordon(&home, Reach::Store, Hold::Cordoned), None);
    let before = cordon(&home, Reach::Store, Hold::Drained);
    assert_eq!(before.map(|cordon| cordon.hold), Some(Hold::Cordoned));
    assert_eq!(hold(&home, here), Some(Hold::Drained));
    home.settle(held.key, Happened::Stopping, Ending::Released)
        .unwrap();
    let events = home.store.events(crate::id::EventNumber(0), Some(task), 99);
    let last = events.unwrap().events.pop().unwrap();
    assert!(last.sentence().contains("the store is drained"), "{last:?}");
    assert_eq!(home.row(task).wish.desired, Desired::Run);
    assert_eq!(home.store.schema().unwrap().0, 3);
}
