//! Long texts in lines of the screen.

use longhaul_common::safe_text::width;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::dashboard::theme::Theme;
use crate::output::paint::Tone;
use crate::sheet::{self, Overflow, Piece};

/// A text in pieces of at most so many columns; at least one.
pub(super) fn chop(text: &str, columns: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut taken) = (0, 0);
    for (at, letter) in text.grapheme_indices(true) {
        let wide = width(letter);
        if taken + wide > columns && at > start {
            pieces.push(&text[start..at]);
            (start, taken) = (at, 0);
        }
        taken += wide;
    }
    pieces.push(&text[start..]);
    pieces
}

/// What is left of a text without its first columns.
pub(super) fn shifted(text: &str, columns: usize) -> &str {
    let mut left = columns;
    for (at, letter) in text.grapheme_indices(true) {
        if left == 0 {
            return &text[at..];
        }
        left = left.saturating_sub(width(letter));
    }
    ""
}

/// A text parted between words, in at most so many columns.
pub(super) fn words(text: &str, columns: usize) -> Vec<String> {
    let cells: Vec<Cell<'_>> = cells(text, Style::new()).collect();
    let rows = break_up(&cells, columns, 0);
    let text = |row: &[Cell<'_>]| row.iter().map(|cell| cell.letter).collect();
    rows.into_iter().map(text).collect()
}

/// A line of a page in lines of the screen.
pub(super) fn lay_out(line: &sheet::Line, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let pieces: Vec<(String, Style)> = line
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text, tone) => (theme.plain(text), theme.tone(*tone)),
            Piece::Bar { fraction, columns } => {
                let bar = theme.bar(*fraction, usize::from(*columns));
                (bar, theme.tone(Tone::Plain))
            }
            Piece::Course(numbers) => (theme.course(numbers), theme.tone(Tone::Plain)),
        })
        .collect();
    let cells: Vec<Cell<'_>> = pieces
        .iter()
        .flat_map(|(text, style)| cells(text, *style))
        .collect();
    if line.overflow == Overflow::IsCut {
        let (end, rest) = fitting(&cells, columns);
        let mut cut = end.to_vec();
        if !rest.is_empty() {
            cut = fitting(&cells, columns.saturating_sub(1)).0.to_vec();
            cut.push(Cell {
                letter: theme.signs().ellipsis,
                style: Style::new(),
            });
        }
        return vec![spans(&cut, 0)];
    }
    // Where labels take half of the room, what goes on is not pushed to the right.
    let hang = if line.hang * 2 > columns {
        2.min(columns / 4)
    } else {
        line.hang
    };
    let rows = break_up(&cells, columns, hang);
    let row = |(at, row): (usize, &[Cell<'_>])| spans(row, if at == 0 { 0 } else { hang });
    rows.into_iter().enumerate().map(row).collect()
}

#[derive(Clone, Copy)]
struct Cell<'a> {
    letter: &'a str,
    style: Style,
}

fn cells(text: &str, style: Style) -> impl Iterator<Item = Cell<'_>> {
    text.graphemes(true)
        .map(move |letter| Cell { letter, style })
}

/// The part that has room in so many columns, and the rest.
fn fitting<'a, 'b>(cells: &'b [Cell<'a>], columns: usize) -> (&'b [Cell<'a>], &'b [Cell<'a>]) {
    let mut taken = 0;
    let end = cells.iter().position(|cell| {
        taken += width(cell.letter);
        taken > columns
    });
    cells.split_at(end.unwrap_or(cells.len()))
}

/// Parts at blanks, if there are any near enough; lines after the first have `hang` columns less.
fn break_up<'a, 'b>(cells: &'b [Cell<'a>], columns: usize, hang: usize) -> Vec<&'b [Cell<'a>]> {
    let mut rows = Vec::new();
    let mut left = cells;
    let mut room = columns;
    loop {
        let (row, rest) = fitting(left, room);
        if rest.is_empty() {
            rows.push(row);
            return rows;
        }
        let is_blank = |cell: &Cell<'_>| cell.letter == " ";
        // A row always takes something, however narrow it is.
        let most = row.len().max(1);
        let at = if is_blank(&left[most.min(left.len() - 1)]) {
            most
        } else {
            let blank = left[..most].iter().rposition(is_blank);
            blank.filter(|at| at * 2 > most).unwrap_or(most)
        };
        rows.push(&left[..at]);
        left = &left[at..];
        while left.first().is_some_and(is_blank) {
            left = &left[1..];
        }
        if left.is_empty() {
            return rows;
        }
        room = columns.saturating_sub(hang).max(1);
    }
}

fn spans(cells: &[Cell<'_>], indent: usize) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    if indent > 0 {
        spans.push(Span::raw(" ".repeat(indent)));
    }
    for cell in cells {
        match spans.last_mut() {
            Some(last) if last.style == cell.style => {
                last.content.to_mut().push_str(cell.letter);
            }
            _ => spans.push(Span::styled(cell.letter.to_owned(), cell.style)),
        }
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests;
