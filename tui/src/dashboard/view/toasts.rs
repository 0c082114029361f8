//! What is said above the last line.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::dashboard::model::Model;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, footer: Rect) {
    let theme = model.options.theme;
    for (above, toast) in (1..).zip(model.toasts.above().iter().rev()) {
        let place = Rect {
            y: footer.y.saturating_sub(above),
            ..footer
        };
        let text = theme.fit(&toast.text, usize::from(place.width));
        frame.render_widget(Line::styled(text, theme.tone(toast.tone)), place);
    }
}

#[cfg(test)]
mod tests;
