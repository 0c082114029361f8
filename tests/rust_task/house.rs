//! A house with a worker in it: tasks that do as they are told, and a store of their own.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use longhaul_common::bell::Watch;
use longhaul_common::changes::{Changes, Woken};
use longhaul_common::control::Control;
use longhaul_common::event::What;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::state::StateWord;
use longhaul_common::store::{Absent, NewTask, Opening, Store};
use longhaul_common::view::TaskView;
use longhaul_worker::{
    Cx, End, Failure, Finished, Notices, RangeSource, RunningWorker, Source, Task, builder,
    new_task,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What a task does at a certain batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Trick {
    #[default]
    None,
    /// Fails so many times, then succeeds.
    Retry(u32),
    Panic,
    Skip,
    Suspend,
    Fatal,
    /// Says once that it was cancelled, and was not.
    CancelItself,
    /// The same, when it is prepared.
    CancelInit,
    /// Writes a line to its log, and waits until it is cancelled.
    Hang,
    /// Waits until the file is there.
    WaitFor(String),
    /// Waits until the file is there, whatever anybody wants.
    Deaf(String),
    /// Tells that so many items are done, one after the other, and waits until the file is there.
    Tells(u64, String),
    FailInit,
    FailCleanup,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Params {
    last: i64,
    at: u64,
    trick: Trick,
}

/// What the tasks of a test did, in order.
#[derive(Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        self.lines().iter().filter(|known| *known == line).count()
    }

    /// The items of the batches that succeeded.
    pub(crate) fn done(&self) -> Vec<i64> {
        self.lines()
            .iter()
            .filter_map(|line| line.strip_prefix("done ")?.parse().ok())
            .collect()
    }
}

pub(crate) struct Scripted {
    params: Params,
    diary: Diary,
}

impl Task for Scripted {
    const KIND: &'static str = "scripted";
    type Params = Params;
    type Item = Vec<u8>;
    type Shared = Diary;

    fn source(params: &Params, _: &Diary) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, params.last)))
    }

    fn init(params: Params, diary: Diary, _: &Cx) -> Result<Self, Failure> {
        diary.note("init");
        if params.trick == Trick::FailInit {
            return Err(Failure::Retry("no connection".into()));
        }
        if params.trick == Trick::CancelInit && diary.count("init") == 1 {
            return Err(Failure::Cancelled);
        }
        Ok(Self { params, diary })
    }

    fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        self.diary
            .note(format!("batch {} {}", cx.batch(), cx.attempt()));
        if cx.batch().0 == self.params.at {
            match &self.params.trick {
                Trick::None | Trick::FailInit | Trick::FailCleanup | Trick::CancelInit => {}
                Trick::CancelItself if cx.attempt() > 1 => {}
                Trick::CancelItself => return Err(Failure::Cancelled),
                Trick::Retry(times) if cx.attempt() > *times => {}
                Trick::Retry(_) => return Err(Failure::Retry("try again".into())),
                Trick::Panic => panic!("on purpose"),
                Trick::Skip => return Err(Failure::Skip("bad items".into())),
                Trick::Suspend => return Err(Failure::Suspend("look at this".into())),
                Trick::Fatal => return Err(Failure::Fatal("it makes no sense".into())),
                Trick::Deaf(file) => {
                    let file = Path::new(file);
                    let deadline = Instant::now() + 3 * PATIENCE;
                    while !file.exists() && Instant::now() < deadline {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
                Trick::Hang => {
                    cx.log("it hangs");
                    wait_until("cancelled", || cx.cancelled());
                }
                Trick::Tells(items, file) => {
                    (1..=*items).for_each(|done| cx.progress(done));
                    let file = Path::new(file);
                    wait_until("released", || file.exists() || cx.cancelled());
                }
                Trick::WaitFor(file) => {
                    let file = Path::new(file);
                    wait_until("released", || file.exists() || cx.cancelled());
                }
            }
        }
        cx.check()?;
        for item in items {
            self.diary
                .note(format!("done {}", std::str::from_utf8(item)?));
        }
        cx.say(format!("at batch {}", cx.batch()));
        cx.log("a line of its own");
        Ok(())
    }

    fn suspended(&mut self, _: &Cx) -> Result<(), Failure> {
        self.diary.note("suspended");
        Ok(())
    }

    fn resumed(&mut self, _: &Cx) -> Result<(), Failure> {
        self.diary.note("resumed");
        Ok(())
    }

    fn cleanup(params: &Params, diary: &Diary, end: End, _: &Cx) -> Result<(), Failure> {
        diary.note(format!("cleanup {end:?}"));
        if params.trick == Trick::FailCleanup {
            return Err(Failure::Retry("can't let go".into()));
        }
        Ok(())
    }
}

pub(crate) struct House {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) control: Control,
    pub(crate) diary: Diary,
}

impl House {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let opening = Opening {
            absent: Absent::Create,
            ..Opening::default()
        };
        let store = Store::open(&dir.path().join("store"), opening).unwrap();
        Self {
            dir,
            control: Control::new(store).unwrap(),
            diary: Diary::default(),
        }
    }

    pub(crate) fn worker(&self) -> RunningWorker {
        builder(self.control.store().clone())
            .register::<Scripted>(self.diary.clone())
            .concurrency(NonZeroUsize::new(2).unwrap())
            .notices(Notices::none())
            .spawn()
            .unwrap()
    }

    pub(crate) fn task(&self, last: i64, at: u64, trick: Trick) -> NewTask {
        let mut task = new_task::<Scripted>(&Params { last, at, trick }).unwrap();
        task.spec.batch_size = 10;
        task.spec.backoff_ms = 1;
        task
    }

    pub(crate) fn submit(&self, task: NewTask) -> TaskNumber {
        self.control.submit(task).unwrap().number
    }

    pub(crate) fn view(&self, task: TaskNumber) -> TaskView {
        self.control.view(task).unwrap()
    }

    /// Waits until the task looks so.
    pub(crate) fn until(
        &self,
        task: TaskNumber,
        what: &str,
        so: impl Fn(&TaskView) -> bool,
    ) -> TaskView {
        let deadline = Instant::now() + PATIENCE;
        let changes = Changes::listen(self.control.store().dir(), Watch::ControlAndProgress);
        loop {
            let view = self.view(task);
            if so(&view) {
                return view;
            }
            assert!(
                changes.wait(Some(deadline)) != Woken::TimeUp,
                "task {task} is not {what}: {view:?}"
            );
        }
    }

    pub(crate) fn ended(&self, task: TaskNumber) -> TaskView {
        self.until(task, "ended", |view| {
            view.current_state == StateWord::Terminate
        })
    }

    pub(crate) fn rests(&self, task: TaskNumber) -> TaskView {
        self.until(task, "suspended", |view| {
            view.current_state == StateWord::Suspend
        })
    }

    pub(crate) fn happened(&self, task: TaskNumber, what: What) -> usize {
        let events = self
            .control
            .store()
            .events(EventNumber(0), Some(task), 10_000)
            .unwrap();
        events
            .events
            .iter()
            .filter(|event| event.what == what)
            .count()
    }
}

pub(crate) fn wait_until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "not {what} in time");
        std::thread::yield_now();
    }
}

pub(crate) fn stop(worker: RunningWorker) {
    worker.stopper().stop();
    assert_eq!(worker.join().unwrap(), Finished::InGoodOrder);
}
