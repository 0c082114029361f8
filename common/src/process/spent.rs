//! What processes have used so far, from `/proc/PID/stat` alone: it needs no permission, and a pass
//! over all of them costs three calls each.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use rustix::fs::{CWD, Mode, OFlags, RawDir, openat};
use rustix::param::page_size;

use super::{ProcessId, Sight};

/// Room for the entries of many processes at a time.
const MANY_ENTRIES: usize = 16 * 1024;

/// More than the line can have.
const LINE: usize = 2048;

/// What a process has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) pid: ProcessId,
    pub(crate) parent: ProcessId,
    pub(crate) group: ProcessId,
    pub(crate) session: ProcessId,
    /// In clock ticks since boot.
    pub(crate) start_time: u64,
    /// Clock ticks on a processor, of all its threads.
    pub(crate) own: u64,
    /// Those of its children that ended and were waited for, and of theirs.
    pub(crate) waited: u64,
    /// Bytes of memory, those that others share included.
    pub(crate) resident: u64,
}

impl Spent {
    /// Fields are counted from the last parenthesis on: the name before it may hold any character.
    pub(super) fn parse(pid: ProcessId, line: &[u8]) -> Option<Self> {
        let after_name = line.iter().rposition(|byte| *byte == b')')? + 1;
        let fields = std::str::from_utf8(&line[after_name..]).ok()?;
        // The manual, proc_pid_stat(5), counts from 1, and the first after the name is its field 3.
        let mut wanted = fields.split_ascii_whitespace().skip(1);
        let mut next = |passed: usize| wanted.nth(passed)?.parse::<u64>().ok();
        let process = |number: u64| u32::try_from(number).ok().map(ProcessId);
        let parent = process(next(0)?)?;
        let group = process(next(0)?)?;
        let session = process(next(0)?)?;
        let own = next(7)?.saturating_add(next(0)?);
        let waited = next(0)?.saturating_add(next(0)?);
        let start_time = next(4)?;
        let resident = next(1)?.saturating_mul(page_size() as u64);
        Some(Self {
            pid,
            parent,
            group,
            session,
            start_time,
            own,
            waited,
            resident,
        })
    }
}

/// What all processes that can be seen have used.
pub(crate) fn spent_by_all() -> io::Result<Vec<Spent>> {
    let proc = openat(
        CWD,
        "/proc",
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let mut found = Vec::new();
    let mut room = vec![MaybeUninit::uninit(); MANY_ENTRIES];
    let mut entries = RawDir::new(&proc, &mut room);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_str().ok();
        if let Some(pid) = name.and_then(|name| name.parse().ok()).map(ProcessId) {
            found.extend(spent_below(&proc, &format!("{pid}/stat"), pid)?);
        }
    }
    Ok(found)
}

/// What one process has used; None if it is gone.
pub(crate) fn spent_by(pid: ProcessId) -> io::Result<Option<Spent>> {
    spent_below(CWD, &format!("/proc/{pid}/stat"), pid)
}

fn spent_below(folder: impl AsFd, path: &str, pid: ProcessId) -> io::Result<Option<Spent>> {
    let opened = openat(
        folder,
        path,
        OFlags::RDONLY | OFlags::CLOEXEC,
        Mode::empty(),
    );
    let Sight::Seen(file) = Sight::of(opened)? else {
        return Ok(None);
    };
    let mut line = [0; LINE];
    // The kernel makes the line anew for each read, whole.
    match Sight::of(rustix::io::read(&file, &mut line[..]))? {
        Sight::Seen(length) => Ok(Spent::parse(pid, &line[..length])),
        Sight::Gone | Sight::Refused => Ok(None),
    }
}

#[cfg(test)]
mod tests;
