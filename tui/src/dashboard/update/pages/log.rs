//! The page of a task's log.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::{Ends, Entry, Line, LogPage, Model, Page, Way};
use crate::dashboard::reading::{LogNews, LogPart};
use crate::dashboard::view;
use crate::dashboard::view::log::Ground;

/// How far lines that are cut move sideways.
const SIDEWAYS: usize = 16;

pub(super) fn is_typed_in(model: &Model) -> bool {
    match model.pages.top() {
        Some(Page::Log(log)) => log.typing().is_some(),
        Some(Page::Events(_) | Page::Workers(_) | Page::Failures(_)) | None => false,
    }
}

/// The log that is seen, with the ground it is drawn on.
fn seen(model: &mut Model) -> Option<(&mut LogPage, Ground)> {
    let ground = view::log::ground(model)?;
    match model.pages.top_mut() {
        Some(Page::Log(log)) => Some((log, ground)),
        Some(Page::Events(_) | Page::Workers(_) | Page::Failures(_)) | None => None,
    }
}

pub(super) fn type_key(model: &mut Model, key: KeyEvent) {
    let Some((log, ground)) = seen(model) else {
        return;
    };
    let Some(line) = &mut log.find.typing else {
        return;
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => {
            let typed = std::mem::take(line);
            log.find.typing = None;
            let height = |entry: &Entry| ground.height(entry);
            // Nothing typed is what was typed before, as in other programs.
            if typed.text().is_empty() {
                log.find_next(Way::Down, ground.rows, height);
            } else {
                log.find(typed.text().to_owned(), ground.rows, height);
            }
        }
        KeyCode::Esc => log.find.typing = None,
        KeyCode::Char('c') if control => log.find.typing = None,
        KeyCode::Backspace if line.text().is_empty() => log.find.typing = None,
        _ => {
            line.key(key);
        }
    }
}

pub(super) fn act(model: &mut Model, action: Action) {
    let Some((log, ground)) = seen(model) else {
        return;
    };
    let rows = ground.rows;
    let height = |entry: &Entry| ground.height(entry);
    let page = isize::try_from(rows / 2).unwrap_or(1).max(1);
    match action {
        Action::Up => log.scroll(-1, rows, height),
        Action::Down => log.scroll(1, rows, height),
        Action::PageUp => log.scroll(-page, rows, height),
        Action::PageDown => log.scroll(page, rows, height),
        Action::First => log.go_to_first(rows, height),
        Action::Last | Action::Follow => log.follow(),
        Action::Filter => log.find.typing = Some(Line::default()),
        Action::NextMatch => log.find_next(Way::Down, rows, height),
        Action::PreviousMatch => log.find_next(Way::Up, rows, height),
        Action::Wrap => {
            log.look.ends = match log.look.ends {
                Ends::Cut => Ends::Wrapped,
                Ends::Wrapped => Ends::Cut,
            };
            log.look.shift = 0;
        }
        Action::Columns => log.look.head = log.look.head.next(),
        Action::Left => log.look.shift = log.look.shift.saturating_sub(SIDEWAYS),
        Action::Right if log.look.ends == Ends::Cut => log.look.shift += SIDEWAYS,
        _ => {}
    }
}

/// Looks for nothing any more, if something was looked for.
pub(super) fn stop_finding(model: &mut Model) -> bool {
    match model.pages.top_mut() {
        Some(Page::Log(log)) if !log.find.text.is_empty() => {
            log.find = Default::default();
            true
        }
        _ => false,
    }
}

pub(super) fn hear(model: &mut Model, news: &LogNews) {
    let read_back = matches!(news.part, LogPart::Before(_));
    if let Some(log) = model.pages.log() {
        log.take(news);
    }
    if read_back && let Some((log, ground)) = seen(model) {
        log.find_on(ground.rows, |entry| ground.height(entry));
        log.climb_on(ground.rows, |entry| ground.height(entry));
    }
}

pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    let rows = view::log::rows(model);
    let followed = model.pages.followed;
    let log = model.pages.log();
    let wanted = log.as_ref().map(|log| log.task);
    let mut anew = false;
    if let Some(log) = log {
        anew = log.wants_end();
        effects.extend(log.next_reading(rows).map(Effect::Read));
    }
    if wanted != followed || anew {
        model.pages.followed = wanted;
        effects.push(Effect::FollowLog(wanted));
    }
    effects
}
