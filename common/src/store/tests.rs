//! The store over a real folder. One file per subject.

mod children;
mod claims;
mod cordons;
mod crash;
mod feed;
mod full;
mod gates;
mod groups;
mod hooks;
mod interleavings;
mod life;
mod marks;
mod places;
mod processes;
mod prune;
mod queue;
mod readonly;
mod records;
mod repeated;
mod requests;
mod resolve;
mod rollback;
mod schedules;
mod timers;
mod undo;
mod unreadable;
mod waiting;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{
    Absent, Accepts, Answer, Appetite, Ask, Haste, Held, Key, NewTask, Opening, Ringing, Store,
    StoreError, TaskRow,
};
use crate::actor::Actor;
use crate::id::{EventNumber, TaskId, TaskNumber, WorkerNumber};
use crate::progress::{BatchDone, Progress};
use crate::rules::Happened;
use crate::spec::TaskSpec;
use crate::state::{Current, Desired, Ending, Hook};
use crate::time::Timestamp;

const DEADLINE: Duration = Duration::from_secs(10);
const W1: WorkerNumber = WorkerNumber(1);
const W2: WorkerNumber = WorkerNumber(2);

const OPENING: Opening = Opening {
    access: super::Access::Write,
    absent: Absent::Create,
    // A disk that others keep busy can take seconds for one sync.
    patience: Duration::from_secs(60),
    bells: Ringing::Off,
};

/// A store in a folder that goes with it.
struct Home {
    folder: TempDir,
    store: Store,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store"), OPENING).unwrap();
        Self { folder, store }
    }

    /// What waits for a worker that takes everything.
    fn waits(&self) -> super::Due {
        let look = super::Look {
            accepts: Some(Accepts::default()),
            ..super::Look::default()
        };
        self.store.glance(look).unwrap().due
    }

    /// What is wanted of a task.
    fn orders(&self, task: TaskNumber) -> super::Orders {
        let look = super::Look {
            running: vec![task],
            ..super::Look::default()
        };
        self.store.glance(look).unwrap().orders[0].1
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn database(&self) -> PathBuf {
        self.dir().join(super::DATABASE)
    }

    fn submit(&self) -> TaskNumber {
        submit(&self.store, with_cleanup())
    }

    fn bare(&self) -> TaskNumber {
        submit(&self.store, TaskSpec::default())
    }

    /// Submits, claims and prepares a task without hooks.
    fn running(&self) -> Held {
        self.bare();
        self.run(W1)
    }

    /// Claims what waits and prepares it.
    fn run(&self, worker: WorkerNumber) -> Held {
        let held = claim(&self.store, worker);
        self.store.prepared(held.key).unwrap();
        held
    }

    fn row(&self, task: TaskNumber) -> TaskRow {
        self.store.task(task).unwrap()
    }

    fn last_event(&self) -> EventNumber {
        self.store.event_span().unwrap().1
    }

    fn ask(&self, task: TaskNumber, want: Desired) -> Answer {
        let mut answers = self.store.request(vec![task], ask(want)).unwrap();
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    fn settle(
        &self,
        key: Key,
        happened: Happened,
        ending: Ending,
    ) -> Result<Current, Box<TaskRow>> {
        let progress = self.row(key.task).progress;
        let settled = self.store.settle(key, happened, ending, progress);
        settled.unwrap().map_err(Box::new)
    }

    fn hook(&self, key: Key, happened: Happened, hook: Hook, ending: Option<Ending>) {
        let (begun, _) = self.store.begin_hook(key, happened, hook, ending).unwrap();
        assert_eq!(begun, super::HookBegin::Run(1));
        self.store.end_hook(key, hook, None).unwrap();
    }
}

fn with_cleanup() -> TaskSpec {
    TaskSpec {
        cleanup: Some("true".into()),
        ..TaskSpec::default()
    }
}

fn named(name: &str) -> TaskSpec {
    TaskSpec {
        name: name.into(),
        ..TaskSpec::default()
    }
}

fn new_task(spec: TaskSpec) -> NewTask {
    let id = if spec.id == TaskId::default() {
        TaskId::new()
    } else {
        spec.id
    };
    NewTask {
        spec: TaskSpec { id, ..spec },
        items_total: Some(1000),
        reason: None,
        claim_for: None,
    }
}

fn submit(store: &Store, spec: TaskSpec) -> TaskNumber {
    store.submit(new_task(spec)).unwrap().number
}

fn ask(want: Desired) -> Ask {
    Ask {
        hooks: super::Hooks::Run,
        blocking: super::Blocking::Again,
        done: super::Done::AsBrought,
        want,
        haste: Haste::AtBoundary,
        by: Actor {
            user: "kim".into(),
            ..Actor::default()
        },
        reason: Some("a test".into()),
        until: None,
        claim_for: None,
    }
}

fn appetite(worker: WorkerNumber) -> Appetite {
    Appetite {
        worker,
        slots: 1,
        accepts: Accepts::default(),
        orphans: Vec::new(),
    }
}

fn claim(store: &Store, worker: WorkerNumber) -> Held {
    store
        .claim(appetite(worker))
        .unwrap()
        .held
        .pop()
        .expect("something waits")
}

/// Takes a task over from an owner that is taken for dead.
/// Takes a task over from a dead owner, and nothing else.
fn take_over(store: &Store, worker: WorkerNumber, dead: Key) -> Option<Held> {
    let mut appetite = appetite(worker);
    appetite.orphans = vec![(dead.task, dead.claim)];
    // Full, if it got the orphan; without it, no other task is accepted.
    appetite.slots = 1;
    appetite.accepts.only = Some(dead.task);
    let held = store.claim(appetite).unwrap().held.pop();
    held.filter(|held| held.taken.is_some())
}

fn batch(items: u64) -> BatchDone {
    BatchDone {
        items,
        passed: 0,
        next: b"next".to_vec(),
        next_cut: 10,
        took: Duration::from_millis(5),
        ran: Duration::from_millis(5),
    }
}

/// The progress once another batch of ten is done.
fn moved_on(progress: &Progress) -> Progress {
    let mut progress = progress.clone();
    progress.done(&batch(10), Timestamp::now());
    progress
}

/// Opens the database past the store.
fn raw(database: &Path) -> redb::Database {
    redb::Database::builder()
        .set_concurrency_mode(redb::ConcurrencyMode::MultiWriter)
        .open(database)
        .unwrap()
}

fn wait_for(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < DEADLINE, "{what} did not happen in time");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// The error of something that has no `Debug` of its own.
fn refused<T>(outcome: Result<T, StoreError>) -> StoreError {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}
