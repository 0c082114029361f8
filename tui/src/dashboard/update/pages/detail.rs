//! The pane beside the list.

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::{Detail, Focus, Model};
use crate::dashboard::reading::Reading;
use crate::dashboard::view;

pub(super) fn toggle(model: &mut Model) {
    model.pages.detail = match model.pages.detail {
        Some(_) => None,
        None if model.tasks.selected().is_some() => Some(Detail::default()),
        None => None,
    };
}

/// Gives the keys to the other pane; without one, opens it.
pub(super) fn next_pane(model: &mut Model) {
    match &mut model.pages.detail {
        Some(detail) => {
            detail.focus = match detail.focus {
                Focus::List => Focus::Detail,
                Focus::Detail => Focus::List,
            };
        }
        None => {
            toggle(model);
            if let Some(detail) = &mut model.pages.detail {
                detail.focus = Focus::Detail;
            }
        }
    }
}

/// Whether a key was for the detail.
pub(super) fn key(model: &mut Model, action: Action) -> bool {
    let rows = view::detail::rows(model);
    let has_keys = view::detail::has_keys(model);
    let height = || view::detail::height(model);
    if !has_keys {
        return false;
    }
    let page = (rows / 2).max(1);
    let most = height().saturating_sub(rows);
    let Some(detail) = &mut model.pages.detail else {
        return false;
    };
    let at = detail.scroll.min(most);
    detail.scroll = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => (at + 1).min(most),
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => (at + page).min(most),
        Action::First => 0,
        // At the end it stays there, whatever is added.
        Action::Last => usize::MAX,
        _ => return false,
    };
    true
}

pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    // A page over it hides it.
    let seen = model.pages.top().is_none();
    let row = model.tasks.selected();
    let mut listens = None;
    if seen && let (Some(detail), Some(row)) = (&mut model.pages.detail, row) {
        effects.extend(
            detail
                .next_reading(row)
                .map(|task| Effect::Read(Reading::Detail(task))),
        );
        // While the cursor runs nothing is listened to that it has left already.
        listens = detail.of().filter(|task| *task == row.number);
    }
    if listens != model.pages.listened {
        model.pages.listened = listens;
        effects.push(Effect::ListenToLog(listens));
    }
    effects
}
