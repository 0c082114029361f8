//! A terminal that a program draws on.

use std::fs::{File, OpenOptions};
use std::io::{PipeWriter, Read as _, Write as _};
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{Termios, tcgetattr};
use nix::unistd::ttyname;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{Winsize, tcsetwinsize};

use super::program::heeding_signals;
use super::{Program, wait_until};

/// A pseudo-terminal of 24 rows, whose output is kept as it was written.
pub(crate) struct Terminal {
    keyboard: File,
    theirs: OwnedFd,
    drawn: Arc<Mutex<Drawn>>,
    emulator: Mutex<Option<Emulator>>,
    reader: JoinHandle<()>,
    /// While it is held nothing is read of what is written.
    reading: Arc<Mutex<()>>,
    plug: PipeWriter,
}

/// What was written to it, and where each part of it begins that came at once.
#[derive(Default)]
struct Drawn {
    bytes: Vec<u8>,
    arrivals: Vec<(Instant, usize)>,
}

/// An emulator that goes on from where it was: to take in all of a long session for each look costs
/// the program that is looked at its time.
struct Emulator {
    parser: vt100::Parser,
    size: (u16, u16),
    /// So many bytes were taken in.
    taken: usize,
}

impl Emulator {
    fn new(rows: u16, columns: u16) -> Self {
        let side = |length| NonZeroU16::new(length).expect("a screen has room");
        Self {
            parser: vt100::Parser::new(side(rows), side(columns), 0),
            size: (rows, columns),
            taken: 0,
        }
    }
}

/// What the terminal is to the program on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Controls {
    /// Its keys send signals, as those of somebody's own terminal.
    Yes,
    /// It is drawn on only.
    No,
}

impl Terminal {
    pub(crate) fn new(columns: u16) -> Self {
        // Of a terminal that goes away nothing may be left in the programs of other tests.
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let ours = posix_openpt(flags).expect("there is a terminal left");
        grantpt(&ours).expect("it is ours");
        unlockpt(&ours).expect("it is ours");
        let theirs = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags((OFlag::O_NOCTTY | OFlag::O_CLOEXEC).bits())
            .open(ptsname_r(&ours).expect("it has a name"))
            .expect("it is ours");
        let ours = OwnedFd::from(ours);
        let drawn: Arc<Mutex<Drawn>> = Arc::default();
        let (keyboard, kept) = (File::from(ours), Arc::clone(&drawn));
        let mut screen = keyboard.try_clone().expect("there is a descriptor left");
        let (pulled, plug) = std::io::pipe().expect("there is a descriptor left");
        // Ends with an error once the last program has closed the terminal, or when the plug is
        // pulled.
        let reading: Arc<Mutex<()>> = Arc::default();
        let may_read = Arc::clone(&reading);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let mut either = [
                    PollFd::new(&screen, PollFlags::IN),
                    PollFd::new(&pulled, PollFlags::IN),
                ];
                if poll(&mut either, None).is_err() || !either[1].revents().is_empty() {
                    return;
                }
                let _may = may_read.lock().unwrap_or_else(PoisonError::into_inner);
                let Ok(length @ 1..) = screen.read(&mut buffer) else {
                    return;
                };
                let now = Instant::now();
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let at = kept.bytes.len();
                kept.arrivals.push((now, at));
                kept.bytes.extend_from_slice(&buffer[..length]);
            }
        });
        let terminal = Self {
            keyboard,
            theirs: theirs.into(),
            drawn,
            emulator: Mutex::new(None),
            reader,
            reading,
            plug,
        };
        terminal.resize(24, columns);
        terminal
    }

    /// Starts a program on it.
    #[track_caller]
    pub(crate) fn start(&self, command: &Command, controls: Controls) -> Program {
        // In a session of its own the terminal is its own too.
        let before: &[&str] = match controls {
            Controls::Yes => &["setsid", "--ctty"],
            Controls::No => &[],
        };
        let mut started = heeding_signals(before, command);
        let end = || self.theirs.try_clone().expect("there is a descriptor left");
        if !command.get_envs().any(|(name, _)| name == "TERM") {
            started.env("TERM", "xterm");
        }
        started.stdin(end()).stdout(end()).stderr(end());
        Program::elsewhere(started.spawn().expect("the program starts"))
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &[u8]) {
        (&self.keyboard)
            .write_all(keys)
            .expect("the terminal is there");
    }

    /// Gives it another size.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.keyboard, size).expect("it is a terminal");
    }

    /// It takes nothing of what is written, for as long as this is held.
    pub(crate) fn stall(&self) -> MutexGuard<'_, ()> {
        let stalled = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let line = OpenOptions::new()
            .write(true)
            .custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).bits())
            .open(ttyname(&self.theirs).expect("it is a terminal"))
            .expect("it is ours");
        // The kernel makes room for a while by passing on what was written.
        let a_while = Timespec {
            tv_sec: 0,
            tv_nsec: 200_000_000,
        };
        loop {
            while (&line).write(&[0; 1024]).is_ok() {}
            let mut room = [PollFd::new(&line, PollFlags::OUT)];
            if poll(&mut room, Some(&a_while)).expect("it is a terminal") == 0 {
                return stalled;
            }
        }
    }

    /// The terminal goes away under whatever is on it, as a line that drops.
    pub(crate) fn hang_up(self) {
        drop(self.plug);
        let _ = self.reader.join();
    }

    /// All that was written, escape sequences included.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.drawn().bytes).into_owned()
    }

    /// Waits until something was written.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        wait_until(&format!("{text:?} on the terminal"), || {
            self.written().contains(text)
        });
    }

    /// What an emulator of this size shows of all that was written.
    pub(crate) fn shown(&self, rows: u16, columns: u16) -> vt100::Screen {
        let mut emulator = self.emulator.lock().unwrap_or_else(PoisonError::into_inner);
        let known = emulator
            .take()
            .filter(|known| known.size == (rows, columns));
        let mut known = known.unwrap_or_else(|| Emulator::new(rows, columns));
        let drawn = self.drawn();
        known.parser.process(&drawn.bytes[known.taken..]);
        known.taken = drawn.bytes.len();
        let screen = known.parser.screen().clone();
        *emulator = Some(known);
        screen
    }

    /// How many bytes were written.
    pub(crate) fn bytes(&self) -> usize {
        self.drawn().bytes.len()
    }

    /// What was written from a byte on, in the parts it came in, and when each came.
    pub(crate) fn since(&self, from: usize) -> Vec<(Instant, Vec<u8>)> {
        let drawn = self.drawn();
        let first = drawn.arrivals.partition_point(|(_, at)| *at < from);
        let arrivals = &drawn.arrivals[first..];
        let ends = arrivals.iter().skip(1).map(|(_, at)| *at);
        let ends = ends.chain([drawn.bytes.len()]);
        arrivals
            .iter()
            .zip(ends)
            .map(|((came, at), end)| (*came, drawn.bytes[*at..end].to_vec()))
            .collect()
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the terminal treats keys and output.
    pub(crate) fn mode(&self) -> Termios {
        tcgetattr(&self.theirs).expect("it is a terminal")
    }
}
