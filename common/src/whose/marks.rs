//! What a process shows of whose it is, and its ancestors where it shows nothing.

use std::io;
use std::path::Path;

use super::Relative;
use crate::alive::{AliveFile, Condition};
use crate::batch_lock::{BatchRecord, BatchRecords, CONTROLLER_BYTE};
use crate::byte_lock::Hold;
use crate::id::{Duty, TaskId, TaskNumber, WorkerNumber};
use crate::leftovers::{BATCH_KEY_VARIABLE, Environment, environment};
use crate::lock_error::LockError;
use crate::process::{HeldLock, ProcessDir, ProcessId, Sight, Stat, spent_by};

const ATTEMPT: &str = "LONGHAUL_ATTEMPT";
const STORE: &str = "LONGHAUL_STORE";

/// Process 1.
const INIT: u32 = 1;

/// So many ancestors are looked at: no family is that old, unless numbers are given anew meanwhile.
const GENERATIONS: usize = 100;

/// What a process shows.
pub(super) enum Mark {
    Worker(WorkerNumber, Condition),
    Key {
        task: TaskId,
        duty: Duty,
        attempt: Option<u32>,
        store: Option<String>,
    },
    /// The lock of this slot of a task.
    Lock(TaskNumber, u16),
    Group(TaskNumber, u16),
}

/// From a process up to the first that shows something.
pub(super) struct Walk {
    /// Who was looked at; the last of them shows the mark.
    pub(super) looked: Vec<Relative>,
    pub(super) hidden: Vec<Relative>,
    pub(super) mark: Option<Mark>,
}

/// What to look for.
pub(super) struct Marks<'a> {
    pub(super) alive: &'a AliveFile,
    pub(super) batches: Option<&'a BatchRecords>,
    /// The batches of the tasks that are held, by task and slot.
    pub(super) groups: &'a [(TaskNumber, u16, BatchRecord)],
}

enum Seen {
    Mark(Mark),
    Nothing,
    Hidden,
}

impl Marks<'_> {
    /// Looks at a process and its ancestors.
    pub(super) fn walk(&self, pid: ProcessId) -> Result<Walk, LockError> {
        self.up_from(pid)
            .map_err(LockError::io("look through", Path::new("/proc")))
    }

    fn up_from(&self, pid: ProcessId) -> io::Result<Walk> {
        let mut walk = Walk {
            looked: Vec::new(),
            hidden: Vec::new(),
            mark: None,
        };
        let mut next = pid;
        while walk.looked.len() < GENERATIONS && next.as_u32() > 0 {
            let Sight::Seen(process) = ProcessDir::open(next)? else {
                break;
            };
            let Sight::Seen(stat) = process.stat()? else {
                break;
            };
            let relative = Relative {
                pid: next,
                name: process.name()?,
            };
            walk.looked.push(relative.clone());
            match self.of(&process, next, &stat)? {
                Seen::Mark(mark) => {
                    walk.mark = Some(mark);
                    break;
                }
                // The first of all processes is every stranger's ancestor, and mostly hidden.
                Seen::Hidden if next == pid || next.as_u32() != INIT => walk.hidden.push(relative),
                Seen::Hidden | Seen::Nothing => {}
            }
            next = stat.parent;
        }
        Ok(walk)
    }

    fn of(&self, process: &ProcessDir, pid: ProcessId, stat: &Stat) -> io::Result<Seen> {
        // A worker first: one that a task started bears that task's key too.
        if let Some(worker) = self.worker(process)?
            && !self.is_child_of(stat.parent, worker)?
        {
            return Ok(Seen::Mark(Mark::Worker(worker, stat.condition())));
        }
        let mut hidden = false;
        match environment(process)? {
            Sight::Seen(Environment::Entries(entries)) => {
                if let Some(mark) = key(&entries) {
                    return Ok(Seen::Mark(mark));
                }
            }
            Sight::Refused => hidden = true,
            Sight::Seen(Environment::InExec | Environment::FirstThreadEnded) | Sight::Gone => {}
        }
        if let Some((task, slot)) = self.locked(process)? {
            return Ok(Seen::Mark(Mark::Lock(task, slot)));
        }
        if let Some((task, slot)) = self.in_group(pid)? {
            return Ok(Seen::Mark(Mark::Group(task, slot)));
        }
        Ok(if hidden { Seen::Hidden } else { Seen::Nothing })
    }

    /// The worker that this process is, or is a child of that has not reached its exec yet.
    fn worker(&self, process: &ProcessDir) -> io::Result<Option<WorkerNumber>> {
        let Sight::Seen(locks) = process.locks_on(self.alive.identity())? else {
            return Ok(None);
        };
        let own = locks.iter().find(|lock| lock.hold == Hold::Exclusive);
        Ok(own
            .and_then(|lock| u64::try_from(lock.first).ok())
            .map(WorkerNumber))
    }

    fn is_child_of(&self, parent: ProcessId, worker: WorkerNumber) -> io::Result<bool> {
        let Sight::Seen(parent) = ProcessDir::open(parent)? else {
            return Ok(false);
        };
        Ok(self.worker(&parent)? == Some(worker))
    }

    /// The task and the slot whose lock it holds, unless it only starts or clears batches.
    fn locked(&self, process: &ProcessDir) -> io::Result<Option<(TaskNumber, u16)>> {
        let Some(batches) = self.batches else {
            return Ok(None);
        };
        let Sight::Seen(locks) = process.locks_on(batches.identity())? else {
            return Ok(None);
        };
        if locks.iter().any(|lock| lock.covers(CONTROLLER_BYTE)) {
            return Ok(None);
        }
        let mut held = locks.iter().filter(|lock| lock.hold == Hold::Exclusive);
        Ok(held.find_map(|lock: &HeldLock| BatchRecords::task_and_slot(lock)))
    }

    fn in_group(&self, pid: ProcessId) -> io::Result<Option<(TaskNumber, u16)>> {
        let Some((group, session)) = pid.group_and_session() else {
            return Ok(None);
        };
        let mut groups = self.groups.iter();
        let found = groups.find(|(_, _, batch)| batch.pid == group && batch.session == session);
        let Some((task, slot, batch)) = found else {
            return Ok(None);
        };
        // The number is given away only after the last process of the group has ended.
        let leader = spent_by(group)?;
        let is_it = leader.is_none_or(|leader| leader.start_time == batch.start_time);
        Ok(is_it.then_some((*task, *slot)))
    }
}

/// What an environment says of the batch it was made for.
fn key(entries: &[u8]) -> Option<Mark> {
    let text = |name: &str| {
        let found = entries.split(|byte| *byte == 0).find_map(|entry| {
            let value = entry.strip_prefix(name.as_bytes())?;
            value.strip_prefix(b"=")
        })?;
        Some(String::from_utf8_lossy(found).into_owned())
    };
    let (task, duty) = Duty::of_key(&text(BATCH_KEY_VARIABLE)?)?;
    Some(Mark::Key {
        task,
        duty,
        attempt: text(ATTEMPT).and_then(|attempt| attempt.parse().ok()),
        store: text(STORE),
    })
}
