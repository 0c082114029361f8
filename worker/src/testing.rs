//! For the tests of those who write tasks: a store in a temporary folder with a worker in it, and a way to
//! have a worker die at every point where one can.
//!
//! ```
//! use longhaul_worker::testing::Lab;
//! use longhaul_worker::{Cx, Failure, RangeSource, Source, Task, new_task};
//! # struct Sum(u64);
//! # impl Task for Sum {
//! #     const KIND: &'static str = "sum";
//! #     type Params = u32; type Item = Vec<u8>; type Shared = ();
//! #     fn source(last: &u32, (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
//! #         Ok(Box::new(RangeSource::new(1, i64::from(*last))))
//! #     }
//! #     fn init(_: u32, (): (), _: &Cx) -> Result<Self, Failure> { Ok(Self(0)) }
//! #     fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
//! #         for item in items { self.0 += std::str::from_utf8(item)?.parse::<u64>()?; }
//! #         cx.say(format!("the sum is {}", self.0));
//! #         Ok(())
//! #     }
//! # }
//!
//! let lab = Lab::new();
//! let task = lab.submit(new_task::<Sum>(&1_000)?);
//! // It stops after three batches, has its hooks run, and holds nothing.
//! lab.suspend_after(task, 3);
//! let worker = lab.worker(|worker| worker.register::<Sum>(()));
//! assert_eq!(lab.suspended(task).items_done, 300);
//! assert_eq!(lab.hooks(task), ["on-suspend", "cleanup"]);
//! // It goes on where it was.
//! lab.control().resume([task]).send()?;
//! assert_eq!(lab.ended(task).items_done, 1_000);
//! worker.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All of it panics where it can't go on: it is for tests. What is waited for has to come within ten seconds.

mod crash;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use longhaul_common::bell::Watch;
use longhaul_common::changes::{Changes, Woken};
use longhaul_common::control::Control;
use longhaul_common::event::{Event, What};
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::state::StateWord;
use longhaul_common::store::{Absent, NewTask, Opening, Store};
use longhaul_common::view::TaskView;

pub use crash::crash_everywhere;
pub(crate) use crash::point;

use crate::hosting::{Finished, RunningWorker, WorkerBuilder, builder};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store in a temporary folder, which goes with it.
pub struct Lab {
    dir: tempfile::TempDir,
    control: Control,
    /// After how many batches a task is to be suspended.
    suspensions: Arc<Mutex<BTreeMap<TaskNumber, u64>>>,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        // In memory where there is some: a busy disk can take seconds to sync.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let dir = dir.expect("there is room for a folder");
        let control = open(&dir.path().join("store"));
        Self {
            dir,
            control,
            suspensions: Arc::default(),
        }
    }

    /// A folder for what the tasks of a test write.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Control over the store.
    #[must_use]
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Queues a task.
    #[must_use]
    pub fn submit(&self, task: NewTask) -> TaskNumber {
        let submitted = self.control.submit(task);
        submitted.expect("the store takes tasks").number
    }

    /// Has a task suspended once it has done so many batches in all, exactly: asked within the last of
    /// them. To be said before the worker starts, and for a task without a queue.
    pub fn suspend_after(&self, task: TaskNumber, batches: u64) {
        lock(&self.suspensions).insert(task, batches);
    }

    /// Starts a worker; `extend` registers the kinds.
    #[must_use]
    pub fn worker(&self, extend: impl FnOnce(WorkerBuilder) -> WorkerBuilder) -> LabWorker {
        let suspensions = Arc::clone(&self.suspensions);
        let control = self.control.clone();
        let worker = extend(builder(self.control.store().clone()))
            .after_each_batch(move |cx| {
                let after = lock(&suspensions).get(&cx.number()).copied();
                if after == Some(cx.batch().0 + 1) {
                    let asking = control.suspend([cx.number()]);
                    asking.send().expect("the store takes requests");
                }
            })
            .spawn();
        LabWorker(worker.expect("a worker starts"))
    }

    /// Runs a task to its end, or until it is suspended, and gives what became of it.
    #[must_use]
    pub fn run(
        &self,
        extend: impl FnOnce(WorkerBuilder) -> WorkerBuilder,
        task: NewTask,
    ) -> TaskView {
        let task = self.submit(task);
        let worker = self.worker(extend);
        let view = self.until(task, "at rest", |view| {
            matches!(
                view.current_state,
                StateWord::Suspend | StateWord::Terminate
            )
        });
        worker.stop();
        view
    }

    /// Waits until a task looks so.
    pub fn until(&self, task: TaskNumber, what: &str, so: impl Fn(&TaskView) -> bool) -> TaskView {
        until(&self.control, task, what, PATIENCE, so)
    }

    /// Waits until it is suspended.
    pub fn suspended(&self, task: TaskNumber) -> TaskView {
        self.until(task, "suspended", |view| {
            view.current_state == StateWord::Suspend
        })
    }

    /// Waits until it has ended.
    pub fn ended(&self, task: TaskNumber) -> TaskView {
        self.until(task, "ended", |view| {
            view.current_state == StateWord::Terminate
        })
    }

    /// What happened to it, in order.
    #[must_use]
    pub fn events(&self, task: TaskNumber) -> Vec<Event> {
        let events = self
            .control
            .store()
            .events(EventNumber(0), Some(task), 100_000);
        events.expect("the store can be read").events
    }

    /// The hooks that ran, in order: each attempt.
    #[must_use]
    pub fn hooks(&self, task: TaskNumber) -> Vec<String> {
        let mut events = self.events(task);
        events.retain(|event| event.what == What::HookStarted);
        events
            .into_iter()
            .filter_map(|event| event.detail)
            .collect()
    }

    /// What it wrote to its log so far, as text.
    #[must_use]
    pub fn log(&self, task: TaskNumber) -> String {
        let log = self.control.store().dir().join(format!("logs/{task}.log"));
        std::fs::read_to_string(log).unwrap_or_default()
    }
}

/// A worker of a [`Lab`]. Dropped without being stopped it works on until the test's process ends.
pub struct LabWorker(RunningWorker);

impl LabWorker {
    /// Has it give its tasks back at their next batch boundaries, and end.
    pub fn stop(self) {
        self.0.stopper().stop();
        let finished = self.0.join().expect("the worker works");
        assert_eq!(finished, Finished::InGoodOrder, "a batch did not end");
    }
}

fn open(store: &Path) -> Control {
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(store, opening).expect("a new store opens");
    Control::new(store).expect("a store has its locks")
}

fn until(
    control: &Control,
    task: TaskNumber,
    what: &str,
    patience: Duration,
    so: impl Fn(&TaskView) -> bool,
) -> TaskView {
    let deadline = Instant::now() + patience;
    let changes = Changes::listen(control.store().dir(), Watch::ControlAndProgress);
    loop {
        let view = control.view(task).expect("the store can be read");
        if so(&view) {
            return view;
        }
        assert!(
            changes.wait(Some(deadline)) != Woken::TimeUp,
            "task {task} is not {what} within {patience:?}: {view:#?}"
        );
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
