//! What `posix_spawn` does between the birth of a child and its program.

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags};
use nix::sys::signal::SigSet;
use nix::unistd::Pid;

/// Gives the child each descriptor under its number, and its working directory.
pub(super) fn actions(
    given: &[(&OwnedFd, RawFd)],
    dir: &CStr,
) -> io::Result<PosixSpawnFileActions> {
    let mut actions = PosixSpawnFileActions::init()?;
    for (fd, number) in given {
        actions.add_dup2(fd.as_raw_fd(), *number)?;
    }
    add_chdir(&mut actions, dir)?;
    Ok(actions)
}

fn add_chdir(actions: &mut PosixSpawnFileActions, dir: &CStr) -> io::Result<()> {
    let actions = std::ptr::from_mut(actions).cast::<libc::posix_spawn_file_actions_t>();
    #[allow(unsafe_code, reason = "nix has no wrapper for this action")]
    // SAFETY: `PosixSpawnFileActions` is a transparent wrapper around the initialised C type,
    // borrowed exclusively here; the C library copies the path.
    let result = unsafe { libc::posix_spawn_file_actions_addchdir_np(actions, dir.as_ptr()) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(result))
    }
}

/// A process group of its own, every signal at its default, none blocked.
pub(super) fn attributes() -> io::Result<PosixSpawnAttr> {
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETPGROUP
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK,
    )?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    attributes.set_sigdefault(&every_signal())?;
    attributes.set_sigmask(&SigSet::empty())?;
    Ok(attributes)
}

/// `SigSet::all` leaves out the two signals that the C library keeps for its threads, and
/// `posix_spawn` has a child ignore these two, its descendants too, unless they are in the set.
fn every_signal() -> SigSet {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    #[allow(
        unsafe_code,
        reason = "a set with these two signals can be built by its bits alone"
    )]
    // SAFETY: a `sigset_t` is an array of integers, initialised here to its last byte; the C
    // library itself fills one this way and passes over the bits that are no signals.
    unsafe {
        all.as_mut_ptr().write_bytes(u8::MAX, 1);
        SigSet::from_sigset_t_unchecked(all.assume_init())
    }
}
