//! Sleeping until something happens.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

/// Sleeps until one of the descriptors is readable or broken, or `until` has passed. Tells which of
/// `others` it was; a signal may end the sleep early, with none.
pub(super) fn poll<'fd, const N: usize>(
    output: impl IntoIterator<Item = BorrowedFd<'fd>>,
    others: [BorrowedFd<'fd>; N],
    until: Option<Instant>,
) -> Result<[bool; N], Errno> {
    let mut fds: Vec<_> = others
        .into_iter()
        .chain(output)
        .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
        .collect();
    // A time too far for the kernel's clock is no limit.
    let timeout = until
        .and_then(|until| Timespec::try_from(until.saturating_duration_since(Instant::now())).ok());
    match rustix::event::poll(&mut fds, timeout.as_ref()) {
        Ok(_) => Ok(std::array::from_fn(|at| !fds[at].revents().is_empty())),
        Err(Errno::INTR) => Ok([false; N]),
        Err(error) => Err(error),
    }
}
