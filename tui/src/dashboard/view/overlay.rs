//! A box over everything else.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use crate::dashboard::model::Model;

/// Draws lines in a box in the middle of the screen, as many as fit, and gives the place inside.
pub(super) fn draw(
    model: &Model,
    frame: &mut Frame<'_>,
    columns: usize,
    lines: Vec<Line<'_>>,
) -> Rect {
    let screen = frame.area();
    let width = u16::try_from(columns + 4)
        .unwrap_or(u16::MAX)
        .min(screen.width);
    let height = u16::try_from(lines.len() + 2)
        .unwrap_or(u16::MAX)
        .min(screen.height);
    let outer = Rect {
        x: (screen.width - width) / 2,
        y: (screen.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, outer);
    border(model, frame, outer);
    let inner = Rect {
        x: outer.x + 2,
        y: outer.y + 1,
        width: width.saturating_sub(4),
        height: height.saturating_sub(2),
    };
    for (at, line) in (0..inner.height).zip(lines) {
        let place = Rect {
            y: inner.y + at,
            height: 1,
            ..inner
        };
        frame.render_widget(line, place);
    }
    inner
}

fn border(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let signs = model.options.theme.signs();
    let between = usize::from(area.width.saturating_sub(2));
    let edge =
        |left: &str, right: &str| format!("{left}{}{right}", signs.horizontal.repeat(between));
    let buffer = frame.buffer_mut();
    let bottom = area.bottom().saturating_sub(1);
    let style = Style::new();
    buffer.set_string(area.x, area.y, edge(signs.top_left, signs.top_right), style);
    buffer.set_string(
        area.x,
        bottom,
        edge(signs.bottom_left, signs.bottom_right),
        style,
    );
    for row in area.y + 1..bottom {
        buffer.set_string(area.x, row, signs.vertical, style);
        buffer.set_string(area.right().saturating_sub(1), row, signs.vertical, style);
    }
}
