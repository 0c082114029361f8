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
    poll_both(output, others, None, until).map(|(seen, _)| seen)
}

/// The same, and also until `input` can be written to or is broken; tells that, too.
pub(super) fn poll_both<'fd, const N: usize>(
    output: impl IntoIterator<Item = BorrowedFd<'fd>>,
    others: [BorrowedFd<'fd>; N],
    input: Option<BorrowedFd<'fd>>,
    until: Option<Instant>,
) -> Result<([bool; N], bool), Errno> {
    let mut fds: Vec<_> = others
        .into_iter()
        .chain(output)
        .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
        .collect();
    let has_input = input.is_some();
    fds.extend(input.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT)));
    // A time too far for the kernel's clock is no limit.
    let timeout = until
        .and_then(|until| Timespec::try_from(until.saturating_duration_since(Instant::now())).ok());
    match rustix::event::poll(&mut fds, timeout.as_ref()) {
        Ok(_) => {
            let seen = |fd: &PollFd<'_>| !fd.revents().is_empty();
            let input = has_input && fds.last().is_some_and(seen);
            Ok((std::array::from_fn(|at| seen(&fds[at])), input))
        }
        Err(Errno::INTR) => Ok(([false; N], false)),
        Err(error) => Err(error),
    }
}
