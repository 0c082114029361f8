//! Who holds a lock: the `lock:` lines of `/proc/PID/fdinfo` also name those who inherited the
//! descriptor, where `F_OFD_GETLK` and `/proc/locks` say nobody.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{AtFlags, Stat as Status, fstat, readlinkat_raw, stat, statat};

use super::{ProcessDir, Sight, each_entry};
use crate::byte_lock::Hold;

/// Which file it is, whatever path leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    device: u64,
    inode: u64,
    /// Saves a look at all other descriptors, some of which could hang on a dead file server.
    name: &'static str,
}

impl FileIdentity {
    pub(crate) fn of(file: impl AsFd, name: &'static str) -> io::Result<Self> {
        Ok(Self::from_status(&fstat(file)?, name))
    }

    /// Of a file that is not opened for it: some may not be, and others wake who watches.
    pub(crate) fn at(path: &Path, name: &'static str) -> io::Result<Self> {
        Ok(Self::from_status(&stat(path)?, name))
    }

    fn from_status(status: &Status, name: &'static str) -> Self {
        Self {
            device: status.st_dev,
            inode: status.st_ino,
            name,
        }
    }

    pub(super) fn is(&self, status: &Status) -> bool {
        (status.st_dev, status.st_ino) == (self.device, self.inode)
    }

    pub(super) fn may_be_at(&self, path: &[u8]) -> bool {
        let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
        path.strip_suffix(self.name.as_bytes())
            .is_some_and(|folder| folder.ends_with(b"/"))
    }
}

/// One lock, first and last byte included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeldLock {
    pub(crate) hold: Hold,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl HeldLock {
    pub(crate) fn covers(&self, byte: i64) -> bool {
        (self.first..=self.last).contains(&byte)
    }

    /// Reads `lock:  1: OFDLCK ADVISORY  WRITE -1 fe:00:10013088 65543 65543`. The device in it is
    /// that of the file system, which for some is not the device stat(2) gives.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("lock:")?.split_ascii_whitespace().skip(1);
        if words.next()? != "OFDLCK" {
            return None;
        }
        let hold = match words.nth(1)? {
            "READ" => Hold::Shared,
            "WRITE" => Hold::Exclusive,
            _ => return None,
        };
        let first = words.nth(2)?.parse().ok()?;
        let last = match words.next()? {
            "EOF" => i64::MAX,
            last => last.parse().ok()?,
        };
        Some(Self { hold, first, last })
    }
}

impl ProcessDir {
    /// The locks the process holds on the file, through whichever descriptors.
    pub(crate) fn locks_on(&self, file: &FileIdentity) -> io::Result<Sight<Vec<HeldLock>>> {
        let descriptors = match self.open_below("fd")? {
            Sight::Seen(descriptors) => descriptors,
            Sight::Gone => return Ok(Sight::Gone),
            Sight::Refused => return Ok(Sight::Refused),
        };
        let mut locks = Vec::new();
        let mut room = [MaybeUninit::uninit(); 4096];
        each_entry(&descriptors, |number| {
            let link = readlinkat_raw(&descriptors, number, &mut room[..]);
            let Sight::Seen((path, _)) = Sight::of(link)? else {
                return Ok(());
            };
            if !file.may_be_at(path) {
                return Ok(());
            }
            let Sight::Seen(status) = Sight::of(statat(&descriptors, number, AtFlags::empty()))?
            else {
                return Ok(());
            };
            if !file.is(&status) {
                return Ok(());
            }
            if let Sight::Seen(info) = self.open_file("fdinfo", number)? {
                let info = String::from_utf8_lossy(&info);
                locks.extend(info.lines().filter_map(HeldLock::parse));
            }
            Ok(())
        })?;
        Ok(Sight::Seen(locks))
    }
}
