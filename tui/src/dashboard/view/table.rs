//! The list of tasks. Only the lines on the screen are touched.

mod cells;
mod layout;

use longhaul_common::safe_text::width;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::page::{self, Part, line, put};
use crate::dashboard::model::{Direction, Model};
use crate::dashboard::row::Row;
use crate::output::paint::Tone;
use cells::{Cell, cell, margin};
use layout::{Align, Column, Place, places};

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let places = places(model, usize::from(area.width));
    let buffer = frame.buffer_mut();
    titles(model, buffer, area, &places);
    if model.tasks.listed() == 0 {
        empty(model, buffer, area);
        return;
    }
    for (at, row) in model.tasks.visible().enumerate() {
        let Some(line) = line(area, at + 1) else {
            break;
        };
        let cursor = model.tasks.is_cursor(at);
        draw_row(model, buffer, line, &places, row, cursor);
    }
    scroll_bar(model, buffer, area);
}

/// Whether the list shows what tasks use where it has so much room.
pub(super) fn shows_usage(model: &Model, area: Rect) -> bool {
    let places = places(model, usize::from(area.width));
    let mut columns = places.iter().map(|place| place.column);
    columns.any(|column| matches!(column, Column::Cpu | Column::Memory))
}

fn titles(model: &Model, buffer: &mut Buffer, area: Rect, places: &[Place]) {
    let theme = model.options.theme;
    let sort = model.tasks.sort();
    for place in places {
        let mut title = place.column.title().to_owned();
        if place.column.sorted_by() == Some(sort.by) {
            title.push_str(match sort.direction {
                Direction::Ascending => theme.signs().ascending,
                Direction::Descending => theme.signs().descending,
            });
        }
        let at = match place.column.align() {
            Align::Left => place.at,
            Align::Right => place.at + place.width.saturating_sub(width(&title)),
        };
        let style = theme.tone(Tone::Strong).add_modifier(Modifier::UNDERLINED);
        put(buffer, Rect { height: 1, ..area }, at, &title, style);
    }
}

fn draw_row(
    model: &Model,
    buffer: &mut Buffer,
    line: Rect,
    places: &[Place],
    row: &Row,
    cursor: bool,
) {
    let theme = model.options.theme;
    if cursor {
        buffer.set_style(line, theme.selected());
    }
    // Stripes of many colours are hard to read where all is reversed.
    let style = |tone| match (cursor, tone) {
        (true, Tone::Quiet | Tone::Strong | Tone::Bad) => {
            theme.selected().add_modifier(theme.tone(tone).add_modifier)
        }
        (true, Tone::Plain | Tone::Good | Tone::Attention) => theme.selected(),
        (false, tone) => theme.tone(tone),
    };
    let (sign, tone) = margin(model, row);
    put(buffer, line, 0, sign, style(tone));
    // The note takes the columns before it that say nothing.
    let mut blank_from = None;
    for place in places {
        if place.column == Column::Note {
            let from = blank_from.unwrap_or(place.at);
            let columns = (place.at + place.width).saturating_sub(from);
            if let Some(Cell { text, tone }) = cell(model, row, place.column, columns) {
                put(buffer, line, from, &text, style(tone));
            }
            continue;
        }
        let Some(Cell { text, tone }) = cell(model, row, place.column, place.width) else {
            blank_from = blank_from.or(place.column.yields().then_some(place.at));
            continue;
        };
        blank_from = None;
        let at = match place.column.align() {
            Align::Left => place.at,
            Align::Right => place.at + place.width.saturating_sub(width(&text)),
        };
        put(buffer, line, at, &text, style(tone));
    }
}

/// Where the screen is in the list, if not all of it is on the screen.
fn scroll_bar(model: &Model, buffer: &mut Buffer, area: Rect) {
    let window = model.tasks.window();
    let rows = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let part = Part {
        first: window.first,
        lines: window.lines,
        of: model.tasks.listed(),
    };
    page::scroll_bar(model.options.theme, buffer, rows, part);
}

/// Why nothing is on the list, and what to do.
fn empty(model: &Model, buffer: &mut Buffer, area: Rect) {
    let theme = model.options.theme;
    let filter = model.filter.text();
    let (what, hint) = if !filter.is_empty() && model.tasks.len() > 0 {
        (
            format!("no task matches {filter}"),
            "esc takes the filter away",
        )
    } else if model.tasks.whole {
        (
            "there are no tasks yet".to_owned(),
            "queue one with: longhaul submit -- COMMAND",
        )
    } else {
        ("reading the store".to_owned(), "")
    };
    let columns = usize::from(area.width);
    let top = usize::from(area.height) / 3;
    for (at, text, tone) in [
        (top, what.as_str(), Tone::Plain),
        (top + 1, hint, Tone::Quiet),
    ] {
        let text = theme.fit(text, columns);
        if let Some(line) = line(area, at.max(1)) {
            let indent = columns.saturating_sub(width(&text)) / 2;
            put(buffer, line, indent, &text, theme.tone(tone));
        }
    }
}

#[cfg(test)]
mod tests;
