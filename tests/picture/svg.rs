//! Writes cells as a picture. Every text says how wide it is, so that columns stay in line whatever
//! font is there; blocks and lines are drawn, so that no font leaves gaps in them.

use std::fmt::Write as _;
use std::ops::Range;

use longhaul_common::progress::as_f64;

use crate::cells::{Cell, Cells, Line, Look};

const CELL_WIDTH: f64 = 8.4;
const CELL_HEIGHT: f64 = 18.0;
const FONT_SIZE: f64 = 14.0;
/// From a line's top down to what its letters stand on.
const BASELINE: f64 = 13.5;
const MARGIN: f64 = 14.0;
/// How much of a dim text is seen.
const DIM: f64 = 0.65;

/// The colours of a terminal, and of the frame around it.
pub(crate) struct Palette {
    paper: &'static str,
    ink: &'static str,
    frame: &'static str,
    sixteen: [&'static str; 16],
}

impl Palette {
    pub(crate) const LIGHT: Self = Self {
        paper: "#ffffff",
        ink: "#1f2328",
        frame: "#d1d9e0",
        sixteen: [
            "#24292f", "#cf222e", "#116329", "#7d4e00", "#0969da", "#8250df", "#1b7c83", "#6e7781",
            "#57606a", "#a40e26", "#1a7f37", "#633c01", "#218bff", "#a475f9", "#3192aa", "#8c959f",
        ],
    };
    pub(crate) const DARK: Self = Self {
        paper: "#0d1117",
        ink: "#e6edf3",
        frame: "#3d444d",
        sixteen: [
            "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
            "#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
        ],
    };

    fn ink(&self, look: Look) -> &'static str {
        if look.reverse {
            look.paper.map_or(self.paper, |index| self.of(index))
        } else {
            look.ink.map_or(self.ink, |index| self.of(index))
        }
    }

    /// None: that of the whole picture.
    fn paper(&self, look: Look) -> Option<&'static str> {
        if look.reverse {
            Some(look.ink.map_or(self.ink, |index| self.of(index)))
        } else {
            look.paper.map(|index| self.of(index))
        }
    }

    fn of(&self, index: u8) -> &'static str {
        let color = self.sixteen.get(usize::from(index));
        color.expect("the dashboard draws in sixteen colours")
    }
}

/// The picture as a file.
pub(crate) fn draw(cells: &Cells, palette: &Palette) -> String {
    let columns = cells.lines.first().map_or(0, |line| line.0.len());
    let width = short(across(columns) + 2.0 * MARGIN);
    let height = short(down(cells.lines.len()) + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n\
         <style>text {{ font: {FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, \
         \"DejaVu Sans Mono\", \"Liberation Mono\", monospace; white-space: pre }} \
         .b {{ font-weight: bold }} .d {{ opacity: {DIM} }} \
         .s {{ shape-rendering: crispEdges }}</style>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{}\" stroke=\"{}\"/>\n",
        width - 1.0,
        height - 1.0,
        palette.paper,
        palette.frame,
    );
    for (row, line) in cells.lines.iter().enumerate() {
        draw_line(&mut out, row, line, palette);
    }
    out.push_str("</svg>\n");
    out
}

fn draw_line(out: &mut String, row: usize, line: &Line, palette: &Palette) {
    // A letter may reach over the edge of its cell, so all that lies under letters comes first.
    for run in runs(line, |cell| palette.paper(cell.look)) {
        if let Some(paper) = palette.paper(line.0[run.start].look) {
            put_shape(out, (row, run), &Shape::WHOLE, paper);
        }
    }
    for run in runs(line, |cell| {
        (cell.look, Shape::of(&cell.text).map(|_| &cell.text))
    }) {
        let first = &line.0[run.start];
        let ink = palette.ink(first.look);
        match Shape::of(&first.text) {
            Some(shape) => {
                let shape = if is_in_bar(line, &run) {
                    shape.flattened()
                } else {
                    shape
                };
                put_shape(out, (row, run), &shape.dimmed(first.look), ink);
            }
            None => put_text(out, (row, run.start), &line.0[run], ink),
        }
    }
}

/// Cells side by side of which something is the same.
fn runs<'a, T: PartialEq>(line: &'a Line, of: impl Fn(&'a Cell) -> T) -> Vec<Range<usize>> {
    let cells = &line.0;
    let mut runs = Vec::new();
    let mut start = 0;
    for at in 1..=cells.len() {
        if at == cells.len() || of(&cells[at]) != of(&cells[start]) {
            runs.push(start..at);
            start = at;
        }
    }
    runs
}

/// Whether these are columns of a bar: those of two lines are not to run into each other.
fn is_in_bar(line: &Line, run: &Range<usize>) -> bool {
    let is_block = |at: usize| {
        let cell = line.0.get(at);
        cell.is_some_and(|cell| ["█", "▌", "░"].contains(&cell.text.as_str()))
    };
    let beside =
        run.len() > 1 || is_block(run.end) || run.start.checked_sub(1).is_some_and(is_block);
    is_block(run.start) && beside
}

/// The part of a cell that is filled, in shares of it.
#[derive(Clone, Copy)]
struct Shape {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    opacity: f64,
}

impl Shape {
    const WHOLE: Self = Self {
        left: 0.0,
        top: 0.0,
        width: 1.0,
        height: 1.0,
        opacity: 1.0,
    };

    /// What blocks and lines look like; None: it is text.
    fn of(text: &str) -> Option<Self> {
        let whole = Self::WHOLE;
        Some(match text {
            "█" => whole,
            "▌" => Self {
                width: 0.5,
                ..whole
            },
            "░" => Self {
                opacity: 0.22,
                ..whole
            },
            "─" => Self {
                top: 0.47,
                height: 0.06,
                ..whole
            },
            "│" => Self {
                left: 0.44,
                width: 0.12,
                ..whole
            },
            "▁" => whole.risen(1.0),
            "▂" => whole.risen(2.0),
            "▃" => whole.risen(3.0),
            "▄" => whole.risen(4.0),
            "▅" => whole.risen(5.0),
            "▆" => whole.risen(6.0),
            "▇" => whole.risen(7.0),
            _ => return None,
        })
    }

    /// Filled from below.
    fn risen(self, eighths: f64) -> Self {
        let height = eighths / 8.0;
        Self {
            top: 1.0 - height,
            height,
            ..self
        }
    }

    /// With some room above and below.
    fn flattened(self) -> Self {
        Self {
            top: 0.15,
            height: 0.7,
            ..self
        }
    }

    fn dimmed(self, look: Look) -> Self {
        let share = if look.dim { DIM } else { 1.0 };
        Self {
            opacity: self.opacity * share,
            ..self
        }
    }
}

fn put_shape(out: &mut String, (row, run): (usize, Range<usize>), shape: &Shape, ink: &str) {
    // What fills its cell from side to side is one shape in all of them.
    let (each, columns) = if shape.width < 1.0 {
        (run.collect(), 1)
    } else {
        (vec![run.start], run.len())
    };
    for column in each {
        let opacity = match shape.opacity {
            1.0 => String::new(),
            opacity => format!(" opacity=\"{}\"", short(opacity)),
        };
        put(
            out,
            format_args!(
                "<rect class=\"s\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{ink}\"{opacity}/>",
                short(left(column) + shape.left * CELL_WIDTH),
                short(top(row) + shape.top * CELL_HEIGHT),
                short(across(columns) * shape.width),
                short(CELL_HEIGHT * shape.height),
            ),
        );
    }
}

/// Puts the words of cells that look the same; more than one blank parts them.
fn put_text(out: &mut String, (row, column): (usize, usize), cells: &[Cell], ink: &str) {
    let mut at = 0;
    while at < cells.len() {
        let blank = |at: usize| cells.get(at).is_none_or(Cell::is_blank);
        if blank(at) {
            at += 1;
            continue;
        }
        let end = (at..cells.len())
            .find(|end| blank(*end) && blank(*end + 1))
            .unwrap_or(cells.len());
        let look = cells[at].look;
        let classes = match (look.bold, look.dim) {
            (false, false) => "",
            (true, false) => " class=\"b\"",
            (false, true) => " class=\"d\"",
            (true, true) => " class=\"b d\"",
        };
        let words: String = cells[at..end]
            .iter()
            .map(|cell| escaped(&cell.text))
            .collect();
        put(
            out,
            format_args!(
                "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" \
                 fill=\"{ink}\"{classes}>{words}</text>",
                short(left(column + at)),
                short(top(row) + BASELINE),
                short(across(end - at)),
            ),
        );
        at = end;
    }
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a text takes all that is written to it");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn left(column: usize) -> f64 {
    MARGIN + across(column)
}

fn top(row: usize) -> f64 {
    MARGIN + down(row)
}

fn across(columns: usize) -> f64 {
    as_f64(columns as u64) * CELL_WIDTH
}

fn down(rows: usize) -> f64 {
    as_f64(rows as u64) * CELL_HEIGHT
}

/// To a hundredth.
fn short(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
