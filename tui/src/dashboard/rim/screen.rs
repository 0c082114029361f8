//! The terminal: taken over, drawn on in whole frames, and given back as it was.

mod canvas;
mod line;

use std::io::{self, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, queue};
use nix::sys::signal::{Signal, raise};
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};
use rustix::termios::tcgetwinsize;

use crate::config::Mouse;
use canvas::{Canvas, Sheet};
use line::Line;
pub(super) use line::{end, is_stalled};

/// Of a terminal that does not say.
const USUAL: Size = Size::new(80, 24);

/// How often, and after what pauses, the end of a frame is waited for that another thread writes.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(2);

/// Whether the mouse is ours while the terminal is.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// The terminal tells of buttons and the wheel, not of each move, in the form that has no last
/// column.
const BUTTONS: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const NO_BUTTONS: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// Whose the terminal is. Held while anything is written to it, so that no frame comes after it
/// was given back.
static TERMINAL: Mutex<Whose> = Mutex::new(Whose::Theirs);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The shell's, or whoever started this.
    Theirs,
    Ours,
    /// Given back for good.
    Returned,
}

/// The terminal while it is ours; given back when this is dropped.
pub(super) struct Screen {
    terminal: Terminal<Canvas>,
    sheet: Sheet,
    line: Line,
}

impl Screen {
    pub(super) fn enter(mouse: Mouse) -> io::Result<Self> {
        MOUSE.store(mouse == Mouse::Ours, Ordering::Release);
        let line = Line::open()?;
        let sheet = Sheet::default();
        let terminal = Terminal::new(Canvas::new(sheet.clone(), size))?;
        let screen = Self {
            terminal,
            sheet,
            line,
        };
        take(&mut whose())?;
        Ok(screen)
    }

    /// Draws a frame, and writes what differs from the last in one go.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(draw)?;
        let drawn = self.sheet.take();
        if drawn.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(drawn.len() + 16);
        queue!(frame, BeginSynchronizedUpdate)?;
        frame.extend_from_slice(&drawn);
        queue!(frame, EndSynchronizedUpdate)?;
        self.write(&frame)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match *whose() {
            Whose::Ours => self.line.write(bytes),
            Whose::Theirs | Whose::Returned => Ok(()),
        }
    }

    /// Gives a text to the terminal's clipboard, if it has one.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut sequence = Vec::new();
        queue!(sequence, CopyToClipboard::to_clipboard_from(text))?;
        self.write(&sequence)
    }

    /// Takes the terminal again after somebody else had it: the next frame draws all.
    pub(super) fn retake(&mut self) -> io::Result<()> {
        {
            let mut whose = whose();
            if *whose == Whose::Returned {
                return Ok(());
            }
            take(&mut whose)?;
        }
        self.forget()
    }

    /// Whatever the terminal shows, the next frame draws all.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        let Size { width, height } = size()?;
        self.terminal.resize(Rect::new(0, 0, width, height))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// The terminal's size.
pub(super) fn size() -> io::Result<Size> {
    let told = tcgetwinsize(stdout())?;
    if told.ws_col == 0 || told.ws_row == 0 {
        return Ok(USUAL);
    }
    Ok(Size::new(told.ws_col, told.ws_row))
}

/// Gives the terminal back for good. May be called from anywhere, more than once; where it fails
/// nothing can be said either.
pub(super) fn restore() {
    for _ in 0..TRIES {
        match TERMINAL.try_lock() {
            Ok(mut whose) => return give_back_for_good(&mut whose),
            Err(TryLockError::Poisoned(poisoned)) => {
                return give_back_for_good(&mut poisoned.into_inner());
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
    // The frame goes to a terminal that takes nothing.
    let _ = give();
}

/// Stops this process with the terminal given back and a word said on it, and takes it again once it
/// goes on.
pub(super) fn stop(word: Option<String>) {
    let mut whose = whose();
    let had = *whose;
    if had == Whose::Ours {
        let _ = give();
        *whose = Whose::Theirs;
        if let Some(word) = word {
            let _ = Line::open()
                .and_then(|mut line| line.write_briefly(format!("{word}\n").as_bytes()));
        }
    }
    // A process that can't be stopped runs on.
    let _ = raise(Signal::SIGSTOP);
    if had == Whose::Ours {
        // In the background this stops again, until it is in the foreground.
        let _ = take(&mut whose);
    }
}

fn whose() -> MutexGuard<'static, Whose> {
    TERMINAL.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(whose: &mut Whose) -> io::Result<()> {
    enable_raw_mode()?;
    *whose = Whose::Ours;
    let mut sequence = Vec::new();
    queue!(sequence, EnterAlternateScreen, cursor::Hide)?;
    if MOUSE.load(Ordering::Acquire) {
        sequence.extend_from_slice(BUTTONS);
    }
    Line::open()?.write(&sequence)
}

fn give() -> io::Result<()> {
    let mut sequence = Vec::new();
    if MOUSE.load(Ordering::Acquire) {
        sequence.extend_from_slice(NO_BUTTONS);
    }
    queue!(
        sequence,
        EndSynchronizedUpdate,
        LeaveAlternateScreen,
        cursor::Show
    )?;
    // A terminal that takes nothing is not waited for: it gets its modes back in any case.
    let told = Line::open().and_then(|mut line| line.write_briefly(&sequence));
    disable_raw_mode()?;
    told
}

fn give_back_for_good(whose: &mut Whose) {
    if std::mem::replace(whose, Whose::Returned) == Whose::Ours {
        let _ = give();
    }
}
