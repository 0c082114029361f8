//! The dashboard on a pseudo-terminal, and when what came on its screen.

use std::num::NonZeroU16;
use std::ops::Sub;
use std::path::Path;
use std::time::{Duration, Instant};

use longhaul_common::progress::as_f64;

use crate::harness::{Controls, Program, Terminal};
use crate::program::program;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends a frame.
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

/// Rows and columns of a usual terminal, and of a large one.
pub(crate) const USUAL: (u16, u16) = (24, 80);
pub(crate) const LARGE: (u16, u16) = (50, 200);

/// A dashboard that runs, and an emulator that has seen what it drew up to some byte.
pub(crate) struct Dashboard {
    terminal: Terminal,
    program: Program,
    emulator: vt100::Parser,
    seen: usize,
    /// The last bytes of that, too few for the end of a frame.
    end: Vec<u8>,
    drawn: Drawn,
    pub(crate) started: Instant,
}

impl Dashboard {
    pub(crate) fn open(store: &Path, (rows, columns): (u16, u16)) -> Self {
        let terminal = Terminal::new(columns);
        terminal.resize(rows, columns);
        let mut command = program(store, &[]);
        command
            .env("LC_ALL", "C.UTF-8")
            .env("XDG_CONFIG_HOME", store)
            // No look is remembered: nothing is to be told of it at the next.
            .env("XDG_STATE_HOME", "/dev/null")
            .env_remove("NO_COLOR");
        let side = |length| NonZeroU16::new(length).expect("a screen has room");
        let started = Instant::now();
        Self {
            program: terminal.start(&command, Controls::Yes),
            terminal,
            emulator: vt100::Parser::new(side(rows), side(columns), 0),
            seen: 0,
            end: Vec::new(),
            drawn: Drawn::default(),
            started,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// Presses keys, and tells when.
    pub(crate) fn press(&mut self, keys: &str) -> Instant {
        let now = Instant::now();
        self.terminal.press(keys.as_bytes());
        now
    }

    /// When a frame came after which the screen is as it is waited for, of those not seen yet.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, shows: impl Fn(&[String]) -> bool) -> Instant {
        let deadline = Instant::now() + PATIENCE;
        loop {
            for (came, bytes) in self.terminal.since(self.seen) {
                let frame = self.take(&bytes);
                if frame == Frame::Whole && shows(&self.lines()) {
                    return came;
                }
            }
            assert!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: {what}:\n{}",
                self.lines().join("\n")
            );
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// When the next frame came.
    #[track_caller]
    pub(crate) fn wait_for_frame(&mut self) -> Instant {
        self.wait_for("a frame", |_| true)
    }

    /// Takes in what has come, and gives all that was drawn so far.
    pub(crate) fn drawn(&mut self) -> Drawn {
        for (_, bytes) in self.terminal.since(self.seen) {
            self.take(&bytes);
        }
        self.drawn
    }

    fn take(&mut self, bytes: &[u8]) -> Frame {
        self.emulator.process(bytes);
        self.seen += bytes.len();
        self.drawn.bytes += as_f64(bytes.len() as u64);
        // What ends a frame may come in two parts.
        self.end.extend_from_slice(bytes);
        let ends = self.end.windows(FRAME_ENDS.len());
        self.drawn.frames += as_f64(ends.filter(|found| *found == FRAME_ENDS).count() as u64);
        let whole = self.end.ends_with(FRAME_ENDS);
        let known = self.end.len().saturating_sub(FRAME_ENDS.len() - 1);
        self.end.drain(..known);
        if whole { Frame::Whole } else { Frame::Part }
    }

    /// The lines of the screen as it was last seen.
    pub(crate) fn lines(&self) -> Vec<String> {
        let screen = self.emulator.screen();
        let columns = screen.size().1.get();
        screen.rows(0, columns).collect()
    }
}

/// What was seen of a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Part,
    Whole,
}

/// How much was drawn.
#[derive(Clone, Copy, Default)]
pub(crate) struct Drawn {
    pub(crate) bytes: f64,
    pub(crate) frames: f64,
}

impl Sub for Drawn {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            bytes: self.bytes - before.bytes,
            frames: self.frames - before.frames,
        }
    }
}

/// Whether every line of the list shows a task: header and footer are there, and no line is empty.
pub(crate) fn is_full(lines: &[String]) -> bool {
    lines
        .first()
        .is_some_and(|line| line.starts_with("longhaul "))
        && lines
            .last()
            .is_some_and(|line| line.starts_with("s suspend"))
        && lines.iter().all(|line| !line.trim().is_empty())
}

/// Whether all tasks of the store have been read.
pub(crate) fn is_whole(lines: &[String]) -> bool {
    is_full(lines) && !lines[1].contains("reading")
}
