//! What was done at the second go is undone, as what was done at the first.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use longhaul_common::settings::Assignment;
use longhaul_common::spec::{Queue, Way};
use longhaul_common::state::Outcome;
use longhaul_common::store::Haste;
use longhaul_worker::{Cx, Failure, RangeSource, Source, Task, builder, new_task};

use crate::house::{House, PATIENCE, stop};

#[derive(Clone, Default)]
struct Data(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    mended: bool,
    done: Vec<(u64, i64)>,
    undone: Vec<(u64, i64)>,
    waits: bool,
}

impl Data {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap()
    }
}

/// Passes over some items and a batch, has somebody look at another, and waits at the last until it is told
/// to stop.
struct Picky(Data);

fn number(item: &[u8]) -> i64 {
    std::str::from_utf8(item).unwrap().parse().unwrap()
}

impl Task for Picky {
    const KIND: &'static str = "picky";
    const ROLLS_BACK: bool = true;
    type Params = ();
    type Item = Vec<u8>;
    type Shared = Data;

    fn source((): &(), _: &Data) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(0, 24)))
    }

    fn init((): (), data: Data, _: &Cx) -> Result<Self, Failure> {
        Ok(Self(data))
    }

    fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        let all: Vec<i64> = items.iter().map(|item| number(item)).collect();
        let mended = self.0.kept().mended;
        if all.contains(&24) {
            self.0.kept().waits = true;
            let deadline = Instant::now() + PATIENCE;
            while !cx.cancelled() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            return Err(Failure::Cancelled);
        }
        match all[0] {
            10 if !mended => return Err(Failure::skip("no luck at all")),
            15 if !mended => return Err(Failure::suspend("look")),
            _ => {}
        }
        for (place, item) in all.into_iter().enumerate() {
            if matches!(item, 3 | 7 | 8) && !mended {
                cx.skip_item(place, "no luck");
            } else {
                self.0.kept().done.push((cx.batch().0, item));
            }
        }
        Ok(())
    }

    fn rollback((): &(), data: &Data, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        let batch = cx.batch().0;
        let undone = items.iter().map(|item| (batch, number(item)));
        data.kept().undone.extend(undone);
        Ok(())
    }
}

#[test]
fn every_item_that_was_done_at_the_second_go_is_undone_once() {
    for queued in [false, true] {
        let (house, data) = (House::new(), Data::default());
        let worker = builder(house.control.store().clone())
            .concurrency(NonZeroUsize::new(3).unwrap())
            .register::<Picky>(data.clone())
            .spawn()
            .unwrap();
        let mut task = new_task::<Picky>(&()).unwrap();
        task.spec.batch_size = 5;
        if queued {
            task.spec.way = Way::Queued(Queue {
                parallel: 1,
                ..Queue::default()
            });
        }
        let task = house.submit(task);
        let view = house.rests(task);
        assert_eq!((view.items_done, view.items_failed), (7, 8));
        data.kept().mended = true;
        let asked = house.control.queue_again(task, None).unwrap().unwrap();
        assert_eq!((asked.batches, asked.items), (3, 8));
        if queued {
            // Its last batch, which waits, comes before the parts of others.
            let wider = vec![Assignment::new("parallel", "2").unwrap()];
            house.control.set([task], wider, None).unwrap();
        }
        house.control.resume([task]).send().unwrap();
        house.until(task, "all but the last batch", |view| {
            view.items_done == 20 && data.kept().waits
        });
        let asking = house.control.terminate([task]);
        asking.haste(Haste::ByForce).send().unwrap();
        let view = house.ended(task);
        assert_eq!(view.outcome, Some(Outcome::Terminated));
        stop(worker);
        let kept = data.kept();
        let mut batches: Vec<u64> = kept.undone.iter().map(|(batch, _)| *batch).collect();
        assert!(batches.is_sorted_by(|one, next| one >= next), "{batches:?}");
        batches.dedup();
        // Two parts: one item, and two that are neighbours.
        assert_eq!(batches.len(), 6, "{batches:?}");
        let (mut done, mut undone) = (kept.done.clone(), kept.undone.clone());
        done.sort_unstable();
        undone.sort_unstable();
        assert_eq!(undone, done);
        let mut items: Vec<i64> = done.into_iter().map(|(_, item)| item).collect();
        items.sort_unstable();
        assert_eq!(items, (0..20).collect::<Vec<_>>());
    }
}
