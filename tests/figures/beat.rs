//! Tasks with empty batches, and a count of them: what is left is the checkpoint.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use longhaul_common::control::Control;
use longhaul_common::spec::{Queue, Way};
use longhaul_common::store::NewTask;
use longhaul_worker::{Cx, Failure, RangeSource, RunningWorker, Source, Task, builder, new_task};

use crate::lab::wait_for;

/// Batches wait here while it is the other side's turn.
#[derive(Default)]
struct Gate {
    open: AtomicBool,
    begun: AtomicU64,
    waiting: Mutex<usize>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self, cx: &Cx) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        if self.open.load(Ordering::Acquire) {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting += 1;
        while !self.open.load(Ordering::Acquire) && !cx.cancelled() {
            let pause = Duration::from_millis(500);
            let waited = self.opened.wait_timeout(waiting, pause);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *waiting -= 1;
    }

    fn waiting(&self) -> usize {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) {
        let _nobody_begins_to_wait = self.waiting.lock();
        self.open.store(true, Ordering::Release);
        self.opened.notify_all();
    }

    fn shut(&self) {
        self.open.store(false, Ordering::Release);
    }
}

/// The kind of the tasks.
pub(crate) const KIND: &str = "beat";

struct Beat {
    gate: Arc<Gate>,
}

impl Task for Beat {
    const KIND: &'static str = KIND;
    type Params = ();
    type Item = Vec<u8>;
    type Shared = Arc<Gate>;

    fn source((): &(), _: &Self::Shared) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, i64::MAX)))
    }

    fn init((): (), gate: Arc<Gate>, _: &Cx) -> Result<Self, Failure> {
        Ok(Self { gate })
    }

    fn batch(&mut self, _: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        self.gate.pass(cx);
        Ok(())
    }
}

/// A worker whose batches wait until they are cancelled.
#[allow(dead_code, reason = "each bench has some of these")]
pub(crate) fn shut_worker(control: &Control, slots: NonZeroUsize) -> RunningWorker {
    worker(control, slots, &Arc::new(Gate::default()))
}

fn worker(control: &Control, slots: NonZeroUsize, gate: &Arc<Gate>) -> RunningWorker {
    builder(control.store().clone())
        .register::<Beat>(Arc::clone(gate))
        .concurrency(slots)
        .spawn()
        .expect("a worker starts")
}

/// A task with empty batches.
pub(crate) fn task(way: Way) -> NewTask {
    let mut task = new_task::<Beat>(&()).expect("nothing is JSON");
    task.spec.batch_size = 1;
    task.spec.way = way;
    task
}

/// A worker in this process that runs tasks with empty batches, whenever it may.
pub(crate) struct Beats {
    gate: Arc<Gate>,
    /// Batches in flight at once.
    width: usize,
    worker: RunningWorker,
}

impl Beats {
    /// So many tasks, one batch after the other each.
    pub(crate) fn start(control: &Control, tasks: NonZeroUsize) -> Self {
        Self::start_in(control, tasks, &vec![Way::Direct; tasks.get()])
    }

    /// One task that goes through its queue, so many batches at once.
    #[allow(dead_code, reason = "each bench has some of these")]
    pub(crate) fn start_queued(control: &Control, slots: NonZeroUsize, queue: Queue) -> Self {
        Self::start_in(control, slots, &[Way::Queued(queue)])
    }

    fn start_in(control: &Control, slots: NonZeroUsize, ways: &[Way]) -> Self {
        let gate = Arc::new(Gate::default());
        let worker = worker(control, slots, &gate);
        for way in ways {
            let task = task(way.clone());
            control.submit(task).expect("a task can be submitted");
        }
        let beats = Self {
            gate,
            width: slots.get(),
            worker,
        };
        beats.rest();
        beats
    }

    /// Lets them run for a slice; gives the checkpoints per second.
    pub(crate) fn slice(&self, slice: Duration) -> f64 {
        self.gate.open();
        // The crowd has to find its step first.
        std::thread::sleep(slice / 8);
        let (before, since) = (self.gate.begun.load(Ordering::Relaxed), Instant::now());
        std::thread::sleep(slice);
        let (after, took) = (self.gate.begun.load(Ordering::Relaxed), since.elapsed());
        self.gate.shut();
        self.rest();
        longhaul_common::progress::as_f64(after - before) / took.as_secs_f64()
    }

    fn rest(&self) {
        wait_for("batches that wait", || {
            (self.gate.waiting() == self.width).then_some(())
        });
    }

    pub(crate) fn stop(self) {
        stop(self.worker);
    }
}

/// Stops a worker at once.
pub(crate) fn stop(worker: RunningWorker) {
    let stopper = worker.stopper();
    stopper.stop();
    stopper.stop();
    worker.join().expect("the worker ends");
}
