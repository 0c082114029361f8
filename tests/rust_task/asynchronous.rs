//! Tasks whose methods are futures: the same engine, and dropped where they wait.

use std::time::{Duration, Instant};

use longhaul_common::state::{Outcome, StateWord};
use longhaul_common::store::{Haste, NewTask};
use longhaul_worker::source::{AsyncPages, Awaited, Page};
use longhaul_worker::{
    Async, AsyncTask, Cx, End, Failure, RunningWorker, Source, builder, new_task,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::house::{Diary, House, stop, wait_until};

/// What a task that waits does at its second batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum Way {
    /// What it does at each.
    Usual,
    /// Waits for ever, and listens to nobody.
    HangsUp,
    /// Waits for ever before its items are there.
    HangsUpInSource,
    /// Comes back by itself once it is told to stop.
    Listens,
    /// Panics.
    Panics,
    /// Fails once.
    Fails,
}

struct Waits<const LISTENS: bool> {
    way: Way,
    diary: Diary,
}

/// Notes that a batch was dropped before its end.
struct Guard(Diary);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
}

impl<const LISTENS: bool> AsyncTask for Waits<LISTENS> {
    const KIND: &'static str = if LISTENS { "listens" } else { "waits" };
    type Params = Way;
    type Item = u32;
    type Shared = Diary;
    const LEAVE: Duration = if LISTENS {
        Duration::from_secs(60)
    } else {
        Duration::ZERO
    };

    fn source(way: &Way, diary: &Diary) -> Result<Box<dyn Source<u32>>, Failure> {
        let (way, diary) = (*way, diary.clone());
        Ok(Box::new(Awaited(AsyncPages::new(
            move |from: Option<u32>, size| {
                let diary = diary.clone();
                async move {
                    tokio::time::sleep(Duration::from_micros(10)).await;
                    let from = from.unwrap_or(0);
                    if way == Way::HangsUpInSource && from > 0 {
                        diary.note("fetching");
                        let _guard = Guard(diary);
                        std::future::pending::<()>().await;
                    }
                    let to = (from + u32::try_from(size).unwrap()).min(25);
                    Ok(Page {
                        items: (from..to).collect(),
                        next: (to < 25).then_some(to),
                    })
                }
            },
        ))))
    }

    async fn init(way: Way, diary: Diary, _: &Cx) -> Result<Self, Failure> {
        tokio::task::yield_now().await;
        diary.note("init");
        Ok(Self { way, diary })
    }

    async fn batch(&mut self, items: &[u32], cx: &Cx) -> Result<(), Failure> {
        self.diary
            .note(format!("batch {} {}", cx.batch(), cx.attempt()));
        if cx.batch().0 == 1 {
            match self.way {
                Way::Usual | Way::HangsUpInSource => {}
                Way::HangsUp => {
                    let _guard = Guard(self.diary.clone());
                    std::future::pending::<()>().await;
                }
                Way::Listens => {
                    let _guard = Guard(self.diary.clone());
                    cx.until_cancelled().await;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    self.diary.note("put right");
                    cx.check()?;
                }
                Way::Panics if cx.attempt() == 1 => panic!("on purpose"),
                Way::Fails if cx.attempt() == 1 => "x".parse::<u32>().map(|_| ())?,
                Way::Panics | Way::Fails => {}
            }
        }
        for item in items {
            tokio::task::yield_now().await;
            self.diary.note(format!("done {item}"));
        }
        Ok(())
    }

    async fn suspended(&mut self, _: &Cx) -> Result<(), Failure> {
        tokio::task::yield_now().await;
        self.diary.note("suspended");
        Ok(())
    }

    async fn resumed(&mut self, _: &Cx) -> Result<(), Failure> {
        self.diary.note("resumed");
        Ok(())
    }

    const ROLLS_BACK: bool = true;

    async fn rollback(_: &Way, diary: &Diary, items: &[u32], _: &Cx) -> Result<(), Failure> {
        for item in items.iter().rev() {
            tokio::task::yield_now().await;
            diary.note(format!("undone {item}"));
        }
        Ok(())
    }

    async fn cleanup(_: &Way, diary: &Diary, end: End, _: &Cx) -> Result<(), Failure> {
        tokio::task::yield_now().await;
        diary.note(format!("cleanup {end:?}"));
        Ok(())
    }
}

fn worker(house: &House) -> RunningWorker {
    builder(house.control.store().clone())
        .register::<Async<Waits<false>>>(house.diary.clone())
        .register::<Async<Waits<true>>>(house.diary.clone())
        .spawn()
        .unwrap()
}

fn task<const LISTENS: bool>(way: Way) -> NewTask {
    let mut task = new_task::<Async<Waits<LISTENS>>>(&way).unwrap();
    task.spec.batch_size = 10;
    task.spec.backoff_ms = 1;
    task
}

#[test]
fn futures_do_every_item_once_and_run_the_hooks() {
    for way in [Way::Usual, Way::Panics, Way::Fails] {
        let house = House::new();
        let worker = worker(&house);
        let view = house.ended(house.submit(task::<false>(way)));
        assert_eq!(view.outcome, Some(Outcome::Completed));
        assert_eq!(view.retries, u64::from(way != Way::Usual));
        assert_eq!(house.diary.done(), (0..25).collect::<Vec<_>>());
        assert_eq!(house.diary.count("cleanup Leaving(Completed)"), 1);
        stop(worker);
    }
}

#[test]
fn a_batch_that_waits_is_dropped_at_once_by_force_and_repeated_at_a_resume() {
    for (way, seen) in [
        (Way::HangsUp, "batch 1 1"),
        (Way::HangsUpInSource, "fetching"),
    ] {
        let house = House::new();
        let worker = worker(&house);
        let task = house.submit(task::<false>(way));
        wait_until("waiting", || house.diary.count(seen) == 1);
        // Asked politely, it is waited for.
        house.control.suspend([task]).send().unwrap();
        assert_eq!(house.view(task).current_state, StateWord::Run);
        assert_eq!(house.diary.count("dropped"), 0);
        let force = || house.control.suspend([task]).haste(Haste::ByForce).send();
        force().unwrap();
        let view = house.rests(task);
        assert_eq!((view.items_done, view.retries), (10, 0));
        assert_eq!(house.diary.count("dropped"), 1);
        assert_eq!(house.diary.count("suspended"), 1);
        house.control.resume([task]).send().unwrap();
        wait_until("waiting again", || house.diary.count(seen) == 2);
        assert_eq!(house.diary.count("resumed"), 1);
        force().unwrap();
        house.rests(task);
        stop(worker);
    }
}

#[test]
fn a_batch_that_listens_brings_to_an_end_what_it_must_before_it_is_left() {
    let house = House::new();
    let worker = worker(&house);
    let task = house.submit(task::<true>(Way::Listens));
    wait_until("waiting", || house.diary.count("batch 1 1") == 1);
    let asking = house.control.terminate([task]).haste(Haste::ByForce);
    asking.send().unwrap();
    house.ended(task);
    let lines = house.diary.lines();
    let put_right = lines.iter().position(|line| line == "put right").unwrap();
    let dropped = lines.iter().position(|line| line == "dropped").unwrap();
    assert!(put_right < dropped, "{lines:?}");
    stop(worker);
}

#[test]
fn futures_undo_what_was_done() {
    let house = House::new();
    let worker = worker(&house);
    let task = house.submit(task::<false>(Way::HangsUp));
    wait_until("waiting", || house.diary.count("batch 1 1") == 1);
    let asking = house.control.terminate([task]).haste(Haste::ByForce);
    asking.send().unwrap();
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Terminated));
    assert_eq!(view.rollback.map(|rollback| rollback.items_done), Some(10));
    let lines = house.diary.lines();
    let from = lines.iter().position(|line| line.starts_with("undone"));
    let undone: Vec<_> = (0..10).rev().map(|item| format!("undone {item}")).collect();
    let from = from.expect("something is undone");
    assert_eq!(lines[from..from + 10], undone);
    assert_eq!(lines[from + 10..].len(), 1, "the cleanup: {lines:?}");
    stop(worker);
}

#[test]
fn a_runtime_that_the_host_lends_drives_the_futures() {
    let house = House::new();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let worker = builder(house.control.store().clone())
        .register::<Async<Lent>>(house.diary.clone())
        .runtime(runtime.handle().clone())
        .spawn()
        .unwrap();
    house.ended(house.submit(new_task::<Async<Lent>>(&()).unwrap()));
    let id = runtime.handle().id().to_string();
    assert_eq!(house.diary.lines(), [id]);
    stop(worker);
}

/// Notes which runtime drives it.
struct Lent;

impl AsyncTask for Lent {
    const KIND: &'static str = "lent";
    type Params = ();
    type Item = Vec<u8>;
    type Shared = Diary;

    fn source((): &(), _: &Diary) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(longhaul_worker::SingleSource))
    }

    async fn init((): (), diary: Diary, _: &Cx) -> Result<Self, Failure> {
        let id = tokio::spawn(async { tokio::runtime::Handle::current().id() });
        diary.note(id.await?.to_string());
        Ok(Self)
    }

    async fn batch(&mut self, _: &[Vec<u8>], _: &Cx) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn the_end_of_a_workers_grace_drops_a_batch_that_waits_and_costs_no_attempt() {
    let house = House::new();
    let first = builder(house.control.store().clone())
        .register::<Async<Waits<false>>>(house.diary.clone())
        .grace(Duration::from_millis(10))
        .spawn()
        .unwrap();
    let task = house.submit(task::<false>(Way::HangsUp));
    wait_until("waiting", || house.diary.count("batch 1 1") == 1);
    let asked = Instant::now();
    first.stopper().stop();
    first.join().unwrap();
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "it was waited for"
    );
    let view = house.view(task);
    assert_eq!((view.current_state, view.retries), (StateWord::Init, 0));
    assert_eq!(house.diary.count("dropped"), 1);
}
