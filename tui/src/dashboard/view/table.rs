//! The list of tasks. Only the lines on the screen are touched.

use longhaul_common::safe_text::{fit, safe};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::dashboard::model::Model;
use crate::output::human;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let line = |at: u16| Rect {
        y: area.y + at,
        height: 1,
        ..area
    };
    frame.render_widget(Line::from("NR NAME STATE DONE"), line(0));
    for (at, row) in (1..area.height).zip(model.tasks.visible()) {
        let name = safe(row.name.as_deref().unwrap_or_default()).into_owned();
        let text = format!(
            "{:>6} {} {} {}",
            row.number,
            fit(&name, 20),
            row.current,
            human::done(row.items_done, row.items_total)
        );
        let style = if model.tasks.is_cursor(usize::from(at) - 1) {
            theme.selected()
        } else {
            ratatui::style::Style::new()
        };
        frame.render_widget(Line::styled(text, style), line(at));
    }
}
