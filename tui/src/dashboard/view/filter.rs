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
    let half_typed =
        matches!(model.filter.offered(), Some((offered, _)) if !offered.choices.is_empty());
    let count = |keys| {
        let (listed, all) = (model.tasks.listed(), model.tasks.len());
        let [listed, all] = [listed, all].map(|count| human::count(count as u64));
        (format!("{listed} of {all}  {keys}"), Tone::Quiet)
    };
    let (told, tone) = match model.filter.error() {
        None => count("enter keeps  esc removes"),
        // Not wrong yet.
        Some(_) if half_typed => count("tab completes  esc removes"),
        Some(error) => (error.to_string(), Tone::Bad),
    };
    prompt::draw(model, frame, area, "/", line, (&told, tone));
}
