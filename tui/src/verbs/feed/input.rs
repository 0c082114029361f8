//! Where items come from: a file or standard input, which may flow for hours.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use longhaul_worker::report::in_one_line;
use longhaul_worker::stop_self::stop_once_idle;
use nix::sys::eventfd::{EfdFlags, EventFd};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::exit::Failure;
use crate::signals::{Came, Signals};

const BUFFER: usize = 256 << 10;

/// What is read, and what interrupts it.
pub(super) struct Input {
    file: File,
    name: String,
    buffer: Vec<u8>,
    interrupted: Arc<EventFd>,
}

/// What came.
pub(super) enum Next<'a> {
    /// Some bytes.
    Bytes(&'a [u8]),
    /// Nothing, for as long as was waited.
    Nothing,
    /// The end of the input.
    End,
    /// A signal.
    Interrupted,
}

impl Input {
    /// Opens a file; `-` and none are standard input. From then on signals interrupt the reading, and don't
    /// end the process.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let (name, opened) = match file.filter(|file| *file != Path::new("-")) {
            Some(file) => (file.display().to_string(), File::open(file)),
            None => (
                "standard input".to_owned(),
                io::stdin().as_fd().try_clone_to_owned().map(File::from),
            ),
        };
        let unreadable = |error: &io::Error| {
            Failure::mistake(format!("{name} can't be read: {}", in_one_line(error)))
        };
        let file = opened.map_err(|error| unreadable(&error))?;
        if file
            .metadata()
            .map_err(|error| unreadable(&error))?
            .is_dir()
        {
            return Err(Failure::mistake(format!("{name} is a folder"))
                .hint("pipe the items in, or name a file of them"));
        }
        let listening = |error: &io::Error| Failure::system("listening to signals", error);
        let interrupted = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)
            .map_err(|error| listening(&error.into()))?;
        let interrupted = Arc::new(interrupted);
        let told = Arc::clone(&interrupted);
        Signals::catch()
            .and_then(|caught| {
                caught.listen(move |came| match came {
                    Came::Interrupt | Came::End => {
                        // Full means that it is readable already.
                        let _ = told.write(1);
                    }
                    Came::Suspend => stop_once_idle(),
                    Came::Resume => {}
                })
            })
            .map_err(|error| listening(&error))?;
        Ok(Self {
            file,
            name,
            buffer: vec![0; BUFFER],
            interrupted,
        })
    }

    /// What comes next; waits for it, at most until `deadline`.
    pub(super) fn next(&mut self, deadline: Option<Instant>) -> Result<Next<'_>, Failure> {
        loop {
            let timeout = deadline.map(|at| {
                let left = at.saturating_duration_since(Instant::now());
                Timespec::try_from(left).expect("a fraction of a second")
            });
            let mut polled = [
                PollFd::new(&*self.interrupted, PollFlags::IN),
                PollFd::new(&self.file, PollFlags::IN),
            ];
            match poll(&mut polled, timeout.as_ref()) {
                Ok(0) => return Ok(Next::Nothing),
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(self.broken(&error.into())),
            }
            if !polled[0].revents().is_empty() {
                return Ok(Next::Interrupted);
            }
            return match self.file.read(&mut self.buffer) {
                Ok(0) => Ok(Next::End),
                Ok(read) => Ok(Next::Bytes(&self.buffer[..read])),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                    ) =>
                {
                    continue;
                }
                Err(error) => Err(self.broken(&error)),
            };
        }
    }

    fn broken(&self, error: &io::Error) -> Failure {
        Failure::system(&format!("reading {}", self.name), error)
    }
}
