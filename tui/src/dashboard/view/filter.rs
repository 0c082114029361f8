//! The line a filter is typed in.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::prompt;
use crate::dashboard::model::Model;
use crate::output::human;
use crate::output::paint::Tone;

/// Draws it, with what is wrong, or how many match, at its end.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Some(line) = model.filter.line() else {
        return;
    };
    let (told, tone) = match model.filter.error() {
        Some(error) => (error.to_string(), Tone::Bad),
        None => (
            format!(
                "{} of {}  enter keeps  esc removes",
                human::count(model.tasks.listed() as u64),
                human::count(model.tasks.len() as u64)
            ),
            Tone::Quiet,
        ),
    };
    prompt::draw(model, frame, area, "/", line, (&told, tone));
}
