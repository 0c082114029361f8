//! What a terminal shows, cell by cell.

use std::ops::Range;

/// A screen's lines.
pub(crate) struct Cells {
    pub(crate) lines: Vec<Line>,
}

/// A line's cells. The second half of a wide character is a cell without text.
#[derive(Clone)]
pub(crate) struct Line(pub(crate) Vec<Cell>);

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) look: Look,
}

/// How a cell is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// One of the terminal's sixteen colours; none: its usual one.
    pub(crate) ink: Option<u8>,
    pub(crate) paper: Option<u8>,
    pub(crate) bold: bool,
    pub(crate) dim: bool,
    pub(crate) reverse: bool,
}

impl Cells {
    pub(crate) fn of(screen: &vt100::Screen) -> Self {
        let (rows, columns) = screen.size();
        let line = |row| Line((0..columns.get()).map(|at| cell(screen, row, at)).collect());
        Self {
            lines: (0..rows.get()).map(line).collect(),
        }
    }

    /// The screen without its colours.
    pub(crate) fn text(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(Line::text).collect();
        lines.join("\n")
    }
}

/// Which end of a text stays where it is when another takes its place.
#[derive(Clone, Copy)]
pub(crate) enum Stays {
    Start,
    End,
}

impl Line {
    /// A character for each cell, so that places in them are places of cells.
    pub(crate) fn letters(&self) -> Vec<char> {
        let first = |cell: &Cell| cell.text.chars().next().unwrap_or('\0');
        self.0.iter().map(first).collect()
    }

    /// Puts a text of another width in the place of some cells, in their look. The blanks beside it
    /// take up the difference: those right before it, or the next that are more than one. An error
    /// says that they are too few.
    pub(crate) fn put(
        &mut self,
        place: Range<usize>,
        text: &str,
        stays: Stays,
    ) -> Result<(), String> {
        let no_room = format!("no room for \"{text}\" in: {}", self.text());
        let look = self.0[place.start].look;
        let new: Vec<Cell> = text
            .chars()
            .map(|letter| Cell {
                text: letter.to_string(),
                look,
            })
            .collect();
        let (old, width) = (place.len(), new.len());
        let blanks_end = match stays {
            Stays::End => place.start,
            Stays::Start => self.blanks_after(place.end).ok_or(no_room.clone())?,
        };
        self.0.splice(place, new);
        let blanks_end = match stays {
            Stays::End => blanks_end,
            Stays::Start => blanks_end + width - old,
        };
        if width > old {
            let taken = blanks_end - (width - old)..blanks_end;
            if !self.0[taken.clone()].iter().all(Cell::is_blank) {
                return Err(no_room);
            }
            self.0.drain(taken);
        } else {
            let blank = self.0[blanks_end - 1].clone();
            let more = std::iter::repeat_n(blank, old - width);
            self.0.splice(blanks_end..blanks_end, more);
        }
        Ok(())
    }

    /// Where the first blanks end that are more than one, from a place on.
    fn blanks_after(&self, from: usize) -> Option<usize> {
        let start =
            (from..self.0.len()).find(|at| self.0[*at..].iter().take(2).all(Cell::is_blank))?;
        let more = self.0[start..].iter().take_while(|cell| cell.is_blank());
        Some(start + more.count())
    }

    pub(crate) fn text(&self) -> String {
        let text: String = self.0.iter().map(|cell| cell.text.as_str()).collect();
        text.trim_end().to_owned()
    }
}

impl Cell {
    pub(crate) fn is_blank(&self) -> bool {
        self.text == " "
    }
}

fn cell(screen: &vt100::Screen, row: u16, column: u16) -> Cell {
    let cell = screen.cell(row, column).expect("it is on the screen");
    let text = match cell.contents() {
        "" if cell.is_wide_continuation() => "",
        "" => " ",
        text => text,
    };
    Cell {
        text: text.to_owned(),
        look: Look {
            ink: color(cell.fgcolor()),
            paper: color(cell.bgcolor()),
            bold: cell.bold(),
            dim: cell.dim(),
            reverse: cell.inverse(),
        },
    }
}

fn color(color: vt100::Color) -> Option<u8> {
    match color {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(index),
        vt100::Color::Rgb(..) => panic!("the dashboard draws in the terminal's own colours"),
    }
}
