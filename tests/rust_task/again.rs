//! Items that were passed over are tried again while their task lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use longhaul_common::spec::{Queue, Way};
use longhaul_common::state::Outcome;
use longhaul_worker::{Cx, Failure, Mark, RangeSource, Source, Task, builder, new_task};

use crate::house::{House, stop};

#[derive(Clone, Default)]
struct Data(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// The items of each key, and those of them that were done.
    runs: Vec<(u64, String, Vec<i64>)>,
    done: Vec<i64>,
    mended: bool,
    /// It keeps the last mark: of no use with a queue.
    marks: bool,
    mark: Option<String>,
}

struct Picks(Data);

impl Task for Picks {
    const KIND: &'static str = "picks";
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
        let mut kept = self.0.0.lock().unwrap();
        if cx.batch().0 == 2 && !kept.mended {
            return Err(Failure::suspend("look"));
        }
        let mut all = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let item: i64 = std::str::from_utf8(item)?.parse()?;
            all.push(item);
            if matches!(item, 10 | 13 | 14) && !kept.mended {
                cx.skip_item(place, "it brings bad luck");
            } else {
                kept.done.push(item);
            }
        }
        kept.runs.push((cx.batch().0, cx.key().to_owned(), all));
        if kept.marks {
            kept.mark = Some(serde_json::to_string(&cx.mark()?)?);
        }
        Ok(())
    }

    fn committed(&mut self, _: &Cx) -> Result<Option<Mark>, Failure> {
        let kept = self.0.0.lock().unwrap();
        let mark = kept.mark.as_deref().map(serde_json::from_str);
        Ok(mark.transpose()?)
    }
}

#[test]
fn items_that_were_passed_over_are_tried_again_under_keys_of_their_own() {
    for queued in [false, true] {
        let (house, data) = (House::new(), Data::default());
        data.0.lock().unwrap().marks = !queued;
        let worker = builder(house.control.store().clone())
            .register::<Picks>(data.clone())
            .spawn()
            .unwrap();
        let mut task = new_task::<Picks>(&()).unwrap();
        task.spec.batch_size = 10;
        if queued {
            task.spec.way = Way::Queued(Queue::default());
        }
        let task = house.submit(task);
        let view = house.rests(task);
        assert_eq!((view.items_done, view.items_failed), (17, 3));
        data.0.lock().unwrap().mended = true;
        let asked = house.control.queue_again(task, None).unwrap().unwrap();
        assert_eq!((asked.batches, asked.items), (1, 3));
        assert_eq!(house.view(task).items_failed, 0);
        house.control.resume([task]).send().unwrap();
        let view = house.ended(task);
        assert_eq!(view.outcome, Some(Outcome::Completed));
        assert_eq!((view.items_done, view.items_failed), (30, 0));
        assert_eq!(house.control.store().failures(task).unwrap().len(), 0);
        stop(worker);
        let mut kept = data.0.lock().unwrap();
        kept.done.sort_unstable();
        assert_eq!(kept.done, (0..30).collect::<Vec<_>>());
        let mut keys = BTreeMap::new();
        for (_, key, items) in &kept.runs {
            assert_eq!(keys.insert(key.clone(), items.clone()), None);
        }
        let again = kept.runs.iter().filter(|(batch, ..)| *batch > 2);
        let again: Vec<Vec<i64>> = again.map(|(.., items)| items.clone()).collect();
        assert_eq!(again, [vec![10], vec![13, 14]]);
    }
}
