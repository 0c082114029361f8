//! What ratatui draws on: a frame is gathered whole, and one in which nothing changed has no bytes.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use crossterm::cursor::{Hide, Show};
use crossterm::queue;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// The bytes of a frame.
#[derive(Clone, Default)]
pub(super) struct Sheet(Rc<RefCell<Vec<u8>>>);

impl Sheet {
    /// Takes what was drawn since the last time.
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Draws on a sheet. Where the cursor is and how large the terminal is, is asked of nobody who
/// would have to answer through the keyboard.
pub(super) struct Canvas {
    inner: CrosstermBackend<Sheet>,
    sheet: Sheet,
    cursor: Cursor,
    size: fn() -> io::Result<Size>,
}

/// How the terminal's cursor was left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Hidden,
    At(Position),
}

impl Canvas {
    /// A canvas for a terminal whose cursor is hidden.
    pub(super) fn new(sheet: Sheet, size: fn() -> io::Result<Size>) -> Self {
        Self {
            inner: CrosstermBackend::new(sheet.clone()),
            sheet,
            cursor: Cursor::Hidden,
            size,
        }
    }
}

impl Backend for Canvas {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        if self.cursor != Cursor::Hidden {
            // It would run over the screen while that is drawn.
            self.hide_cursor()?;
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor != Cursor::Hidden {
            self.cursor = Cursor::Hidden;
            queue!(self.sheet, Hide)?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // It is shown once its place is told, which comes next.
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(match self.cursor {
            Cursor::Hidden => Position::ORIGIN,
            Cursor::At(position) => position,
        })
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor != Cursor::At(position) {
            self.cursor = Cursor::At(position);
            self.inner.set_cursor_position(position)?;
            queue!(self.sheet, Show)?;
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
