//! Tasks with queues: who may begin and end a batch, and what is said twice.

use std::time::Duration;

use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata};
use serde_bytes::ByteBuf;

use super::records::edit;
use super::{Home, W1, W2, claim, named, raw, submit, take_over};
use crate::backlog::{Backlog, Begun, NotBegun, Seat, Which};
use crate::event::What;
use crate::id::{BatchNumber, EventNumber, TaskNumber};
use crate::rules::Happened;
use crate::spec::{OnError, Queue, TaskSpec, Way};
use crate::state::{Desired, Ending, StateWord};
use crate::store::schema::PLANNED;
use crate::store::{
    AfterFailure, BrokerNews, Cuts, Ended, FailedAttempt, Failing, Held, Key, Look, Met, Next,
    PassedItem, Performed, Performer, Planned, Report, RowName, Spent, StoreError,
};
use crate::time::Timestamp;

const SEAT: Seat = Seat {
    worker: W1,
    number: 1,
};
const OTHER: Seat = Seat {
    worker: W2,
    number: 1,
};

/// A store with a queued task that is prepared, and of which so many batches are planned.
struct Queued {
    home: Home,
    key: Key,
    performer: Performer,
}

impl Queued {
    fn planned(batches: u64) -> Self {
        Self::with(TaskSpec::default(), batches)
    }

    fn with(spec: TaskSpec, batches: u64) -> Self {
        let home = Home::new();
        let queue = Queue::default();
        submit(
            &home.store,
            TaskSpec {
                way: Way::Queued(queue.clone()),
                ..spec
            },
        );
        let key = home.run(W1).key;
        home.store.plan_batches(key, cuts(0, batches)).unwrap();
        let performer = Performer {
            persistent: false,
            task: key.task,
            queue,
            rate: None,
            stop_at: None,
            settings: 0,
        };
        Self {
            home,
            key,
            performer,
        }
    }

    fn begin(&self, seat: Seat) -> Result<Begun, NotBegun> {
        let turn = self
            .home
            .store
            .begin_batch(&self.performer, seat, Which::Next);
        turn.unwrap().begin.map(|begin| begin.begun)
    }

    fn end(&self, seat: Seat, batch: u64, ended: Ended) -> Result<(), StoreError> {
        let report = report(batch, ended);
        let store = &self.home.store;
        store
            .end_batch(&self.performer, seat, report, Next::Leave)
            .map(drop)
    }

    fn backlog(&self) -> Backlog {
        self.home.row(self.key.task).backlog.unwrap()
    }

    fn told(&self, what: What) -> usize {
        let events = self
            .home
            .store
            .events(EventNumber(0), Some(self.key.task), 99);
        let mut events = events.unwrap().events;
        events.retain(|event| event.what == what);
        events.len()
    }

    /// The numbers that stand in the table of what is planned.
    fn rows(&self) -> Vec<u64> {
        let database = raw(&self.home.database());
        let txn = database.begin_read().unwrap();
        let table = txn.open_table(PLANNED).unwrap();
        assert!(table.len().unwrap() < 100);
        let rows = table.iter().unwrap();
        rows.map(|row| row.unwrap().0.value().1).collect()
    }
}

fn cuts(first: u64, batches: u64) -> Cuts {
    let at = |number: u64| ByteBuf::from((number * 10).to_string());
    Cuts {
        marks: Vec::new(),
        first: BatchNumber(first),
        batches: (first..first + batches)
            .map(|number| Planned {
                cursor: at(number),
                next: at(number + 1),
                items: 10,
                size: 10,
                ..Planned::default()
            })
            .collect(),
        next_cut: 10,
        all: false,
        items_total: None,
    }
}

fn report(batch: u64, ended: Ended) -> Report {
    Report {
        batch: BatchNumber(batch),
        ended,
        took: Duration::from_millis(5),
        said: None,
        met: Met::default(),
    }
}

fn failing(then: Performed) -> Ended {
    Ended::Failed(Failing {
        error: "exit 1".into(),
        then,
    })
}

fn is_fenced<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Fenced { .. }))
}

#[test]
fn a_seat_that_asks_again_is_told_the_batch_it_has() {
    let queued = Queued::planned(3);
    let first = queued.begin(SEAT).unwrap();
    assert_eq!(queued.begin(SEAT), Ok(first));
    assert_eq!(queued.begin(OTHER).unwrap().batch, BatchNumber(1));
    assert_eq!(queued.backlog().begun.len(), 2);
}

#[test]
fn an_ending_that_is_said_again_counts_once() {
    let later = Timestamp::now().after(Duration::from_secs(60));
    let ends = [
        (Ended::Done(Vec::new()), 1, 0),
        (Ended::GivenBack, 0, 0),
        (failing(Performed::Retry(later)), 0, 0),
        (failing(Performed::Skip), 0, 1),
        (failing(Performed::Terminate), 0, 0),
    ];
    for (ended, done, failed) in ends {
        let queued = Queued::planned(3);
        queued.begin(SEAT).unwrap();
        queued.end(SEAT, 0, ended.clone()).unwrap();
        let row = queued.home.row(queued.key.task);
        let last = queued.home.last_event();
        queued.end(SEAT, 0, ended.clone()).unwrap();
        let again = queued.home.row(queued.key.task);
        assert_eq!(again, row, "{ended:?}");
        assert_eq!(queued.home.last_event(), last, "{ended:?}");
        assert_eq!(
            (row.progress.batches_done, row.progress.batches_failed),
            (done, failed)
        );
        assert_eq!(row.progress.items_done, 10 * done);
    }
}

#[test]
fn items_that_a_seat_passed_over_go_to_the_failures_with_the_place_of_their_batch() {
    let queued = Queued::planned(3);
    queued.begin(SEAT).unwrap();
    let passed = vec![PassedItem {
        place: 4,
        error: "no such user".into(),
    }];
    for _ in 0..2 {
        queued.end(SEAT, 0, Ended::Done(passed.clone())).unwrap();
    }
    let failures = queued.home.store.failures(queued.key.task).unwrap();
    let [failure] = failures.as_slice() else {
        panic!("{failures:?}");
    };
    assert_eq!(failure.passed, passed);
    assert_eq!((failure.cursor.as_slice(), failure.items), (&b"0"[..], 10));
    let progress = queued.home.row(queued.key.task).progress;
    assert_eq!((progress.items_done, progress.items_failed), (9, 1));
    assert_eq!((progress.batches_done, progress.batches_failed), (1, 0));
    assert_eq!(queued.told(What::Skipped), 1);
}

#[test]
fn a_batch_that_is_halved_and_said_again_is_two_others_once() {
    let queued = Queued::planned(3);
    queued.begin(SEAT).unwrap();
    let middle = failing(Performed::Halve(b"5".to_vec()));
    queued.end(SEAT, 0, middle.clone()).unwrap();
    queued.end(SEAT, 0, middle).unwrap();
    assert_eq!(queued.rows(), [1, 2, 3, 4]);
    assert_eq!(queued.told(What::Halved), 1);
    let planned = |batch| {
        let store = &queued.home.store;
        let row = store.planned(queued.key.task, BatchNumber(batch)).unwrap();
        let row = row.unwrap();
        (row.cursor.to_vec(), row.next.to_vec(), row.items, row.half)
    };
    assert_eq!(planned(3), (b"0".to_vec(), b"5".to_vec(), 5, true));
    assert_eq!(planned(4), (b"5".to_vec(), b"10".to_vec(), 5, true));
    // They begin before the others; what is cut meanwhile under their numbers is not planned.
    let stale = queued.home.store.plan_batches(queued.key, cuts(3, 2));
    assert_eq!(stale.unwrap().progress.batch, BatchNumber(5));
    assert_eq!(queued.begin(SEAT).unwrap().batch, BatchNumber(3));
    assert_eq!(queued.begin(OTHER).unwrap().batch, BatchNumber(4));
    let again = failing(Performed::Halve(b"2".to_vec()));
    queued.end(SEAT, 3, again).unwrap();
    queued.end(OTHER, 4, Ended::Done(Vec::new())).unwrap();
    let halves = queued.backlog().halves;
    let numbers: Vec<u64> = halves.iter().map(|half| half.batch.0).collect();
    assert_eq!(numbers, [5, 6]);
    let progress = queued.home.row(queued.key.task).progress;
    assert_eq!((progress.items_done, progress.batches_failed), (5, 0));
}

#[test]
fn a_policy_that_suspends_and_is_said_again_is_one_request() {
    let queued = Queued::planned(3);
    queued.begin(SEAT).unwrap();
    let request = queued.home.row(queued.key.task).wish.request;
    for _ in 0..2 {
        queued
            .end(SEAT, 0, failing(Performed::Suspend(request)))
            .unwrap();
    }
    assert_eq!(queued.told(What::Requested), 1);
    assert_eq!(queued.told(What::GaveUp), 1);
    assert_eq!(queued.begin(OTHER), Err(NotBegun::Closed));
}

#[test]
fn a_batch_that_was_put_back_is_no_longer_its_first_performer_s() {
    let queued = Queued::planned(3);
    let lost = queued.begin(OTHER).unwrap();
    queued
        .home
        .store
        .put_back_batch(queued.key, lost, Spent::Policy)
        .unwrap();
    let own = queued.begin(SEAT).unwrap();
    assert_eq!((own.batch, own.attempt), (lost.batch, 2));
    assert!(is_fenced(&queued.end(OTHER, 0, Ended::Done(Vec::new()))));
    assert!(is_fenced(&queued.end(OTHER, 0, Ended::GivenBack)));
    assert!(
        is_fenced(&queued.end(OTHER, 7, Ended::Done(Vec::new()))),
        "never planned"
    );
    assert_eq!(queued.backlog().begun, [own]);
    assert_eq!(queued.home.row(queued.key.task).progress.batches_done, 0);
    queued.end(SEAT, 0, Ended::Done(Vec::new())).unwrap();
}

#[test]
fn what_was_begun_by_the_dead_is_put_back_once() {
    let queued = Queued::planned(3);
    let lost = queued.begin(OTHER).unwrap();
    for _ in 0..2 {
        queued
            .home
            .store
            .put_back_batch(queued.key, lost, Spent::Policy)
            .unwrap();
    }
    let backlog = queued.backlog();
    assert_eq!((backlog.tried.len(), backlog.left()), (1, 3));
    assert_eq!(queued.told(What::PutBack), 1);
}

#[test]
fn a_seat_that_is_left_gives_back_its_batch_and_no_attempt() {
    let queued = Queued::planned(3);
    queued.begin(SEAT).unwrap();
    for _ in 0..2 {
        let store = &queued.home.store;
        store.leave_seat(&queued.performer, SEAT).unwrap();
    }
    assert_eq!(queued.begin(OTHER).unwrap().attempt, 1);
}

#[test]
fn what_who_coordinates_says_again_changes_nothing() {
    let queued = Queued::planned(3);
    let (store, key) = (&queued.home.store, queued.key);
    let again = |write: &dyn Fn()| {
        write();
        let before = (queued.backlog(), queued.home.last_event());
        write();
        assert_eq!((queued.backlog(), queued.home.last_event()), before);
    };
    again(&|| drop(store.plan_batches(key, cuts(0, 3)).unwrap()));
    again(&|| drop(store.plan_batches(key, cuts(3, 2)).unwrap()));
    again(&|| drop(store.close_queue(key).unwrap()));
    assert_eq!(queued.begin(SEAT), Err(NotBegun::Closed));
    again(&|| drop(store.reopen_queue(key).unwrap()));
    assert!(queued.backlog().serving);
    again(&|| drop(store.forgive_batches(key).unwrap()));
    let lost = || BrokerNews::Unreachable("gone".into());
    again(&|| drop(store.note_broker(key, lost()).unwrap()));
    again(&|| drop(store.note_broker(key, BrokerNews::Back).unwrap()));
    assert_eq!(queued.backlog().waiting(), 5);
    assert_eq!(queued.rows(), [0, 1, 2, 3, 4]);
    again(&|| drop(store.exhaust_queue(key).unwrap()));
    assert!(!queued.home.row(key.task).progress.exhausted);
}

#[test]
fn planning_that_failed_and_is_said_again_is_one_attempt() {
    let queued = Queued::planned(3);
    let mut progress = queued.home.row(queued.key.task).progress;
    progress.attempts = 1;
    progress.error = Some("no such file".into());
    progress.next_attempt_at = Some(Timestamp::now());
    for _ in 0..2 {
        let failed = FailedAttempt {
            progress: progress.clone(),
            error: "no such file".into(),
            then: AfterFailure::Retry,
        };
        let store = &queued.home.store;
        store.planning_failed(queued.key, failed).unwrap();
    }
    assert_eq!(queued.told(What::Retry), 1);
    assert_eq!(queued.home.row(queued.key.task).progress.retries, 1);
}

#[test]
fn every_write_of_an_old_coordinator_is_refused_while_performers_go_on() {
    let queued = Queued::planned(3);
    let own = queued.begin(OTHER).unwrap();
    let old = queued.key;
    let new = take_over(&queued.home.store, W2, old).unwrap().key;
    let row = queued.home.row(old.task);
    let store = &queued.home.store;
    let failed = FailedAttempt {
        progress: row.progress.clone(),
        error: "no".into(),
        then: AfterFailure::Retry,
    };
    assert!(is_fenced(&store.watch_queue(old)));
    assert!(is_fenced(&store.plan_batches(old, cuts(3, 1))));
    assert!(is_fenced(&store.close_queue(old)));
    assert!(is_fenced(&store.reopen_queue(old)));
    assert!(is_fenced(&store.put_back_batch(old, own, Spent::Policy)));
    assert!(is_fenced(&store.planning_failed(old, failed)));
    assert!(is_fenced(&store.exhaust_queue(old)));
    assert!(is_fenced(&store.forgive_batches(old)));
    assert!(is_fenced(&store.note_broker(old, BrokerNews::Back)));
    assert_eq!(queued.home.row(old.task), row);

    assert_eq!(queued.begin(SEAT), Err(NotBegun::Closed), "not prepared");
    queued.end(OTHER, 0, Ended::Done(Vec::new())).unwrap();
    store.prepared(new).unwrap();
    assert_eq!(queued.begin(SEAT).unwrap().batch, BatchNumber(1));
    assert_eq!(queued.home.row(old.task).progress.items_done, 10);
}

#[test]
fn no_batch_begins_once_something_else_is_wanted_and_nobody_is_sent_for_it() {
    for want in [Desired::Suspend, Desired::Terminate] {
        let queued = Queued::planned(3);
        let own = queued.begin(SEAT).unwrap();
        let served = || {
            let look = Look {
                accepts: Some(super::Accepts::default()),
                ..Look::default()
            };
            queued.home.store.glance(look).unwrap().served.len()
        };
        assert_eq!(served(), 1);
        queued.home.ask(queued.key.task, want);
        assert_eq!(queued.begin(OTHER), Err(NotBegun::Closed));
        assert_eq!(served(), 0);
        assert_eq!(queued.begin(SEAT), Ok(own), "what it has is told again");
    }
}

#[test]
fn a_task_is_settled_once_nothing_is_in_flight_and_keeps_what_was_left() {
    let queued = Queued::planned(3);
    let (home, key) = (&queued.home, queued.key);
    queued.begin(OTHER).unwrap();
    home.ask(key.task, Desired::Terminate);
    let settle = || home.settle(key, Happened::Boundary, Ending::Terminated);
    assert!(settle().is_err(), "a batch is in flight");
    assert_eq!(queued.rows(), [0, 1, 2]);
    queued.end(OTHER, 0, Ended::Done(Vec::new())).unwrap();
    assert!(settle().is_ok());
    assert_eq!(queued.rows(), [1, 2]);
    assert_eq!(queued.backlog().left(), 0);
}

#[test]
fn a_task_is_given_back_with_batches_in_flight_and_no_request_settles_it_then() {
    for want in [Desired::Suspend, Desired::Terminate] {
        let queued = Queued::planned(3);
        let (home, key) = (&queued.home, queued.key);
        queued.begin(OTHER).unwrap();
        let released = home.settle(key, Happened::Stopping, Ending::Released);
        assert!(released.is_ok(), "{released:?}");
        let answer = home.ask(key.task, want);
        assert_eq!(answer.current, StateWord::Init);
        assert_eq!(home.waits().now, [key.task], "a worker settles it");
        assert_eq!(queued.rows(), [0, 1, 2]);
        let held: Held = claim(&home.store, W1);
        queued.end(OTHER, 0, Ended::Done(Vec::new())).unwrap();
        let ending = match want {
            Desired::Suspend => Ending::Suspended,
            _ => Ending::Terminated,
        };
        assert!(home.settle(held.key, Happened::Boundary, ending).is_ok());
        assert_eq!(home.row(key.task).progress.batches_done, 1);
    }
}

#[test]
fn batches_whose_workers_keep_dying_are_left_to_the_policy() {
    for on_error in [OnError::Suspend, OnError::Skip, OnError::Terminate] {
        let spec = TaskSpec {
            retries: 0,
            on_error,
            ..named("deadly")
        };
        let queued = Queued::with(spec, 2);
        let lost = queued.begin(OTHER).unwrap();
        queued
            .home
            .store
            .put_back_batch(queued.key, lost, Spent::Policy)
            .unwrap();
        let row = queued.home.row(queued.key.task);
        let failures = queued.home.store.failures(queued.key.task).unwrap();
        let backlog = queued.backlog();
        let seen = (
            row.wish.desired,
            failures.len(),
            backlog.gave_up.is_some(),
            backlog.left(),
        );
        let expected = match on_error {
            OnError::Suspend => (Desired::Suspend, 0, false, 2),
            OnError::Skip => (Desired::Run, 1, false, 1),
            OnError::Terminate => (Desired::Run, 0, true, 2),
        };
        assert_eq!(seen, expected);
    }
}

#[test]
fn batches_that_died_together_are_tried_again_at_different_times() {
    let queued = Queued::planned(3);
    for round in 0..2 {
        let lost: Vec<Begun> = (1..=3)
            .map(|number| queued.begin(Seat { worker: W2, number }).unwrap())
            .collect();
        for begun in lost {
            queued
                .home
                .store
                .put_back_batch(queued.key, begun, Spent::Policy)
                .unwrap();
        }
        let due: Vec<_> = queued
            .backlog()
            .tried
            .iter()
            .map(|tried| tried.not_before)
            .collect();
        if round == 0 {
            assert_eq!(due, [None; 3]);
        } else {
            let mut due: Vec<_> = due.into_iter().map(Option::unwrap).collect();
            due.sort_unstable();
            assert!(
                due.windows(2)
                    .all(|two| two[1].since(two[0]) > Duration::from_millis(50))
            );
        }
    }
}

#[test]
fn rows_of_a_queue_that_can_t_be_read_are_named_and_change_nothing() {
    let queued = Queued::planned(3);
    let txn = raw(&queued.home.database()).begin_write().unwrap();
    let task = queued.key.task;
    txn.open_table(PLANNED)
        .unwrap()
        .insert((task.0, 0), b"\xc1".as_slice())
        .unwrap();
    txn.commit().unwrap();
    let begin = |task: &Performer| queued.home.store.begin_batch(task, SEAT, Which::Next);
    let named = |outcome: Option<StoreError>| match outcome {
        Some(StoreError::Unreadable { row, .. }) => row,
        other => panic!("{other:?}"),
    };
    let planned = RowName::Planned(task, BatchNumber(0));
    assert_eq!(named(begin(&queued.performer).err()), planned);
    assert_eq!(queued.backlog().begun, []);
    assert_eq!(queued.backlog().waiting(), 3);

    edit(&queued.home, "backlogs", task.0, |row| *row = "junk".into());
    assert_eq!(
        named(begin(&queued.performer).err()),
        RowName::Backlog(task)
    );
    let other: TaskNumber = queued.home.bare();
    assert_eq!(
        queued.home.row(other).spec.number,
        other,
        "the others are there"
    );
}
