//! Draws the model.

mod dialogue;
mod filter;
mod footer;
mod header;
mod help;
mod overlay;
mod table;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;

use super::model::Model;

/// The smallest screen that is drawn on.
const SMALLEST: (u16, u16) = (60, 15);

/// Lines that column titles and footer take.
const AROUND: u16 = 2;

/// How many lines of the list fit on the screen.
pub(crate) fn list_lines(model: &Model) -> usize {
    usize::from(
        model
            .size
            .rows
            .saturating_sub(AROUND + header::lines(model)),
    )
}

/// Draws the whole screen.
pub(crate) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let (columns, rows) = SMALLEST;
        frame.render_widget(
            Line::from(format!("too small: needs {columns}x{rows}")),
            area,
        );
        return;
    }
    let [top, body, bottom] = Layout::vertical([
        Constraint::Length(header::lines(model)),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    header::draw(model, frame, top);
    table::draw(model, frame, body);
    if model.filter.is_open() {
        filter::draw(model, frame, bottom);
    } else {
        footer::draw(model, frame, bottom);
    }
    if let Some(dialogue) = &model.dialogue {
        dialogue::draw(model, dialogue, frame);
    }
    if let Some(first) = model.help {
        help::draw(model, first, frame);
    }
}

#[cfg(test)]
mod tests;
