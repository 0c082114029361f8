//! Who has a file open: found in `/proc` alone, so that it works while the file's users are stuck.

use std::io;
use std::mem::MaybeUninit;
use std::path::Path;

use rustix::fs::{AtFlags, readlinkat_raw, statat};

use super::{Condition, FileIdentity, ProcessDir, ProcessId, Processes, Sight, each_entry};

/// A process that has a file open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opener {
    /// The process.
    pub pid: ProcessId,
    /// What its program calls itself; not safe for a terminal.
    pub name: String,
    /// Whether it can act.
    pub condition: Condition,
}

/// The processes that have a file open, without the one that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Openers {
    /// By rising number.
    pub seen: Vec<Opener>,
    /// How many processes may not be looked into; any of them may have it open too.
    pub hidden: usize,
}

/// The processes that have `file` open now.
pub(crate) fn openers(file: &Path, name: &'static str) -> io::Result<Openers> {
    let identity = FileIdentity::at(file, name)?;
    let mut found = Openers::default();
    for pid in Processes::all()? {
        let pid = pid?;
        if pid == ProcessId::of_self() {
            continue;
        }
        let Sight::Seen(process) = ProcessDir::open(pid)? else {
            continue;
        };
        match process.has_open(&identity)? {
            Sight::Seen(true) => {}
            Sight::Seen(false) | Sight::Gone => continue,
            Sight::Refused => {
                found.hidden += 1;
                continue;
            }
        }
        if let Sight::Seen(stat) = process.stat()? {
            found.seen.push(Opener {
                pid,
                name: process.name()?,
                condition: stat.condition(),
            });
        }
    }
    Ok(found)
}

impl ProcessDir {
    /// Whether the process has the file open, through whichever descriptor.
    fn has_open(&self, file: &FileIdentity) -> io::Result<Sight<bool>> {
        let descriptors = match self.open_below("fd")? {
            Sight::Seen(descriptors) => descriptors,
            Sight::Gone => return Ok(Sight::Gone),
            Sight::Refused => return Ok(Sight::Refused),
        };
        let mut open = false;
        let mut room = [MaybeUninit::uninit(); 4096];
        each_entry(&descriptors, |number| {
            if open {
                return Ok(());
            }
            let link = readlinkat_raw(&descriptors, number, &mut room[..]);
            let Sight::Seen((path, _)) = Sight::of(link)? else {
                return Ok(());
            };
            if file.may_be_at(path)
                && let Sight::Seen(status) =
                    Sight::of(statat(&descriptors, number, AtFlags::empty()))?
            {
                open = file.is(&status);
            }
            Ok(())
        })?;
        Ok(Sight::Seen(open))
    }
}
