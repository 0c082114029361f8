//! Tasks that go on steadily in a worker of this process.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use longhaul_worker::{Cx, Failure, RangeSource, RunningWorker, Source, Task, builder, new_task};

use crate::lab::new_store;

/// So that all takes five minutes: what is left, and the share that is done, change often.
const ITEMS: u32 = 60_000;

/// A batch takes this long: two checkpoints a second each.
const BATCH: Duration = Duration::from_millis(500);

/// How soon a batch obeys.
const STEP: Duration = Duration::from_millis(50);

struct Steady;

impl Task for Steady {
    const KIND: &'static str = "steady";
    type Params = ();
    type Item = Vec<u8>;
    type Shared = ();

    fn source((): &(), _: &Self::Shared) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, ITEMS.into())))
    }

    fn init((): (), (): (), _: &Cx) -> Result<Self, Failure> {
        Ok(Self)
    }

    fn batch(&mut self, _: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        let since = Instant::now();
        while since.elapsed() < BATCH {
            std::thread::sleep(STEP);
            cx.check()?;
        }
        Ok(())
    }
}

/// A worker whose slots are all taken by such tasks.
pub(crate) struct Crowd(Option<RunningWorker>);

impl Crowd {
    pub(crate) fn start(store: &Path, tasks: NonZeroUsize) -> Self {
        let control = new_store(store);
        let worker = builder(control.store().clone())
            .register::<Steady>(())
            .concurrency(tasks)
            .spawn()
            .expect("a worker starts");
        for place in 0..tasks.get() {
            let mut task = new_task::<Steady>(&()).expect("nothing is JSON");
            task.spec.name = format!("steady-{place:03}");
            task.items_total = Some(ITEMS.into());
            control.submit(task).expect("a task can be submitted");
        }
        Self(Some(worker))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        if let Some(worker) = self.0.take() {
            let stopper = worker.stopper();
            stopper.stop();
            stopper.stop();
            // A panic is under way, or all has been measured: nobody asks for how it ended.
            let _ = worker.join();
        }
    }
}
