//! A page of labelled lines: made once, printed by `show` and drawn by the dashboard.

mod known;
mod queue;
mod story;
mod task;

use longhaul_common::safe_text::{fit, safe, width};

use crate::output::human;
use crate::output::paint::{Paint, Tone};
pub(crate) use known::{Known, halted, oldest_waiting, stuck_holders};
pub(crate) use task::{Beside, queue_sheet, sheet};

/// The columns of the labels.
const LABEL: usize = 11;

/// How far lines below a title are indented.
const INDENT: usize = 2;

/// A page for people: its texts are safe for the terminal.
#[derive(Default)]
pub(crate) struct Sheet {
    lines: Vec<Line>,
}

/// One line, however wide.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Line {
    pub(crate) pieces: Vec<Piece>,
    /// The column in which goes on what has no room in one line of the screen.
    pub(crate) hang: usize,
    pub(crate) overflow: Overflow,
}

/// What becomes of what has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Overflow {
    #[default]
    GoesOn,
    IsCut,
}

/// Part of a line.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    /// A text that is safe.
    Text(String, Tone),
    /// The share that is done, in so many columns.
    Bar { fraction: f64, columns: u16 },
    /// How a number went, oldest first, a column each.
    Course(Vec<f64>),
}

impl Piece {
    /// A text from outside.
    pub(crate) fn of(text: &str, tone: Tone) -> Self {
        Self::Text(safe(text).into_owned(), tone)
    }

    fn print(&self, paint: Paint) -> String {
        match self {
            Self::Text(text, tone) => paint.paint(*tone, text),
            Self::Bar { fraction, columns } => human::bar(*fraction, *columns),
            // What only a screen that stays has seen.
            Self::Course(_) => String::new(),
        }
    }
}

impl Sheet {
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The whole page as text; lines that are to be cut are cut at `columns`, if that is told.
    pub(crate) fn print(&self, columns: Option<usize>, paint: Paint) -> String {
        let mut out = String::new();
        for line in &self.lines {
            let printed = match (line.overflow, columns) {
                (Overflow::IsCut, Some(columns)) => line.cut_to(columns, paint),
                (Overflow::IsCut, None) | (Overflow::GoesOn, _) => line.print(paint),
            };
            out.push_str(printed.trim_end());
            out.push('\n');
        }
        out
    }

    /// A line of its own; a section's title.
    fn title(&mut self, title: &str) {
        self.lines.push(Line {
            pieces: vec![Piece::of(title, Tone::Strong)],
            ..Line::default()
        });
    }

    /// An empty line.
    fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    /// What a label says; an empty label goes on with the one before.
    fn field(&mut self, label: &str, text: &str) {
        self.toned(label, text, Tone::Plain);
    }

    fn toned(&mut self, label: &str, text: &str, tone: Tone) {
        self.labelled(label, vec![Piece::of(text, tone)]);
    }

    /// What a label says, if anything.
    fn maybe(&mut self, label: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.field(label, text);
        }
    }

    fn labelled(&mut self, label: &str, said: Vec<Piece>) {
        let blank = LABEL - width(label).min(LABEL - 1);
        let mut pieces = vec![
            Piece::Text(label.to_owned(), Tone::Quiet),
            Piece::Text(" ".repeat(blank), Tone::Plain),
        ];
        pieces.extend(said);
        self.lines.push(Line {
            pieces,
            hang: LABEL,
            ..Line::default()
        });
    }

    /// A line below a title.
    fn below(&mut self, said: Vec<Piece>, hang: usize, overflow: Overflow) {
        let mut pieces = vec![Piece::Text(" ".repeat(INDENT), Tone::Plain)];
        pieces.extend(said);
        self.lines.push(Line {
            pieces,
            hang: INDENT + hang,
            overflow,
        });
    }
}

impl Line {
    fn print(&self, paint: Paint) -> String {
        self.pieces.iter().map(|piece| piece.print(paint)).collect()
    }

    fn cut_to(&self, columns: usize, paint: Paint) -> String {
        let mut room = columns;
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text, tone) => {
                    let text = fit(text, room);
                    room -= width(&text).min(room);
                    out.push_str(&paint.paint(*tone, &text));
                }
                Piece::Bar { .. } | Piece::Course(_) => out.push_str(&piece.print(paint)),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
