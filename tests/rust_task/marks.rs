//! Marks: effects that happen exactly once, and what is told when a mark does not fit. Items that are
//! passed over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use longhaul_common::spec::{Queue, Way};
use longhaul_common::state::{Outcome, StateWord};
use longhaul_common::store::NewTask;
use longhaul_common::view::TaskView;
use longhaul_worker::{
    Cx, Failure, Mark, RangeSource, RunningWorker, Source, Task, builder, new_task,
};
use serde_json::Value;

use crate::house::{House, stop};

/// What a task keeps, changed in one go: a database of its own.
#[derive(Clone, Default)]
struct Data(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    rows: Vec<i64>,
    /// By batch key; under "last" the last one.
    marks: BTreeMap<String, String>,
    /// How often it was asked for a mark that it has.
    found: usize,
    /// Which of them it gives.
    gives: Gives,
    /// How many attempts at batch 1 fail after they were committed.
    fails: u32,
    /// Whether batch 1 asks somebody to look.
    pauses: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Gives {
    #[default]
    Last,
    OfTheKey,
    None,
}

impl Data {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap()
    }

    fn rows(&self) -> Vec<i64> {
        let mut rows = self.kept().rows.clone();
        rows.sort_unstable();
        rows
    }

    /// Changes the last mark.
    fn forge(&self, field: &str, value: Value) {
        let mut kept = self.kept();
        let mark = kept.marks.get_mut("last").unwrap();
        let mut json: Value = serde_json::from_str(mark).unwrap();
        json[field] = value;
        *mark = json.to_string();
    }
}

struct Keeps(Data);

impl Task for Keeps {
    const KIND: &'static str = "keeps";
    type Params = ();
    type Item = Vec<u8>;
    type Shared = Data;

    fn source((): &(), _: &Data) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(0, 29)))
    }

    fn init((): (), data: Data, _: &Cx) -> Result<Self, Failure> {
        Ok(Self(data))
    }

    fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        if cx.batch().0 == 1 && self.0.kept().pauses {
            return Err(Failure::suspend("look"));
        }
        let mut rows = Vec::new();
        for (place, item) in items.iter().enumerate() {
            match std::str::from_utf8(item)?.parse()? {
                13 => cx.skip_item(place, "it brings bad luck"),
                row => rows.push(row),
            }
        }
        let mark = serde_json::to_string(&cx.mark()?)?;
        let mut kept = self.0.kept();
        kept.rows.extend(rows);
        let gives = kept.gives;
        if gives != Gives::None {
            let name = match gives {
                Gives::OfTheKey => cx.key(),
                Gives::Last | Gives::None => "last",
            };
            kept.marks.insert(name.into(), mark);
        }
        if cx.batch().0 == 1 && cx.attempt() <= kept.fails {
            return Err(Failure::retry("lost the connection after the commit"));
        }
        Ok(())
    }

    fn committed(&mut self, cx: &Cx) -> Result<Option<Mark>, Failure> {
        let mut kept = self.0.kept();
        let name = match kept.gives {
            Gives::OfTheKey => cx.key(),
            Gives::Last | Gives::None => "last",
        };
        let mark = kept.marks.get(name).map(|mark| serde_json::from_str(mark));
        let mark = mark.transpose()?;
        kept.found += usize::from(mark.is_some());
        Ok(mark)
    }
}

fn worker(house: &House, data: &Data) -> RunningWorker {
    builder(house.control.store().clone())
        .register::<Keeps>(data.clone())
        .spawn()
        .unwrap()
}

fn task() -> NewTask {
    let mut task = new_task::<Keeps>(&()).unwrap();
    task.spec.batch_size = 10;
    task.spec.backoff_ms = 1;
    task
}

fn all_but_the_bad_one() -> Vec<i64> {
    (0..30).filter(|row| *row != 13).collect()
}

#[track_caller]
fn is_complete(view: &TaskView, house: &House) {
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.items_done, view.items_failed), (29, 1));
    assert_eq!((view.batches_done, view.retries), (3, 0));
    let failures = house.control.store().failures(view.number).unwrap();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].batch.0, 1);
    assert_eq!(failures[0].passed.len(), 1);
    assert_eq!(failures[0].passed[0].place, 3);
    assert_eq!(failures[0].passed[0].error, "it brings bad luck");
}

#[test]
fn a_batch_that_failed_after_its_commit_is_done_and_never_runs_again() {
    let (house, data) = (House::new(), Data::default());
    data.kept().fails = 9;
    let worker = worker(&house, &data);
    let view = house.ended(house.submit(task()));
    is_complete(&view, &house);
    assert_eq!(data.rows(), all_but_the_bad_one());
    stop(worker);
}

#[test]
fn the_same_holds_with_a_queue_where_each_batch_has_a_mark_of_its_own() {
    let (house, data) = (House::new(), Data::default());
    data.kept().fails = 1;
    data.kept().gives = Gives::OfTheKey;
    let worker = worker(&house, &data);
    let mut task = task();
    task.spec.way = Way::Queued(Queue::default());
    let view = house.ended(house.submit(task));
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.items_done, view.items_failed), (29, 1));
    assert_eq!(data.rows(), all_but_the_bad_one());
    assert!(data.kept().found > 0);
    stop(worker);
}

#[test]
fn a_queue_is_refused_by_what_keeps_the_last_mark_alone() {
    let (house, data) = (House::new(), Data::default());
    let worker = worker(&house, &data);
    let mut task = task();
    task.spec.way = Way::Queued(Queue::default());
    let view = house.rests(house.submit(task));
    let error = view.error.unwrap();
    assert!(error.contains("one for each batch key"), "{error}");
    assert!(error.contains("without --queue"), "{error}");
    stop(worker);
}

/// Suspends a task after its first batch, and resumes it once its data was tampered with.
#[track_caller]
fn resumed_with(tamper: impl FnOnce(&Data), word: &str) {
    let (house, data) = (House::new(), Data::default());
    data.kept().pauses = true;
    let worker = worker(&house, &data);
    let task = house.submit(task());
    assert_eq!(house.rests(task).batches_done, 1);
    data.kept().pauses = false;
    tamper(&data);
    house.control.resume([task]).send().unwrap();
    let view = house.until(task, "suspended with words", |view| {
        let told = |error: &String| error.contains(word);
        view.error.as_ref().is_some_and(told) && view.current_state == StateWord::Suspend
    });
    assert_eq!(view.batches_done, 1);
    stop(worker);
}

#[test]
fn a_mark_that_does_not_fit_suspends_the_task_and_says_why() {
    let other = longhaul_common::id::TaskId::new().to_string();
    resumed_with(|data| data.forge("task", other.into()), "not of this one");
    resumed_with(|data| data.forge("batch", 99.into()), "is ahead");
    resumed_with(|data| data.forge("epoch", 99.into()), "a later claim");
    resumed_with(|data| data.kept().marks.clear(), "has none");
}
