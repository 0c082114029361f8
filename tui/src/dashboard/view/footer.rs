//! The last line: what was done, or the keys that act here.

use longhaul_common::safe_text::width;
use longhaul_common::state::{Desired, StateWord};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::dashboard::action::Action;
use crate::dashboard::model::{Access, Model};
use crate::output::human;
use crate::output::paint::Tone;

/// The keys that are told of, those that matter most first.
const TOLD: [(Action, &str); 11] = [
    (Action::Suspend, "suspend"),
    (Action::Resume, "resume"),
    (Action::Terminate, "terminate"),
    (Action::Help, "help"),
    (Action::Filter, "filter"),
    (Action::Quit, "quit"),
    (Action::Mark, "mark"),
    (Action::Sort, "sort"),
    (Action::NextAttention, "attention"),
    (Action::MarkAll, "mark all"),
    (Action::ToShell, "shell"),
];

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let columns = usize::from(area.width);
    if let Some(toast) = &model.toast {
        let text = theme.fit(&toast.text, columns);
        frame.render_widget(Line::styled(text, theme.tone(toast.tone)), area);
        return;
    }
    let mut spans = Vec::new();
    let mut taken = 0;
    if !model.marks.is_empty() {
        let marked = format!("{} marked  ", human::count(model.marks.len() as u64));
        taken += width(&marked);
        spans.push(Span::styled(marked, theme.tone(Tone::Attention)));
    }
    for (action, word) in TOLD {
        let key = model.keys.shown(action);
        let length = width(&key) + width(word) + 3;
        if key.is_empty() || taken + length > columns + 2 {
            continue;
        }
        taken += length;
        let (strong, plain) = if acts(model, action) {
            (Tone::Strong, Tone::Plain)
        } else {
            (Tone::Quiet, Tone::Quiet)
        };
        spans.push(Span::styled(key, theme.tone(strong)));
        spans.push(Span::styled(format!(" {word}  "), theme.tone(plain)));
    }
    frame.render_widget(Line::from(spans), area);
}

/// Whether an action would do something here.
fn acts(model: &Model, action: Action) -> bool {
    let want = match action {
        Action::Suspend | Action::ForceSuspend => Desired::Suspend,
        Action::Resume => Desired::Run,
        Action::Terminate | Action::ForceTerminate => Desired::Terminate,
        Action::Mark | Action::MarkAll => return model.tasks.listed() > 0,
        _ => return true,
    };
    if model.options.access == Access::ReadOnly {
        return false;
    }
    if !model.marks.is_empty() {
        return true;
    }
    let selected = model.tasks.selected();
    selected.is_some_and(|row| row.current != StateWord::Terminate && row.desired != want)
}
