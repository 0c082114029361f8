//! Draws the model.

mod browsed;
pub(crate) mod detail;
mod dialogue;
pub(crate) mod events;
pub(crate) mod failures;
mod filter;
mod footer;
pub(crate) mod form;
mod header;
pub(crate) mod help;
pub(crate) mod kinds;
mod leaving;
pub(crate) mod log;
mod metered;
mod overlay;
mod page;
mod palette;
mod panes;
mod prompt;
mod table;
mod toasts;
pub(crate) mod workers;
mod wrap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::model::{Model, Page, Submitting};
pub(crate) use metered::metered;

/// The smallest screen that is drawn on.
const SMALLEST: (u16, u16) = (60, 15);

/// How many lines of the list fit on the screen.
pub(crate) fn list_lines(model: &Model) -> usize {
    // One is taken by the columns' titles.
    usize::from(panes::panes(model).list.height.saturating_sub(1))
}

/// What stands on a cell of the screen, while no page covers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// A task, counted from the first on the screen.
    Task(usize),
    Detail,
    Nothing,
}

/// What stands there.
pub(crate) fn spot(model: &Model, column: u16, row: u16) -> Spot {
    let panes = panes::panes(model);
    let at = (column, row).into();
    if panes.detail.contains(at) {
        return Spot::Detail;
    }
    // The titles come first.
    let line = usize::from(row.saturating_sub(panes.list.y));
    if panes.list.contains(at) && (1..=model.tasks.visible().count()).contains(&line) {
        return Spot::Task(line - 1);
    }
    Spot::Nothing
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
    let top = Rect {
        height: header::lines(model),
        ..area
    };
    let bottom = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1,
        ..area
    };
    header::draw(model, frame, top);
    if model.filter.is_open() {
        filter::draw(model, frame, bottom);
    } else if model.palette.typing().is_none() {
        footer::draw(model, frame, bottom);
    }
    toasts::draw(model, frame, bottom);
    match model.pages.top() {
        _ if model.submitting.is_some() => match &model.submitting {
            Some(Submitting::Filling(filled)) => form::draw(model, filled, frame),
            Some(Submitting::Choosing(_) | Submitting::Awaiting(_)) | None => {
                kinds::draw(model, frame);
            }
        },
        None => {
            let panes = panes::panes(model);
            if panes.list.height > 0 {
                table::draw(model, frame, panes.list);
            }
            detail::draw(model, frame);
        }
        Some(Page::Log(log)) => log::draw(model, log, frame, bottom),
        Some(Page::Events(events)) => events::draw(model, events, frame),
        Some(Page::Workers(browse)) => workers::draw(model, browse, frame),
        Some(Page::Failures(failures)) => failures::draw(model, failures, frame),
    }
    if let Some(offered) = model.filter.offered() {
        palette::offer(model, frame, bottom, offered);
    }
    if let Some(typing) = model.palette.typing() {
        palette::draw(model, typing, frame, bottom);
    }
    if let Some(dialogue) = &model.dialogue {
        dialogue::draw(model, dialogue, frame);
    }
    leaving::draw(model, frame);
    if let Some(first) = model.help {
        help::draw(model, first, frame);
    }
}

#[cfg(test)]
mod tests;
