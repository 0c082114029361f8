//! The last line: the keys that act here.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::dashboard::model::Model;

pub(super) fn draw(_model: &Model, frame: &mut Frame<'_>, area: Rect) {
    frame.render_widget(Line::from("s suspend  r resume  t terminate  q quit"), area);
}
