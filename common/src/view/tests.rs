use std::time::Duration;

use super::{Surroundings, TaskView};
use crate::backlog::{Backlog, Begun, Seat, Span, Tried, Unreachable};
use crate::gate::StoreGates;
use crate::id::{BatchNumber, Epoch, TaskNumber, WorkerNumber};
use crate::phase::Phase;
use crate::spec::{Place, Queue, Way};
use crate::state::{Desired, StateWord};
use crate::store::{Claim, TaskRow};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// Workers of odd numbers live.
fn view(row: &TaskRow) -> TaskView {
    let lives = |worker: WorkerNumber| worker.0 % 2 == 1;
    Surroundings::new(&[], &StoreGates::default(), &lives, NOW).view(row)
}

fn queued(backlog: Backlog) -> TaskRow {
    let mut row = TaskRow::default();
    row.spec.number = TaskNumber(3);
    row.spec.way = Way::Queued(Queue::default());
    row.state.word = StateWord::Run;
    row.claim = Some(Claim {
        worker: WorkerNumber(1),
        epoch: Epoch(1),
    });
    row.progress.running_ms = 5_000;
    row.progress.updated_at = before(10);
    row.progress.batch = BatchNumber(20);
    row.backlog = Some(Backlog {
        serving: true,
        ..backlog
    });
    row
}

fn before(seconds: u64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() - 1000 * i64::try_from(seconds).unwrap())
}

fn begun(batch: u64, worker: u64, seconds: u64) -> Begun {
    Begun {
        batch: BatchNumber(batch),
        slot: u16::try_from(batch).unwrap() + 1,
        seat: Seat {
            worker: WorkerNumber(worker),
            number: batch,
        },
        attempt: 1,
        since: before(seconds),
    }
}

#[test]
fn a_task_without_a_queue_has_none() {
    let document = serde_json::to_value(view(&TaskRow::default())).unwrap();
    assert!(document["queue"].is_null());
}

#[test]
fn what_is_planned_waits_and_flies_is_counted() {
    let view = view(&queued(Backlog {
        open: vec![Span(12, 19)],
        tried: vec![Tried {
            batch: BatchNumber(4),
            ..Tried::default()
        }],
        begun: vec![begun(7, 3, 2), begun(5, 1, 9), begun(6, 3, 4)],
        sent_again: 31,
        ..Backlog::default()
    }));
    let queue = view.queue.as_ref().unwrap();
    assert_eq!((queue.planned, queue.waiting, queue.in_flight), (20, 9, 3));
    assert_eq!(queue.workers, [WorkerNumber(1), WorkerNumber(3)]);
    let flight: Vec<u64> = queue.flight.iter().map(|flight| flight.batch.0).collect();
    assert_eq!(flight, [5, 6, 7]);
    assert_eq!(view.batch_since, Some(before(2)), "the last that began");
    let document = serde_json::to_value(&view).unwrap();
    assert_eq!(document["queue"]["place"], "store");
    assert_eq!(document["queue"]["in_flight"], 3);
    assert_eq!(document["queue"]["sent_again"], 31);
    assert!(document["queue"]["unreachable"].is_null());
}

#[test]
fn a_password_is_not_told() {
    let mut row = queued(Backlog::default());
    row.spec.way = Way::Queued(Queue {
        place: Place::Broker("redis://me:hush@there:6380/1".parse().unwrap()),
        ..Queue::default()
    });
    let document = serde_json::to_string(&view(&row)).unwrap();
    assert!(document.contains("there:6380/1") && !document.contains("hush"));
}

#[test]
fn time_runs_only_while_a_living_worker_performs_a_batch() {
    let running = |begun: Vec<Begun>| {
        let view = view(&queued(Backlog {
            open: vec![Span(12, 19)],
            begun,
            ..Backlog::default()
        }));
        (view.running_seconds, view.batch_since)
    };
    assert_eq!(running(Vec::new()), (5.0, None));
    assert_eq!(running(vec![begun(5, 2, 9)]), (5.0, None), "it is dead");
    assert_eq!(running(vec![begun(5, 3, 9)]), (15.0, Some(before(9))));
}

#[test]
fn an_ordered_task_backs_off_behind_its_first_batch_and_another_one_goes_on() {
    let due = NOW.after(Duration::from_secs(4));
    for (ordered, expected) in [(true, Phase::BackingOff), (false, Phase::Running)] {
        let mut row = queued(Backlog {
            open: vec![Span(12, 19)],
            tried: vec![Tried {
                batch: BatchNumber(4),
                attempts: 1,
                not_before: Some(due),
            }],
            ..Backlog::default()
        });
        row.spec.way = Way::Queued(Queue {
            ordered,
            ..Queue::default()
        });
        let view = view(&row);
        assert_eq!(view.phase, expected, "ordered: {ordered}");
        assert_eq!(view.next_attempt_at, Some(due));
    }
}

#[test]
fn a_task_on_its_way_to_rest_names_the_batches_it_waits_for() {
    let mut row = queued(Backlog {
        begun: vec![begun(5, 1, 9), begun(6, 3, 4)],
        unreachable: Some(Unreachable::default()),
        ..Backlog::default()
    });
    row.wish.desired = Desired::Suspend;
    let view = view(&row);
    assert_eq!(view.phase, Phase::Suspending);
    assert_eq!(view.waiting_for.as_deref(), Some("2 batches in flight"));
}
