//! One pass over all processes.

use std::io;
use std::time::Duration;

use super::search::{Fate, Hit, Search};
use super::{Process, Survival, Survivor};
use crate::process::{Handle, ProcessDir, ProcessId, Processes, Sight, Signalled};

/// Most processes die at once; one that waits in the kernel is not waited for here.
const LONGEST_DEATH: Duration = Duration::from_millis(100);

/// What a pass did.
pub(super) struct Sweep {
    /// How many ended by it; each may have started others behind the pass.
    pub(super) kills: usize,
    pub(super) survivors: Vec<(Survivor, Handle)>,
}

/// Kills each process of the batch as soon as it is met.
pub(super) fn sweep(search: &Search<'_>, killed: &mut Vec<Process>) -> io::Result<Sweep> {
    let mut done = Sweep {
        kills: 0,
        survivors: Vec::new(),
    };
    for pid in Processes::all()? {
        let Some((process, fate, handle)) = meet(search, pid?)? else {
            continue;
        };
        let reason = match fate {
            Fate::Spare => Survival::Spared,
            Fate::Wait => Survival::Starting,
            Fate::Kill => match handle.kill()? {
                Signalled::NotPermitted => Survival::NotPermitted,
                Signalled::Gone => {
                    done.kills += 1;
                    continue;
                }
                Signalled::Sent => {
                    if !killed.iter().any(|known| known.pid == process.pid) {
                        killed.push(process.clone());
                    }
                    if handle.ends_within(LONGEST_DEATH)? {
                        done.kills += 1;
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
        if let Some((process, Fate::Kill, _)) = meet(search, pid?)? {
            found.push(process);
        }
    }
    Ok(found)
}

/// A living process of the batch. It is looked at again through the handle's eyes: what shows
/// evidence after the handle was opened is the process the handle names, or that one has ended.
fn meet(search: &Search<'_>, pid: ProcessId) -> io::Result<Option<(Process, Fate, Handle)>> {
    if search.examine(pid)?.is_none() {
        return Ok(None);
    }
    let Some(handle) = Handle::open(pid)? else {
        return Ok(None);
    };
    let Some(Hit { evidence, fate }) = search.examine(pid)? else {
        return Ok(None);
    };
    if handle.ends_within(Duration::ZERO)? {
        return Ok(None);
    }
    let name = match ProcessDir::open(pid)? {
        Sight::Seen(process) => process.name()?,
        Sight::Gone | Sight::Refused => "?".to_owned(),
    };
    let process = Process {
        pid,
        name,
        evidence,
    };
    Ok(Some((process, fate, handle)))
}
