//! Dropping the oldest lines of a log.

use std::fs::{File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use jiff::Timestamp;
use rustix::fs::{AtFlags, FallocateFlags, OFlags, renameat, unlinkat};
use rustix::io::Errno;

use super::line::parse_line;
use super::mark::Mark;
use crate::folder::Folder;

const BLOCK: usize = 64 * 1024;

/// Replaces a log by one that holds its newest lines, at most `keep` bytes of them. Gives the new
/// log, open for appending, or nothing where there was nothing to drop or another process is at
/// it.
///
/// The new one is written beside the old one and renamed over it: a crash leaves one or the other.
/// What is left of an attempt cut short is overwritten by the next.
pub(super) fn shorten(
    folder: &Folder,
    name: &str,
    old: &File,
    keep: u64,
    now: Timestamp,
) -> io::Result<Option<File>> {
    // Who holds the lock of the file in place is alone with the name of the new one: only the
    // rename, which ends its turn, puts another file in place.
    match old.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let result = is_in_place(folder, name, old).and_then(|in_place| {
        if in_place {
            replace(folder, name, old, keep, now)
        } else {
            Ok(None)
        }
    });
    if !matches!(result, Ok(Some(_))) {
        old.unlock()?;
    }
    result
}

fn is_in_place(folder: &Folder, name: &str, file: &File) -> io::Result<bool> {
    let ours = rustix::fs::fstat(file)?;
    match rustix::fs::statat(folder.descriptor(), name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(there) => Ok((ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn replace(
    folder: &Folder,
    name: &str,
    old: &File,
    keep: u64,
    now: Timestamp,
) -> io::Result<Option<File>> {
    let length = old.metadata()?.len();
    let mark = Mark::read(old)?;
    let start = line_start(old, length.saturating_sub(keep).max(mark.length), length)?;
    if start == mark.length {
        return Ok(None);
    }
    let temporary = format!("{name}.new");
    let new = folder.file(&temporary, OFlags::RDWR | OFlags::CREATE | OFlags::TRUNC)?;
    let filled = reserve(&new, length - start).and_then(|()| {
        let dropped = Mark {
            length: 0,
            bytes: mark.bytes + start - mark.length,
            lines: mark.lines + count_lines(old, mark.length, start)?,
        };
        (&new).write_all(&dropped.line(first_time(old, start)?.unwrap_or(now)))?;
        let mut rest = old;
        rest.seek(SeekFrom::Start(start))?;
        io::copy(&mut rest, &mut &new)?;
        rustix::fs::fcntl_setfl(&new, OFlags::APPEND)?;
        renameat(folder.descriptor(), &temporary, folder.descriptor(), name)?;
        Ok(())
    });
    match filled {
        Ok(()) => Ok(Some(new)),
        Err(error) => {
            // The first failure is the one to tell; the next attempt overwrites what stays.
            let _ = unlinkat(folder.descriptor(), &temporary, AtFlags::empty());
            Err(error)
        }
    }
}

/// Fails at once where there is no room, before half a log was copied in vain.
fn reserve(new: &File, bytes: u64) -> io::Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    match rustix::fs::fallocate(new, FallocateFlags::KEEP_SIZE, 0, bytes) {
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The first start of a line at or after `from`.
fn line_start(file: &File, from: u64, length: u64) -> io::Result<u64> {
    if from == 0 {
        return Ok(0);
    }
    let mut at = from - 1;
    let mut block = [0; 4096];
    while at < length {
        let got = file.read_at(&mut block, at)?;
        if got == 0 {
            break;
        }
        if let Some(end) = block[..got].iter().position(|byte| *byte == b'\n') {
            return Ok(at + end as u64 + 1);
        }
        at += got as u64;
    }
    Ok(length)
}

fn count_lines(file: &File, from: u64, to: u64) -> io::Result<u64> {
    let mut block = vec![0; BLOCK];
    let (mut at, mut lines) = (from, 0);
    while at < to {
        let wanted = usize::try_from(to - at).map_or(BLOCK, |left| left.min(BLOCK));
        let got = file.read_at(&mut block[..wanted], at)?;
        if got == 0 {
            break;
        }
        lines += block[..got].iter().filter(|byte| **byte == b'\n').count() as u64;
        at += got as u64;
    }
    Ok(lines)
}

/// When the line at `start` was written: the mark before it bears the same time, so that the
/// times of a log never go back.
fn first_time(file: &File, start: u64) -> io::Result<Option<Timestamp>> {
    let mut head = [0; 256];
    let got = file.read_at(&mut head, start)?;
    Ok(parse_line(&head[..got]).at)
}
