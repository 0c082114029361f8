//! Suspensions that end by themselves.

use std::time::Duration;

use super::{Home, OPENING, W1, W2, ask, raw};
use crate::event::What;
use crate::id::TaskNumber;
use crate::rules::Happened;
use crate::state::{Current, Desired, Ending, StateWord};
use crate::store::schema::TIMERS;
use crate::store::{Answer, Ask, Store, Undo};
use crate::time::Timestamp;
use redb::{ReadableDatabase, ReadableTableMetadata};

const LONG: Duration = Duration::from_secs(3600);

/// A moment ago: due at once.
fn past() -> Timestamp {
    Timestamp::now().before(Duration::from_millis(1))
}

fn later() -> Timestamp {
    Timestamp::now().after(LONG)
}

fn suspend(home: &Home, tasks: &[TaskNumber], until: Option<Timestamp>) -> Vec<Answer> {
    let ask = Ask {
        until,
        ..ask(Desired::Suspend)
    };
    home.store.request(tasks.to_vec(), ask).unwrap()
}

fn timers(home: &Home) -> u64 {
    let database = raw(&home.database());
    let txn = database.begin_read().unwrap();
    txn.open_table(TIMERS)
        .map_or(0, |table| table.len().unwrap())
}

fn next(home: &Home) -> Option<Timestamp> {
    home.store
        .glance(crate::store::Look::default())
        .unwrap()
        .timer
}

#[test]
fn a_suspension_that_is_over_ends_by_itself_and_says_which_request_that_answers() {
    let home = Home::new();
    let task = home.submit();
    let at = past();
    let asked = suspend(&home, &[task], Some(at)).remove(0);
    assert_eq!(asked.current, StateWord::Suspend);
    assert_eq!(next(&home), Some(at));
    assert_eq!(home.store.go_off(W1).unwrap(), None);

    let row = home.row(task);
    assert_eq!((row.wish.desired, row.wish.until), (Desired::Run, None));
    assert!(row.wish.request > asked.request.unwrap());
    let events = home
        .store
        .events(crate::id::EventNumber(0), Some(task), 99)
        .unwrap();
    let last = events.events.last().unwrap();
    assert_eq!(
        (last.what, last.want, last.answers, last.worker),
        (What::Requested, Some(Desired::Run), asked.request, Some(W1))
    );
    assert_eq!(
        (&last.actor, last.detail.as_deref()),
        (&None, Some("timer"))
    );
    assert!(last.reason.as_ref().unwrap().contains(&at.to_string()));
    assert_eq!(timers(&home), 0);
    assert_eq!(home.run(W2).key.task, task, "a worker goes on with it");
}

#[test]
fn a_suspension_that_is_not_over_stands() {
    let home = Home::new();
    let task = home.submit();
    let at = later();
    suspend(&home, &[task], Some(at));
    let before = home.last_event();
    assert_eq!(home.store.go_off(W1).unwrap(), Some(at));
    assert_eq!(home.last_event(), before);
    assert_eq!(home.row(task).wish.desired, Desired::Suspend);
    // Nor is it lost with its store closed.
    let again = Store::open(&home.dir(), OPENING).unwrap();
    assert_eq!(
        again.glance(crate::store::Look::default()).unwrap().timer,
        Some(at)
    );
}

#[test]
fn any_later_request_makes_it_void() {
    for later_request in [
        |home: &Home, task| drop(home.ask(task, Desired::Run)),
        |home: &Home, task| drop(home.ask(task, Desired::Terminate)),
        |home: &Home, task| drop(suspend(home, &[task], None)),
        |home: &Home, task| {
            home.ask(task, Desired::Run);
            home.ask(task, Desired::Suspend);
        },
    ] {
        let home = Home::new();
        let task = home.submit();
        suspend(&home, &[task], Some(past()));
        later_request(&home, task);
        let (row, before) = (home.row(task), home.last_event());
        assert_eq!((timers(&home), next(&home)), (0, None));
        home.store.go_off(W1).unwrap();
        assert_eq!(home.row(task), row);
        assert_eq!(home.last_event(), before);
    }
}

#[test]
fn a_row_of_a_request_that_is_not_the_last_is_dropped_and_changes_nothing() {
    let home = Home::new();
    let task = home.submit();
    let at = past();
    suspend(&home, &[task], Some(at));
    home.ask(task, Desired::Run);
    home.ask(task, Desired::Suspend);
    let row = home.row(task);
    {
        let database = raw(&home.database());
        let txn = database.begin_write().unwrap();
        let mut table = txn.open_table(TIMERS).unwrap();
        table.insert((at.as_millis(), task.0), 1).unwrap();
        // Of a task that is gone.
        table.insert((at.as_millis(), 99), 1).unwrap();
        drop(table);
        txn.commit().unwrap();
    }
    assert_eq!(home.store.go_off(W1).unwrap(), None);
    assert_eq!(home.row(task), row);
    assert_eq!(timers(&home), 0);
}

#[test]
fn asking_again_changes_when_it_ends_and_the_same_again_changes_nothing() {
    let home = Home::new();
    let task = home.submit();
    let (first, second) = (later(), later().after(LONG));
    suspend(&home, &[task], Some(first));
    let again = suspend(&home, &[task], Some(first)).remove(0);
    assert_eq!(again.request, None);
    let changed = suspend(&home, &[task], Some(second)).remove(0);
    assert!(changed.request.is_some());
    assert_eq!((next(&home), timers(&home)), (Some(second), 1));
    let endless = suspend(&home, &[task], None).remove(0);
    assert!(endless.request.is_some());
    assert_eq!((next(&home), timers(&home)), (None, 0));
    assert_eq!(home.row(task).wish.desired, Desired::Suspend);
}

#[test]
fn it_ends_before_the_boundary_too() {
    let home = Home::new();
    let held = home.running();
    suspend(&home, &[held.key.task], Some(past()));
    home.store.go_off(W2).unwrap();
    assert_eq!(home.orders(held.key.task).desired, Desired::Run);
    let stays = home.settle(held.key, Happened::Boundary, Ending::Suspended);
    assert!(stays.is_err(), "it runs on");
}

#[test]
fn what_one_request_suspended_goes_on_under_one_number() {
    let home = Home::new();
    let tasks: Vec<_> = (0..3).map(|_| home.submit()).collect();
    let other = home.submit();
    suspend(&home, &tasks, Some(past()));
    suspend(&home, &[other], Some(past()));
    home.store.go_off(W1).unwrap();
    let numbers: Vec<_> = tasks
        .iter()
        .map(|task| home.row(*task).wish.request)
        .collect();
    assert!(
        numbers.iter().all(|number| *number == numbers[0]),
        "{numbers:?}"
    );
    assert_ne!(home.row(other).wish.request, numbers[0]);
    assert!(
        tasks
            .iter()
            .all(|task| home.row(*task).wish.desired == Desired::Run)
    );
}

#[test]
fn more_than_a_short_transaction_bears_go_off_one_transaction_after_the_other() {
    let home = Home::new();
    let tasks: Vec<_> = (0..501).map(|_| home.bare()).collect();
    let at = past();
    suspend(&home, &tasks, Some(at));
    assert_eq!(home.store.go_off(W1).unwrap(), Some(at));
    assert_eq!(home.store.go_off(W1).unwrap(), None);
    assert!(
        tasks
            .iter()
            .all(|task| home.row(*task).wish.desired == Desired::Run)
    );
}

#[test]
fn a_task_that_completes_meanwhile_has_no_timer_any_more() {
    let home = Home::new();
    let held = home.running();
    let task = held.key.task;
    let mut progress = home.row(task).progress;
    progress.exhausted = true;
    home.store.checkpoint(held.key, progress).unwrap();
    suspend(&home, &[task], Some(later()));
    let ended = home.settle(held.key, Happened::Boundary, Ending::Completed);
    assert!(matches!(ended, Ok(Current::Terminate { .. })), "{ended:?}");
    assert_eq!((timers(&home), next(&home)), (0, None));
}

#[test]
fn undoing_what_came_after_it_sets_it_again_unless_its_time_is_over() {
    let home = Home::new();
    let at = later();
    for (until, expected) in [(at, Some(at)), (past(), None)] {
        let task = home.submit();
        suspend(&home, &[task], Some(until));
        let resumed = home.ask(task, Desired::Run);
        let undo = Undo::of(&resumed).unwrap();
        home.store
            .undo(vec![undo], crate::actor::Actor::default())
            .unwrap();
        let wish = home.row(task).wish;
        assert_eq!((wish.desired, wish.until), (Desired::Suspend, expected));
        home.store.go_off(W1).unwrap();
        assert_eq!(home.row(task).wish.desired, Desired::Suspend);
    }
    assert_eq!(next(&home), Some(at));
}

#[test]
fn undoing_the_suspension_takes_its_timer_back() {
    let home = Home::new();
    let task = home.submit();
    let asked = suspend(&home, &[task], Some(later())).remove(0);
    let undo = Undo::of(&asked).unwrap();
    home.store
        .undo(vec![undo], crate::actor::Actor::default())
        .unwrap();
    assert_eq!(home.row(task).wish.desired, Desired::Run);
    assert_eq!((timers(&home), next(&home)), (0, None));
}
