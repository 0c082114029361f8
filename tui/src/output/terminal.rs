//! What standard output and standard error are.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::tcgetwinsize;

use crate::exit::Outcome;

/// Of a terminal that does not say.
const USUAL_WIDTH: usize = 80;

/// The columns there are; None where nobody looks at columns: everything is printed in full.
///
/// `COLUMNS` counts where the terminal itself is out of reach: `watch` sets it for its command.
pub(crate) fn width() -> Option<usize> {
    let stdout = io::stdout();
    let asked = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .filter(|columns| *columns > 0);
    if !stdout.is_terminal() {
        return asked;
    }
    told_width(stdout).or(asked).or(Some(USUAL_WIDTH))
}

/// The columns of the terminal that is standard error.
pub(crate) fn error_width() -> usize {
    told_width(io::stderr()).unwrap_or(USUAL_WIDTH)
}

fn told_width(terminal: impl AsFd) -> Option<usize> {
    let size = tcgetwinsize(terminal).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Ends the program once nobody reads its output any more: one that follows may have nothing to
/// print for hours, and would not notice before.
pub(crate) fn end_with_the_reader() {
    let watched = std::thread::Builder::new().name("reader".into()).spawn(|| {
        let stdout = io::stdout();
        let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
        loop {
            match poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(_) if fds[0].revents().contains(PollFlags::ERR) => {
                    std::process::exit(Outcome::Done as i32)
                }
                Ok(_) | Err(_) => return,
            }
        }
    });
    // Without it the next line that is printed tells.
    drop(watched);
}
