//! Kinds that undo what they did.

use std::time::Instant;

use longhaul_common::control::Control;
use longhaul_common::state::{Outcome, RollbackStage, StateWord};
use longhaul_worker::{Cx, End, Failure, RangeSource, Source, Task, builder, new_task};

use crate::house::{Diary, House, PATIENCE};

/// Counts, waits after its second batch, and counts back.
struct Counting(Diary);

impl Task for Counting {
    const KIND: &'static str = "counting";
    const ROLLS_BACK: bool = true;
    type Params = i64;
    type Item = Vec<u8>;
    type Shared = Diary;

    fn source(last: &i64, _: &Diary) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, *last)))
    }

    fn init(_: i64, diary: Diary, _: &Cx) -> Result<Self, Failure> {
        Ok(Self(diary))
    }

    fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        if cx.batch().0 == 2 {
            self.0.note("waits");
            let deadline = Instant::now() + PATIENCE;
            while !cx.cancelled() && Instant::now() < deadline {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            return Err(Failure::Cancelled);
        }
        self.0.note(format!("did {}", said(items)));
        Ok(())
    }

    fn rollback(_: &i64, diary: &Diary, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        diary.note(format!("undid {} as {}", said(items), cx.batch()));
        if diary.count(&format!("undid {} as {}", said(items), cx.batch())) == 1 {
            return Err(Failure::Retry("not at once".into()));
        }
        Ok(())
    }

    fn cleanup(_: &i64, diary: &Diary, _: End, _: &Cx) -> Result<(), Failure> {
        diary.note("cleanup");
        Ok(())
    }
}

fn said(items: &[Vec<u8>]) -> String {
    let words: Vec<_> = items
        .iter()
        .map(|item| String::from_utf8_lossy(item))
        .collect();
    words.join(" ")
}

#[test]
fn a_kind_that_rolls_back_undoes_its_batches_newest_first_without_an_instance() {
    let house = House::new();
    let diary = Diary::default();
    let store = house.control.store().clone();
    let worker = builder(store.clone())
        .register::<Counting>(diary.clone())
        .spawn()
        .unwrap();
    let control = Control::new(store).unwrap();
    let mut task = new_task::<Counting>(&100).unwrap();
    task.spec.batch_size = 2;
    task.spec.backoff_ms = 10;
    let task = control.submit(task).unwrap().number;
    house.until(task, "the third batch", |_| diary.count("waits") == 1);
    control
        .terminate([task])
        .haste(longhaul_common::store::Haste::ByForce)
        .send()
        .unwrap();
    let view = house.until(task, "ended", |view| {
        view.current_state == StateWord::Terminate
    });
    assert_eq!(view.outcome, Some(Outcome::Terminated));
    let rollback = view.rollback.expect("it has one");
    assert_eq!(
        (rollback.stage, rollback.items_done),
        (RollbackStage::Begun, 4)
    );
    let expected = [
        "did 1 2",
        "did 3 4",
        "waits",
        "undid 3 4 as 1",
        "undid 3 4 as 1",
        "undid 1 2 as 0",
        "undid 1 2 as 0",
        "cleanup",
    ];
    assert_eq!(diary.lines(), expected);
    crate::house::stop(worker);
}
