//! The first line: the store, who works on it, what needs the operator.

use longhaul_common::safe_text::safe;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::dashboard::message::Health;
use crate::dashboard::model::Model;
use crate::output::human;
use crate::output::paint::Tone;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let alive = model.workers.iter().filter(|worker| worker.alive).count();
    let mut spans = vec![
        Span::styled("longhaul ", theme.tone(Tone::Strong)),
        Span::raw(safe(&model.options.store).into_owned()),
        Span::raw(format!(
            "  {}  {}",
            human::counted(alive as u64, "worker", "workers"),
            human::counted(model.tasks.len() as u64, "task", "tasks"),
        )),
    ];
    if let Health::Trouble(why) = &model.health {
        spans.push(Span::styled(
            format!("  {}", safe(why)),
            theme.tone(Tone::Bad),
        ));
    }
    frame.render_widget(Line::from(spans), area);
}
