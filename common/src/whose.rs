//! Whose a process is: the task it works for, or the worker it is.
//!
//! A process shows it by its key, by the lock of its batch, or by its process group; one that shows
//! nothing of this may have a parent that does. Nothing is written, locked or made for it.

mod marks;

use crate::alive::Condition;
use crate::backlog::Begun;
use crate::batch_lock::BatchRecords;
use crate::control::Control;
use crate::id::{Duty, TaskId, TaskNumber, WorkerNumber, key_in_flight};
use crate::lock_error::LockError;
use crate::process::ProcessId;
use crate::reference::TaskRef;
use crate::store::{Claim, Meant, StoreError, TaskRow};
use marks::{Mark, Marks, Walk};

/// What was found of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The process that was asked for.
    pub process: Relative,
    /// Its ancestor that shows what it doesn't show itself.
    pub through: Option<Relative>,
    /// Whose it is.
    pub owner: Owner,
}

/// A process, or a parent of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relative {
    /// Its number.
    pub pid: ProcessId,
    /// What its program calls itself; not safe for a terminal. `?` where we may not know.
    pub name: String,
}

/// Whose a process is.
#[derive(Clone, Debug, PartialEq)]
pub enum Owner {
    /// A task's.
    Task(Box<OfTask>),
    /// It is a worker, or was started by one for a task that can't be told.
    Worker {
        /// The number.
        worker: WorkerNumber,
        /// Its process.
        pid: ProcessId,
        /// Whether it can act.
        condition: Condition,
        /// What it holds.
        tasks: Vec<TaskRow>,
    },
    /// A task's that this store doesn't have.
    Elsewhere {
        /// Its id.
        task: TaskId,
        /// The store that its environment names; not safe for a terminal.
        store: Option<String>,
    },
    /// Nobody's that is known here.
    Nobody {
        /// The process and its ancestors, as far as they were looked at.
        looked: Vec<Relative>,
        /// Those of them whose environment and descriptors may not be read.
        hidden: Vec<Relative>,
    },
    /// There is no such process.
    NotThere,
}

/// The task that a process works for.
#[derive(Clone, Debug, PartialEq)]
pub struct OfTask {
    /// The task now.
    pub row: TaskRow,
    /// What it was started for: as its key tells, else what is in flight.
    pub duty: Duty,
    /// Which attempt, where its environment tells.
    pub attempt: Option<u32>,
    /// Whether that is over, and the process was left behind.
    pub over: bool,
    /// What shows it.
    pub evidence: Evidence,
}

/// What shows that a process works for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The key in its environment.
    Key,
    /// It holds the lock of the task's batch.
    Lock,
    /// It is in the process group of the task's batch.
    Group,
}

/// Why it can't be told.
#[derive(Debug, thiserror::Error)]
pub enum WhoseError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Locks or processes can't be looked at.
    #[error(transparent)]
    Lock(#[from] LockError),
}

/// Finds whose a process is.
///
/// # Errors
/// [`WhoseError`]
pub fn whose(control: &Control, pid: ProcessId) -> Result<Found, WhoseError> {
    let store = control.store();
    let claims = store.claims()?;
    let records = BatchRecords::open(store.dir())?;
    let mut groups = Vec::new();
    if let Some(records) = &records {
        let own = claims.iter().map(|(task, _)| (*task, 0));
        let in_flight = store.in_flight()?.into_iter();
        let in_flight = in_flight.map(|(task, begun)| (task, begun.slot));
        for (task, slot) in own.chain(in_flight) {
            if let Some(record) = records.read(task, slot)? {
                groups.push((task, slot, record));
            }
        }
    }
    let marks = Marks {
        alive: control.alive(),
        batches: records.as_ref(),
        groups: &groups,
    };
    let walk = marks.walk(pid)?;
    let Walk {
        mut looked,
        hidden,
        mark,
    } = walk;
    if looked.is_empty() {
        return Ok(Found {
            process: Relative {
                pid,
                name: "?".into(),
            },
            through: None,
            owner: Owner::NotThere,
        });
    }
    let process = looked[0].clone();
    let Some(mark) = mark else {
        return Ok(Found {
            process,
            through: None,
            owner: Owner::Nobody { looked, hidden },
        });
    };
    let shows = looked.pop().filter(|shows| shows.pid != pid);
    let shown_by = shows.as_ref().map_or(pid, |shows| shows.pid);
    Ok(Found {
        process,
        owner: owner(control, &claims, mark, shown_by)?,
        through: shows,
    })
}

fn owner(
    control: &Control,
    claims: &[(TaskNumber, Claim)],
    mark: Mark,
    pid: ProcessId,
) -> Result<Owner, WhoseError> {
    let store = control.store();
    let (task, shown, evidence) = match mark {
        Mark::Worker(worker, condition) => {
            let held = claims.iter().filter(|(_, claim)| claim.worker == worker);
            let tasks = held.map(|(task, _)| *task).collect();
            return Ok(Owner::Worker {
                worker,
                pid,
                condition,
                tasks: store.present(tasks)?.rows,
            });
        }
        Mark::Key {
            task,
            duty,
            attempt,
            store: named,
        } => match store.resolve(TaskRef::Id(task))? {
            Meant::One(number) => (number, Shown::Duty(duty, attempt), Evidence::Key),
            Meant::Nothing | Meant::Several(_) => {
                return Ok(Owner::Elsewhere { task, store: named });
            }
        },
        Mark::Lock(task, slot) => (task, Shown::Slot(slot), Evidence::Lock),
        Mark::Group(task, slot) => (task, Shown::Slot(slot), Evidence::Group),
    };
    let row = store.task(task)?;
    let (duty, attempt, over) = work(&row, shown);
    Ok(Owner::Task(Box::new(OfTask {
        over,
        row,
        duty,
        attempt,
        evidence,
    })))
}

/// What a process shows of what it was started for.
#[derive(Clone, Copy)]
enum Shown {
    /// Its key says what, and its environment which attempt.
    Duty(Duty, Option<u32>),
    /// Whose lock or group it has, of its task.
    Slot(u16),
}

/// What a process was started for, which attempt where that is known, and whether it is over.
fn work(row: &TaskRow, shown: Shown) -> (Duty, Option<u32>, bool) {
    let state = &row.state;
    let id = row.spec.id;
    let own = key_in_flight(id, state.word, state.hook, &row.progress);
    let in_flight = |which: &dyn Fn(&Begun) -> bool| {
        let backlog = row.backlog.as_ref()?;
        backlog.begun.iter().find(|begun| which(begun)).copied()
    };
    match shown {
        Shown::Slot(0) => {
            let duty = Duty::of_key(&own).map(|(_, duty)| duty);
            let duty = duty.unwrap_or(Duty::Batch(row.progress.batch));
            (duty, None, row.claim.is_none())
        }
        Shown::Slot(slot) => match in_flight(&|begun| begun.slot == slot) {
            Some(begun) => (Duty::Batch(begun.batch), Some(begun.attempt), false),
            None => (Duty::Batch(row.progress.batch), None, true),
        },
        Shown::Duty(duty @ Duty::Batch(batch), attempt) if row.backlog.is_some() => {
            let begun = in_flight(&|begun| begun.batch == batch);
            (duty, attempt, begun.is_none())
        }
        // It outlives its batches, and goes before any hook.
        Shown::Duty(duty @ Duty::Persistent(None), _) => {
            (duty, None, row.claim.is_none() || state.hook.is_some())
        }
        Shown::Duty(duty @ Duty::Persistent(Some(seat)), _) => {
            (duty, None, in_flight(&|begun| begun.seat == seat).is_none())
        }
        Shown::Duty(duty, attempt) => {
            let over = row.claim.is_none() || duty.key(id) != own;
            (duty, attempt, over)
        }
    }
}
