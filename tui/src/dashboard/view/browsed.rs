//! A table of which one line is chosen, with the columns' titles above it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::page::{Cursor, Part, line, put, scroll_bar, style};
use crate::dashboard::model::Browse;
use crate::dashboard::theme::Theme;
use crate::output::paint::Tone;
use crate::output::table::Table;

/// Draws the lines of a table of `of` lines that are on the screen, in `area`; the titles stand on the line
/// above it, whichever these are.
pub(super) fn draw<const N: usize>(
    theme: Theme,
    buffer: &mut Buffer,
    area: Rect,
    browse: &Browse,
    table: &Table<N>,
    of: usize,
) {
    let columns = usize::from(area.width).saturating_sub(2);
    let first = browse.first();
    let titles = Rect {
        y: area.y.saturating_sub(1),
        height: 1,
        ..area
    };
    for (at, cells) in table.lines(Some(columns)).into_iter().enumerate() {
        let place = match at {
            0 => line(titles, 0),
            at if at > first => line(area, at - 1 - first),
            _ => None,
        };
        let Some(place) = place else { continue };
        let cursor = Cursor::on(at == browse.cursor() + 1);
        if cursor == Cursor::Here {
            buffer.set_style(place, theme.selected());
        }
        for cell in cells {
            let tone = if at == 0 { Tone::Quiet } else { cell.tone };
            let text = theme.plain(&cell.text);
            put(buffer, place, cell.at, &text, style(theme, cursor, tone));
        }
    }
    let part = Part {
        first,
        lines: browse.lines(),
        of,
    };
    scroll_bar(theme, buffer, area, part);
}
