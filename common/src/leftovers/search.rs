//! Whether a process belongs to a batch.

use std::io;
use std::thread;
use std::time::Duration;

use super::{BATCH_KEY_VARIABLE, Batch, Evidence};
use crate::batch_lock::{BatchRecord, CONTROLLER_BYTE};
use crate::byte_lock::Hold;
use crate::lock_error::LockError;
use crate::process::{FileIdentity, HeldLock, ProcessDir, ProcessId, Sight};

const INIT: u32 = 1;
/// In milliseconds. An exec takes much less; one that hangs on its disk must not hang us.
const LONGEST_EXEC: u32 = 50;

/// What to look for.
pub(super) struct Search<'a> {
    entries: Vec<Vec<u8>>,
    file: &'a FileIdentity,
    byte: i64,
    record: Option<BatchRecord>,
    spare: &'a [ProcessId],
    own: ProcessId,
}

/// A process of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) evidence: Evidence,
    pub(super) fate: Fate,
}

/// What is to happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Kill,
    Spare,
    /// It can't be told yet whether the lock stays with it.
    Wait,
}

/// What was seen inside a process.
#[derive(Clone, Copy, Debug)]
struct Marks {
    key: bool,
    lock: bool,
    /// It starts or clears batches, or is on its way to exec from one that does.
    controller: bool,
    in_exec: bool,
}

/// What a process was started with.
pub(crate) enum Environment {
    Entries(Vec<u8>),
    InExec,
    FirstThreadEnded,
}

impl<'a> Search<'a> {
    pub(super) fn new(batch: &Batch<'a>) -> Result<Self, LockError> {
        let record = match batch.locks.read_record(batch.task, batch.slot)? {
            Some(record) if record.is_of_here()? => Some(record),
            _ => None,
        };
        Ok(Self {
            entries: batch
                .keys
                .iter()
                .map(|key| format!("{BATCH_KEY_VARIABLE}={key}").into_bytes())
                .collect(),
            file: batch.locks.identity(),
            byte: batch.locks.byte_of(batch.task, batch.slot)?,
            record,
            spare: batch.spare,
            own: ProcessId::of_self(),
        })
    }

    /// Whether a process belongs to the batch now. One that has ended may still seem to.
    pub(super) fn examine(&self, pid: ProcessId) -> io::Result<Option<Hit>> {
        if pid == self.own {
            return Ok(None);
        }
        let marks = match ProcessDir::open(pid)? {
            Sight::Seen(process) => self.marks(&process, pid)?,
            Sight::Gone => Sight::Gone,
            Sight::Refused => Sight::Refused,
        };
        let evidence = match &marks {
            Sight::Gone => None,
            Sight::Seen(marks) if marks.key => Some(Evidence::Key),
            Sight::Seen(marks) if marks.lock => Some(Evidence::Lock),
            Sight::Seen(_) | Sight::Refused if self.is_recorded(pid)? => Some(Evidence::Record),
            Sight::Refused if self.is_in_group(pid)? => Some(Evidence::Group),
            Sight::Seen(_) | Sight::Refused => None,
        };
        let spared = pid.as_u32() == INIT || self.spare.contains(&pid);
        Ok(evidence.map(|evidence| Hit {
            evidence,
            fate: match marks {
                _ if spared => Fate::Spare,
                Sight::Seen(marks) if evidence == Evidence::Lock && marks.controller => Fate::Spare,
                Sight::Seen(marks) if evidence == Evidence::Lock && marks.in_exec => Fate::Wait,
                Sight::Seen(_) | Sight::Refused | Sight::Gone => Fate::Kill,
            },
        }))
    }

    fn marks(&self, process: &ProcessDir, pid: ProcessId) -> io::Result<Sight<Marks>> {
        let environment = match environment(process)? {
            Sight::Seen(Environment::FirstThreadEnded) => {
                return self.marks_of_threads(process, pid);
            }
            Sight::Seen(environment) => environment,
            Sight::Gone => return Ok(Sight::Gone),
            Sight::Refused => return Ok(Sight::Refused),
        };
        Ok(match process.locks_on(self.file)? {
            Sight::Seen(locks) => Sight::Seen(self.marks_in(&environment, &locks)),
            Sight::Gone => Sight::Gone,
            Sight::Refused => Sight::Refused,
        })
    }

    /// A process whose first thread has ended shows nothing itself while other threads go on.
    fn marks_of_threads(&self, process: &ProcessDir, pid: ProcessId) -> io::Result<Sight<Marks>> {
        for thread in process.other_threads(pid)? {
            if let Sight::Seen(environment) = environment(&thread)?
                && !matches!(environment, Environment::FirstThreadEnded)
                && let Sight::Seen(locks) = thread.locks_on(self.file)?
            {
                return Ok(Sight::Seen(self.marks_in(&environment, &locks)));
            }
        }
        Ok(Sight::Gone)
    }

    fn marks_in(&self, environment: &Environment, locks: &[HeldLock]) -> Marks {
        let holds = |hold, byte| {
            locks
                .iter()
                .any(|lock| lock.hold == hold && lock.covers(byte))
        };
        let entries: &[u8] = match environment {
            Environment::Entries(entries) => entries,
            Environment::InExec | Environment::FirstThreadEnded => &[],
        };
        Marks {
            key: entries
                .split(|byte| *byte == 0)
                .any(|entry| self.entries.iter().any(|wanted| wanted == entry)),
            in_exec: matches!(environment, Environment::InExec),
            lock: holds(Hold::Exclusive, self.byte),
            controller: holds(Hold::Shared, CONTROLLER_BYTE),
        }
    }

    fn is_recorded(&self, pid: ProcessId) -> io::Result<bool> {
        Ok(match &self.record {
            Some(record) if record.pid == pid => start_time(pid)? == Some(record.start_time),
            _ => false,
        })
    }

    fn is_in_group(&self, pid: ProcessId) -> io::Result<bool> {
        let Some(record) = &self.record else {
            return Ok(false);
        };
        let Some((group, session)) = pid.group_and_session() else {
            return Ok(false);
        };
        if session != record.session || (group != record.pid && session != record.pid) {
            return Ok(false);
        }
        // The number is given away only after the last process of the group has ended.
        Ok(start_time(record.pid)?.is_none_or(|time| time == record.start_time))
    }
}

fn start_time(pid: ProcessId) -> io::Result<Option<u64>> {
    let Sight::Seen(process) = ProcessDir::open(pid)? else {
        return Ok(None);
    };
    Ok(match process.stat()? {
        Sight::Seen(stat) => Some(stat.start_time),
        Sight::Gone | Sight::Refused => None,
    })
}

/// The environment a process was started with. In the middle of an exec it reads as empty although
/// it is not, and descriptors that are close-on-exec are being closed one by one: that is waited out.
/// So of two looks in a row, each at the environment before the descriptors, at most one can meet a
/// child of a controller with the mark of the controller closed and the lock still open.
pub(crate) fn environment(process: &ProcessDir) -> io::Result<Sight<Environment>> {
    for _ in 0..LONGEST_EXEC {
        match process.read("environ")? {
            Sight::Seen(entries) if !entries.is_empty() => {
                return Ok(Sight::Seen(Environment::Entries(entries)));
            }
            Sight::Refused => return Ok(Sight::Refused),
            Sight::Seen(_) | Sight::Gone => {}
        }
        let stat = match process.stat()? {
            Sight::Seen(stat) => stat,
            Sight::Gone => return Ok(Sight::Gone),
            Sight::Refused => return Ok(Sight::Refused),
        };
        if stat.has_exited() {
            return Ok(Sight::Seen(Environment::FirstThreadEnded));
        }
        if stat.has_no_environment() {
            return Ok(Sight::Seen(Environment::Entries(Vec::new())));
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(Sight::Seen(Environment::InExec))
}
