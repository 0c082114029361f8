//! What a worker inherits from whoever started it, put in order before it starts anything itself.

use std::io;
use std::os::fd::{BorrowedFd, RawFd};

use nix::sys::signal::{SigHandler, Signal};
use rustix::io::FdFlags;

const FIRST: RawFd = 3;

/// Sets close-on-exec on every descriptor above standard error, so that nothing this process
/// inherited reaches a batch. To be called once, at the start of a worker program and before it
/// opens anything.
///
/// # Errors
///
/// If neither `close_range` nor `/proc/self/fd` is to be had.
pub fn close_on_exec_all() -> io::Result<()> {
    // Absent before Linux 5.11, refused by some containers.
    through_close_range().or_else(|_| through_proc())
}

fn through_close_range() -> io::Result<()> {
    #[allow(
        unsafe_code,
        reason = "close_range has no safe wrapper in the crates used here"
    )]
    // SAFETY: three integers; the call closes nothing, it sets a flag on the descriptors that are
    // open.
    let result = unsafe {
        // Called by number, since C libraries before glibc 2.34 don't have the function.
        libc::syscall(
            libc::SYS_close_range,
            FIRST,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn through_proc() -> io::Result<()> {
    let mut open = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd")? {
        open.extend(
            entry?
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<RawFd>().ok()),
        );
    }
    for fd in open.into_iter().filter(|fd| *fd >= FIRST) {
        #[allow(
            unsafe_code,
            reason = "a descriptor that was inherited has no owner in this process to borrow from"
        )]
        // SAFETY: borrowed for one call, on a number listed as open. If it was closed meanwhile
        // (the listing's own is) the kernel says so and nothing else happens.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        match rustix::io::fcntl_setfd(fd, FdFlags::CLOEXEC) {
            Ok(()) | Err(rustix::io::Errno::BADF) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Gives SIGCHLD its default meaning. Under a parent that ignored it the kernel would throw away
/// the exit status of every batch. To be called once, at the start of a worker program; a host
/// program that reaps its own children is left alone.
///
/// # Errors
///
/// None that the kernel documents for this signal.
pub fn default_child_signal() -> io::Result<()> {
    #[allow(
        unsafe_code,
        reason = "changing a signal's disposition is unsafe for the handlers it may install"
    )]
    // SAFETY: the default disposition runs no code of this process.
    unsafe { nix::sys::signal::signal(Signal::SIGCHLD, SigHandler::SigDfl) }?;
    Ok(())
}

/// Has a write beyond the limit on file sizes fail with an error, which is reported like a full
/// disk; by default the kernel ends the process, without a word. To be called once, at the start of
/// a program.
///
/// # Errors
///
/// None that the kernel documents for this signal.
pub fn file_size_limit_is_an_error() -> io::Result<()> {
    #[allow(
        unsafe_code,
        reason = "changing a signal's disposition is unsafe for the handlers it may install"
    )]
    // SAFETY: to ignore a signal runs no code of this process.
    unsafe { nix::sys::signal::signal(Signal::SIGXFSZ, SigHandler::SigIgn) }?;
    Ok(())
}

#[cfg(test)]
mod tests;
