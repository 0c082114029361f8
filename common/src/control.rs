//! Control for operators and services: asking things of tasks, and looking at them.

mod ask;
mod feed;
mod prune;

use jiff::tz::TimeZone;

use crate::actor::Actor;
use crate::alive::{AliveFile, Liveness};
use crate::bell::{BellError, Watch};
use crate::changes::{Changes, Woken};
use crate::event::Event;
use crate::filter::Filter;
use crate::id::{EventNumber, TaskNumber, WorkerNumber};
use crate::lock_error::LockError;
use crate::state::Desired;
pub use ask::Asking;
pub use feed::{FeedError, Unfed};
pub use prune::Swept;

use crate::settings::Assignment;
use crate::store::{
    Aim, Ask, Blocking, Done, Haste, Hooks, NewTask, NotQueued, Picked, QueuedAgain, Reach,
    SetAnswer, Setting, Store, StoreError, Submitted, Tasks,
};
use crate::time::Timestamp;
use crate::view::{Surroundings, TaskView};

use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many events are read at a time.
const PAGE: usize = 1000;

/// Asks things of the tasks of one store, and looks at them. Cheap to clone.
///
/// ```no_run
/// use longhaul_common::control::Control;
/// use longhaul_common::id::TaskNumber;
/// use longhaul_common::store::{Opening, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Store::open("/var/lib/longhaul".as_ref(), Opening::default())?;
/// let control = Control::new(store)?;
/// control
///     .suspend([TaskNumber(7)])
///     .because("the server is needed for the release")
///     .send()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Control {
    store: Store,
    actor: Actor,
    alive: Arc<AliveFile>,
}

impl Control {
    /// Control over a store, in the name of this process.
    ///
    /// # Errors
    /// [`LockError`] when the file that says who lives can't be opened.
    pub fn new(store: Store) -> Result<Self, LockError> {
        let alive = Arc::new(AliveFile::open(store.dir())?);
        Ok(Self {
            store,
            actor: Actor::this_process(),
            alive,
        })
    }

    /// In another name.
    #[must_use]
    pub fn acting_as(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// For a caller that waits so long for each call to the store.
    #[must_use]
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self {
            store: self.store.with_patience(patience),
            ..self.clone()
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// In whose name it asks.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Queues a task, in this control's name unless the task says otherwise.
    ///
    /// # Errors
    /// See [`Store::submit`].
    pub fn submit(&self, task: NewTask) -> Result<Submitted, StoreError> {
        self.store.submit(self.signed(task))
    }

    /// Submits a task that nothing runs of before somebody resumes it, likewise in this control's name.
    ///
    /// # Errors
    /// See [`Store::submit_suspended`].
    pub fn submit_suspended(&self, task: NewTask) -> Result<Submitted, StoreError> {
        self.store.submit_suspended(self.signed(task))
    }

    fn signed(&self, mut task: NewTask) -> NewTask {
        if task.spec.created_by == Actor::default() {
            task.spec.created_by = self.actor.clone();
        }
        task
    }

    /// Asks tasks to stop at their next batch boundary, hold nothing, and keep their place.
    pub fn suspend(&self, tasks: impl IntoIterator<Item = TaskNumber>) -> Asking {
        self.ask(Desired::Suspend, tasks)
    }

    /// Asks tasks to work on from where they are.
    pub fn resume(&self, tasks: impl IntoIterator<Item = TaskNumber>) -> Asking {
        self.ask(Desired::Run, tasks)
    }

    /// Asks tasks to end at their next batch boundary, for good.
    pub fn terminate(&self, tasks: impl IntoIterator<Item = TaskNumber>) -> Asking {
        self.ask(Desired::Terminate, tasks)
    }

    /// Asks tasks whose rollback failed to try it again, from where it is.
    pub fn roll_back(&self, tasks: impl IntoIterator<Item = TaskNumber>) -> Asking {
        self.terminate(tasks).done(Done::TryAgain)
    }

    /// Changes settings of tasks: one transaction, one number, an answer per task.
    ///
    /// # Errors
    /// See [`Store::set`].
    pub fn set(
        &self,
        aim: impl Into<Aim>,
        assignments: Vec<Assignment>,
        reason: Option<&str>,
    ) -> Result<Vec<SetAnswer>, StoreError> {
        let setting = Setting {
            assignments,
            by: self.actor.clone(),
            reason: reason.map(str::to_owned),
            undoes: None,
        };
        self.store.set(aim, setting)
    }

    /// The tasks that a filter picks.
    #[must_use]
    pub fn picked(&self, filter: Filter, reach: Reach) -> Picked {
        let alive = Arc::clone(&self.alive);
        let lives = move |worker| !matches!(alive.probe(worker), Ok(Liveness::Dead));
        Picked {
            filter,
            reach,
            lives: Arc::new(lives),
        }
    }

    /// Queues what failed of a task that has not ended again: the task itself tries it, between its other
    /// batches.
    ///
    /// # Errors
    /// See [`Store::queue_again`].
    pub fn queue_again(
        &self,
        task: TaskNumber,
        reason: Option<&str>,
    ) -> Result<Result<QueuedAgain, NotQueued>, StoreError> {
        let by = self.actor.clone();
        self.store.queue_again(task, by, reason.map(str::to_owned))
    }

    /// Asks for a state.
    pub fn ask(&self, want: Desired, tasks: impl IntoIterator<Item = TaskNumber>) -> Asking {
        self.ask_of(want, Aim::Named(tasks.into_iter().collect()))
    }

    /// Asks for a state of all tasks that are meant.
    pub fn ask_of(&self, want: Desired, aim: Aim) -> Asking {
        Asking {
            control: self.clone(),
            aim,
            ask: Ask {
                want,
                haste: Haste::AtBoundary,
                hooks: Hooks::Run,
                blocking: Blocking::Again,
                done: Done::AsBrought,
                by: self.actor.clone(),
                reason: None,
                until: None,
                claim_for: None,
            },
        }
    }

    /// One task as people see it.
    ///
    /// # Errors
    /// See [`Store::tasks`].
    pub fn view(&self, task: TaskNumber) -> Result<TaskView, StoreError> {
        let mut views = self.views(vec![task])?;
        views.pop().ok_or(StoreError::NoTask(task))
    }

    /// These tasks as people see them, in one glance.
    ///
    /// # Errors
    /// See [`Store::tasks`].
    pub fn views(&self, tasks: Vec<TaskNumber>) -> Result<Vec<TaskView>, StoreError> {
        Ok(self.views_of(&self.store.tasks(tasks)?).0)
    }

    /// Rows as people see them, and how many workers live.
    #[must_use]
    pub fn views_of(&self, tasks: &Tasks) -> (Vec<TaskView>, usize) {
        let lives = |worker| self.lives(worker);
        let now = Timestamp::now();
        let around = Surroundings::new(&tasks.workers, &tasks.gates, &lives, now)
            .in_zone(TimeZone::system());
        let views = tasks.rows.iter().map(|row| around.view(row)).collect();
        (views, around.living())
    }

    /// Whether a worker's process is there. One that can't be told counts as living: nothing is
    /// taken from it.
    #[must_use]
    pub fn lives(&self, worker: WorkerNumber) -> bool {
        !matches!(self.alive.probe(worker), Ok(Liveness::Dead))
    }

    /// The file that says who lives.
    #[must_use]
    pub fn alive(&self) -> &AliveFile {
        &self.alive
    }

    /// Follows the events after `from`, of one task or of all.
    #[must_use]
    pub fn watch(&self, from: EventNumber, task: Option<TaskNumber>) -> Feed {
        Feed {
            changes: Changes::listen(self.store.dir(), Watch::Control),
            store: self.store.clone(),
            seen: from,
            task,
        }
    }
}

/// The events of a store as they come.
pub struct Feed {
    changes: Changes,
    store: Store,
    seen: EventNumber,
    task: Option<TaskNumber>,
}

impl Feed {
    /// Why only the slow tick tells of new events, if that is so; said once to whoever waits.
    #[must_use]
    pub fn tick_only(&self) -> Option<&BellError> {
        self.changes.tick_only()
    }

    /// The next events; waits for some, at most until `deadline`. Empty: the time was up.
    ///
    /// # Errors
    /// See [`Store::events`]; it may be called again.
    pub fn next(&mut self, deadline: Option<Instant>) -> Result<Vec<Event>, StoreError> {
        loop {
            let found = self.store.events(self.seen, self.task, PAGE)?;
            if let Some(last) = found.events.last() {
                self.seen = last.number;
                return Ok(found.events);
            }
            // Nothing of this task up to here: the next look starts behind it.
            self.seen = self.seen.max(found.last);
            if self.changes.wait(deadline) == Woken::TimeUp {
                return Ok(Vec::new());
            }
        }
    }
}
