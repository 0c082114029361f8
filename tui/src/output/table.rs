//! Tables without borders. Columns give way by priority as the terminal narrows: first those that
//! can be cut are cut, then the least important ones go.

use longhaul_common::safe_text::{fit, safe, width};

use super::paint::{Paint, Tone};

const GAP: usize = 2;

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A column. One in which no row says anything is left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) align: Align,
    /// It may be cut to so many columns; None: never.
    pub(crate) cut_to: Option<usize>,
    /// The higher, the longer it stays.
    pub(crate) rank: u8,
}

impl Column {
    /// One that stands to the left.
    pub(crate) const fn left(title: &'static str, rank: u8) -> Self {
        Self {
            title,
            align: Align::Left,
            cut_to: None,
            rank,
        }
    }

    /// One of numbers.
    pub(crate) const fn right(title: &'static str, rank: u8) -> Self {
        Self {
            align: Align::Right,
            ..Self::left(title, rank)
        }
    }

    /// It may be cut to so many columns.
    pub(crate) const fn cut_to(mut self, columns: usize) -> Self {
        self.cut_to = Some(columns);
        self
    }
}

/// What stands in a row under a column; made safe for the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self::toned(text, Tone::Plain)
    }

    pub(crate) fn toned(text: impl AsRef<str>, tone: Tone) -> Self {
        Self {
            text: safe(text.as_ref()).into_owned(),
            tone,
        }
    }
}

/// A text in a line.
pub(crate) struct Placed {
    /// The column it begins in.
    pub(crate) at: usize,
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

/// Rows under columns.
pub(crate) struct Table<const N: usize> {
    columns: [Column; N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(columns: [Column; N]) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, row: [Cell; N]) {
        self.rows.push(row);
    }

    /// The lines as text, the titles first; at most `columns` wide, if that is told.
    pub(crate) fn render(&self, columns: Option<usize>, paint: Paint) -> String {
        let mut out = String::new();
        for line in self.lines(columns) {
            let mut end = 0;
            for Placed { at, text, tone } in line {
                // Blanks are written once something follows them: no line ends with one.
                out.extend(std::iter::repeat_n(' ', at - end));
                end = at + width(&text);
                out.push_str(&paint.paint(tone, &text));
            }
            out.push('\n');
        }
        out
    }

    /// What stands where in each line, the titles first; at most `columns` wide, if that is told.
    pub(crate) fn lines(&self, columns: Option<usize>) -> Vec<Vec<Placed>> {
        let widths = self.widths(columns);
        let titles = self
            .columns
            .each_ref()
            .map(|column| Cell::toned(column.title, Tone::Strong));
        std::iter::once(&titles)
            .chain(&self.rows)
            .map(|row| self.line(row, &widths))
            .collect()
    }

    fn line(&self, row: &[Cell; N], widths: &[usize; N]) -> Vec<Placed> {
        let mut line = Vec::new();
        let mut start = 0;
        for ((column, cell), columns) in self.columns.iter().zip(row).zip(widths) {
            if *columns == 0 {
                continue;
            }
            let text = fit(&cell.text, *columns);
            if !text.is_empty() {
                let padding = match column.align {
                    Align::Left => 0,
                    Align::Right => columns.saturating_sub(width(&text)),
                };
                line.push(Placed {
                    at: start + padding,
                    text,
                    tone: cell.tone,
                });
            }
            start += columns + GAP;
        }
        line
    }

    /// The width of each column; zero: it is left out.
    fn widths(&self, columns: Option<usize>) -> [usize; N] {
        let mut widths = [0; N];
        for (at, column) in self.columns.iter().enumerate() {
            let texts = self.rows.iter().map(|row| width(&row[at].text));
            let widest = texts.max().unwrap_or(0);
            if widest > 0 {
                widths[at] = widest.max(width(column.title));
            }
        }
        if let Some(columns) = columns {
            self.narrow(&mut widths, columns);
        }
        widths
    }

    fn narrow(&self, widths: &mut [usize; N], columns: usize) {
        let full = *widths;
        for (at, column) in self.columns.iter().enumerate() {
            if let Some(cut_to) = column.cut_to {
                widths[at] = full[at].min(cut_to.max(width(column.title)));
            }
        }
        while total(widths) > columns {
            let shown = (0..N).filter(|at| widths[*at] > 0);
            let Some(least) = shown.min_by_key(|at| self.columns[*at].rank) else {
                return;
            };
            if widths.iter().filter(|columns| **columns > 0).count() == 1 {
                widths[least] = columns;
                return;
            }
            widths[least] = 0;
        }
        let mut spare = columns - total(widths);
        let mut shown: Vec<usize> = (0..N).filter(|at| widths[*at] > 0).collect();
        shown.sort_by_key(|at| std::cmp::Reverse(self.columns[*at].rank));
        for at in shown {
            let more = spare.min(full[at] - widths[at]);
            widths[at] += more;
            spare -= more;
        }
    }
}

fn total<const N: usize>(widths: &[usize; N]) -> usize {
    let shown = widths.iter().filter(|columns| **columns > 0);
    shown
        .map(|columns| columns + GAP)
        .sum::<usize>()
        .saturating_sub(GAP)
}

#[cfg(test)]
mod tests;
