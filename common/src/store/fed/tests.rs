use super::*;
use crate::backlog::{Seat, Which};
use crate::fed::{Fed, cursor};
use crate::id::{BatchNumber, RequestNumber, TaskId, WorkerNumber};
use crate::spec::{Input, Queue};
use crate::store::house_for_tests::{store, submit, terminate};
use crate::store::{
    Cuts, Ended, Failing, Key, Met, NewTask, Next, Performed, Performer, Planned, Report,
};
use crate::time::Timestamp;
use std::time::Duration;

const SEAT: Seat = Seat {
    worker: WorkerNumber(1),
    number: 1,
};

fn new_task(claim_for: Option<WorkerNumber>) -> NewTask {
    NewTask {
        spec: TaskSpec {
            id: TaskId::new(),
            input: Input::Fed,
            ..TaskSpec::default()
        },
        items_total: None,
        reason: None,
        claim_for,
    }
}

fn chunk(items: std::ops::Range<u32>) -> Chunk {
    let mut chunk = Chunk::default();
    for item in items {
        chunk.push(item.to_string()).unwrap();
    }
    chunk
}

fn words(items: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    items.map(|item| item.to_string().into_bytes()).collect()
}

fn feed(store: &Store, task: TaskNumber, items: std::ops::Range<u32>) -> u64 {
    store.feed(task, &chunk(items)).unwrap().unwrap()
}

/// A fed task that a worker holds and has prepared.
struct Held {
    _dir: tempfile::TempDir,
    store: Store,
    key: Key,
    performer: Performer,
}

impl Held {
    fn new() -> Self {
        let (dir, store) = store();
        let submitted = store.submit(new_task(Some(WorkerNumber(1)))).unwrap();
        let key = submitted.held.expect("it was claimed").key;
        store.prepared(key).unwrap();
        let performer = Performer {
            persistent: false,
            task: key.task,
            queue: Queue::default(),
            rate: None,
            stop_at: None,
            settings: 0,
        };
        Self {
            _dir: dir,
            store,
            key,
            performer,
        }
    }

    /// Plans batches that end at these items.
    fn plan(&self, ends: &[u64]) {
        let progress = self.store.task(self.key.task).unwrap().progress;
        let mut start = fed::item(&progress.cursor).unwrap();
        let mut batches = Vec::new();
        for end in ends {
            batches.push(Planned {
                cursor: ByteBuf::from(cursor(start)),
                next: ByteBuf::from(cursor(*end)),
                items: end - start,
                size: end - start,
                ..Planned::default()
            });
            start = *end;
        }
        let cuts = Cuts {
            marks: Vec::new(),
            first: progress.batch,
            batches,
            next_cut: 100,
            all: false,
            items_total: None,
        };
        self.store.plan_batches(self.key, cuts).unwrap();
    }

    fn end(&self, batch: u64, ended: Ended) {
        let which = Which::This(BatchNumber(batch));
        let begun = self.store.begin_batch(&self.performer, SEAT, which);
        begun.unwrap().begin.expect("it may begin");
        let report = Report {
            batch: BatchNumber(batch),
            ended,
            took: Duration::ZERO,
            said: None,
            met: Met::default(),
        };
        self.store
            .end_batch(&self.performer, SEAT, report, Next::Leave)
            .unwrap();
    }

    fn skip(&self, batch: u64) {
        let then = Performed::Skip;
        let error = "no".into();
        self.end(batch, Ended::Failed(Failing { error, then }));
    }

    /// The first items of the rows that are kept.
    fn rows(&self) -> Vec<u64> {
        let rows = self.store.read(|view| {
            let Some(table) = view.table(FED_ITEMS)? else {
                return Ok(Vec::new());
            };
            table.iter()?.map(|row| Ok(row?.0.value()?.1)).collect()
        });
        rows.unwrap()
    }

    fn items(&self, from: u64, size: usize) -> Vec<Vec<u8>> {
        self.store.fed_items(self.key.task, from, size).unwrap()
    }

    fn fed(&self) -> Fed {
        self.store.task(self.key.task).unwrap().fed.unwrap()
    }
}

#[test]
fn what_was_fed_is_read_back_from_any_item_on() {
    let held = Held::new();
    assert_eq!(feed(&held.store, held.key.task, 0..3), 3);
    assert_eq!(feed(&held.store, held.key.task, 3..10), 10);
    assert_eq!(held.items(0, 100), words(0..10));
    assert_eq!(held.items(2, 3), words(2..5));
    assert_eq!(held.items(9, 3), words(9..10));
    assert_eq!(held.items(10, 3), Vec::<Vec<u8>>::new());
}

#[test]
fn the_items_of_two_tasks_are_kept_apart() {
    let (_dir, store) = store();
    let [one, two] = [(); 2].map(|()| store.submit(new_task(None)).unwrap().number);
    feed(&store, one, 0..2);
    feed(&store, two, 5..6);
    assert_eq!(store.fed_items(one, 0, 9).unwrap(), words(0..2));
    assert_eq!(store.fed_items(two, 0, 9).unwrap(), words(5..6));
    assert_eq!(store.fed_items(one, 2, 9).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_fed_task_always_has_a_queue() {
    let (_dir, store) = store();
    let task = store.submit(new_task(None)).unwrap().number;
    assert!(store.task(task).unwrap().spec.way.queue().is_some());
}

#[test]
fn a_task_that_is_not_fed_closed_ended_or_unknown_takes_nothing() {
    let (_dir, store) = store();
    let refused = |task| store.feed(task, &chunk(0..1)).unwrap().unwrap_err();
    let other = submit(&store, "");
    assert_eq!(refused(other), NotTaken::NotFed);
    let closed = store.submit(new_task(None)).unwrap().number;
    store
        .close_feed(closed, &Actor::default(), None)
        .unwrap()
        .unwrap();
    assert_eq!(refused(closed), NotTaken::Closed);
    let ended = store.submit(new_task(None)).unwrap().number;
    terminate(&store, ended);
    assert_eq!(refused(ended), NotTaken::Ended(Outcome::Terminated));
    let unknown = store.feed(TaskNumber(99), &chunk(0..1));
    assert!(matches!(unknown, Err(StoreError::NoTask(TaskNumber(99)))));
    let unclosed = store.close_feed(ended, &Actor::default(), None).unwrap();
    assert_eq!(unclosed, Err(NotTaken::Ended(Outcome::Terminated)));
}

#[test]
fn a_task_that_is_being_terminated_takes_nothing() {
    let held = Held::new();
    terminate(&held.store, held.key.task);
    let refused = held.store.feed(held.key.task, &chunk(0..1)).unwrap();
    assert_eq!(refused, Err(NotTaken::Ending));
}

#[test]
fn closing_again_changes_nothing() {
    let held = Held::new();
    feed(&held.store, held.key.task, 0..3);
    let close = || {
        let closed = held
            .store
            .close_feed(held.key.task, &Actor::default(), None);
        closed.unwrap().unwrap()
    };
    let told = |already| Closed { items: 3, already };
    assert_eq!(close(), told(false));
    let at = held.fed().closed_at;
    assert_eq!(close(), told(true));
    assert_eq!(held.fed().closed_at, at);
}

#[test]
fn items_are_removed_once_all_batches_of_their_row_are_done() {
    let held = Held::new();
    feed(&held.store, held.key.task, 0..4);
    feed(&held.store, held.key.task, 4..8);
    held.plan(&[3, 6, 8]);
    held.end(1, Ended::Done(Vec::new()));
    held.end(0, Ended::Done(Vec::new()));
    feed(&held.store, held.key.task, 8..9);
    held.plan(&[9]);
    assert_eq!(held.rows(), [4, 8], "batch 2 holds items of the second row");
    assert_eq!(held.items(6, 2), words(6..8));
    held.end(2, Ended::Done(Vec::new()));
    held.end(3, Ended::Done(Vec::new()));
    assert_eq!(held.rows(), [0; 0], "nothing is left once all is done");
    feed(&held.store, held.key.task, 9..10);
    assert_eq!(held.items(9, 5), words(9..10));
}

#[test]
fn items_of_a_failed_batch_are_kept_until_and_after_the_end() {
    let held = Held::new();
    for row in 0..4 {
        feed(&held.store, held.key.task, row * 2..row * 2 + 2);
    }
    held.plan(&[2, 5, 8]);
    held.end(0, Ended::Done(Vec::new()));
    held.skip(1);
    held.end(2, Ended::Done(Vec::new()));
    assert_eq!(held.rows(), [2, 4], "items 2 to 4 failed");
    feed(&held.store, held.key.task, 8..9);
    held.plan(&[9]);
    held.end(3, Ended::Done(Vec::new()));
    assert_eq!(held.rows(), [2, 4]);
    terminate(&held.store, held.key.task);
    let row = held.store.task(held.key.task).unwrap();
    held.store
        .settle(
            held.key,
            crate::rules::Happened::Boundary,
            crate::state::Ending::Terminated,
            row.progress,
        )
        .unwrap()
        .expect("it ends");
    assert_eq!(held.rows(), [2, 4]);
    assert_eq!(held.items(2, 3), words(2..5));
}

#[test]
fn a_failure_that_reaches_into_a_later_row_keeps_that_too() {
    let held = Held::new();
    feed(&held.store, held.key.task, 0..4);
    feed(&held.store, held.key.task, 4..8);
    held.plan(&[3, 5, 6]);
    held.end(0, Ended::Done(Vec::new()));
    held.skip(1);
    // The first row is looked at, the second is still needed.
    held.plan(&[8]);
    held.end(2, Ended::Done(Vec::new()));
    held.end(3, Ended::Done(Vec::new()));
    assert_eq!(held.rows(), [0, 4]);
}

#[test]
fn what_a_terminated_task_was_fed_and_did_not_do_is_removed() {
    let held = Held::new();
    feed(&held.store, held.key.task, 0..4);
    held.plan(&[1]);
    terminate(&held.store, held.key.task);
    let row = held.store.task(held.key.task).unwrap();
    held.store
        .settle(
            held.key,
            crate::rules::Happened::Boundary,
            crate::state::Ending::Terminated,
            row.progress,
        )
        .unwrap()
        .expect("it ends");
    assert_eq!(held.rows(), [0; 0]);
}

#[test]
fn a_batch_that_is_tried_again_keeps_its_items() {
    let held = Held::new();
    feed(&held.store, held.key.task, 0..2);
    held.plan(&[2]);
    let then = Performed::Retry(Timestamp::default());
    let error = "no".into();
    held.end(0, Ended::Failed(Failing { error, then }));
    assert_eq!(held.items(0, 2), words(0..2));
    let then = Performed::Suspend(RequestNumber(0));
    let error = "no".into();
    held.end(0, Ended::Failed(Failing { error, then }));
    assert_eq!(held.items(0, 2), words(0..2));
}
