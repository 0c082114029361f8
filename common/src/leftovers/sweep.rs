//! One pass over all processes.

use std::io;
use std::time::Duration;

use super::search::{Fate, Hit, Search};
use super::{Evidence, Process, Survival, Survivor};
use crate::process::{Handle, ProcessDir, ProcessId, Processes, Sight, Signalled};

/// Most processes die at once; one that waits in the kernel is not waited for here.
const LONGEST_DEATH: Duration = Duration::from_millis(100);

/// What a pass did.
pub(super) struct Sweep {
    /// How many ended meanwhile, by it or by themselves; each may have started others behind the pass.
    pub(super) ends: usize,
    pub(super) survivors: Vec<(Survivor, Handle)>,
}

/// Kills each process of the batch as soon as it is met.
pub(super) fn sweep(search: &Search<'_>, killed: &mut Vec<Process>) -> io::Result<Sweep> {
    let mut done = Sweep {
        ends: 0,
        survivors: Vec::new(),
    };
    for pid in Processes::all()? {
        let (process, fate, handle) = match meet(search, pid?)? {
            Meeting::Stranger => continue,
            Meeting::Ended => {
                done.ends += 1;
                continue;
            }
            Meeting::Member(process, fate, handle) => (process, fate, handle),
        };
        let reason = match fate {
            Fate::Spare => Survival::Spared,
            Fate::Wait => Survival::Starting,
            Fate::Kill => match handle.kill()? {
                Signalled::NotPermitted => Survival::NotPermitted,
                Signalled::Gone => {
                    done.ends += 1;
                    continue;
                }
                Signalled::Sent => {
                    if !killed.iter().any(|known| known.pid == process.pid) {
                        killed.push(process.clone());
                    }
                    if handle.ends_within(LONGEST_DEATH)? {
                        done.ends += 1;
                        continue;
                    }
                    Survival::Dying
                }
            },
        };
        done.survivors.push((Survivor { process, reason }, handle));
    }
    Ok(done)
}

/// Lists the processes of the batch that a sweep would kill.
pub(super) fn look(search: &Search<'_>) -> io::Result<Vec<Process>> {
    let mut found = Vec::new();
    for pid in Processes::all()? {
        if let Meeting::Member(process, Fate::Kill, _) = meet(search, pid?)? {
            found.push(process);
        }
    }
    Ok(found)
}

enum Meeting {
    Stranger,
    /// It was one of the batch.
    Ended,
    Member(Process, Fate, Handle),
}

/// Looks at a process, and again once there is a handle to it: what shows evidence then is the
/// process the handle names, or that one has ended.
fn meet(search: &Search<'_>, pid: ProcessId) -> io::Result<Meeting> {
    let Some(first) = search.examine(pid)? else {
        return Ok(Meeting::Stranger);
    };
    // A zombie shows neither lock nor key: who showed one of them has ended only now. Group and start
    // time stay with a zombie for as long as nobody waits for it.
    let ended = match first.evidence {
        Evidence::Key | Evidence::Lock => Meeting::Ended,
        Evidence::Record | Evidence::Group => Meeting::Stranger,
    };
    let Some(handle) = Handle::open(pid)? else {
        return Ok(ended);
    };
    let again = search.examine(pid)?;
    if handle.ends_within(Duration::ZERO)? {
        return Ok(ended);
    }
    let Some(Hit { evidence, fate }) = again else {
        return Ok(Meeting::Stranger);
    };
    let name = match ProcessDir::open(pid)? {
        Sight::Seen(process) => process.name()?,
        Sight::Gone | Sight::Refused => "?".to_owned(),
    };
    let process = Process {
        pid,
        name,
        evidence,
    };
    Ok(Meeting::Member(process, fate, handle))
}
