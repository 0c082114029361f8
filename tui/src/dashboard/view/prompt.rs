//! A line at the bottom that something is typed in.

use longhaul_common::safe_text::width;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::dashboard::model::{Line, Model};
use crate::output::paint::Tone;

/// Draws a sign, the line, and at its end what is told of it.
pub(super) fn draw(
    model: &Model,
    frame: &mut Frame<'_>,
    area: Rect,
    sign: &str,
    line: &Line,
    (told, tone): (&str, Tone),
) {
    let theme = model.options.theme;
    let columns = usize::from(area.width);
    let typed = width(&theme.plain(line.text())) + 1;
    // What is typed matters most, but what is wrong with it must be readable.
    let told = theme.fit(told, columns.saturating_sub(typed + 3).max(columns / 2));
    let room = columns.saturating_sub(width(&told) + 2);
    let (text, cursor) = around_cursor(
        &theme.plain(line.before()),
        &theme.plain(line.behind()),
        room.saturating_sub(2),
    );
    let buffer = frame.buffer_mut();
    buffer.set_style(area, Style::reset());
    buffer.set_stringn(area.x, area.y, sign, columns, theme.tone(Tone::Strong));
    buffer.set_stringn(
        area.x + 1,
        area.y,
        text,
        room.saturating_sub(1),
        Style::new(),
    );
    let at = u16::try_from(columns.saturating_sub(width(&told))).unwrap_or(0);
    buffer.set_stringn(area.x + at, area.y, &told, columns, theme.tone(tone));
    let column = u16::try_from(cursor + 1).unwrap_or(0);
    frame.set_cursor_position(Position::new(area.x + column, area.y));
}

/// The part of a text that is around the cursor, and where the cursor is in it.
pub(super) fn around_cursor(before: &str, behind: &str, columns: usize) -> (String, usize) {
    let mut start = 0;
    while width(&before[start..]) > columns {
        start += before[start..].chars().next().map_or(1, char::len_utf8);
    }
    let shown = &before[start..];
    (format!("{shown}{behind}"), width(shown))
}
