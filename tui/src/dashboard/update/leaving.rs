//! Quitting: at once, or once the worker in this process has given its tasks back.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::safe_text::safe;

use crate::dashboard::effect::Effect;
use crate::dashboard::model::{Hosting, Model, Toast, Urgency};
use crate::dashboard::row::Row;

/// The operator wants to quit.
pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    match model.hosting {
        Hosting::Nothing => vec![Effect::Quit],
        Hosting::Works(worker) => {
            let held = |row: &&Row| row.worker == Some(worker);
            let tasks = model.tasks.all().filter(held).count();
            model.hosting = Hosting::Asked { worker, tasks };
            Vec::new()
        }
        Hosting::Asked { .. } => Vec::new(),
        Hosting::Stops => vec![Effect::StopWorker],
    }
}

/// Whether it is asked whether to quit.
pub(super) fn is_asked(model: &Model) -> bool {
    matches!(model.hosting, Hosting::Asked { .. })
}

/// A key while it is asked. Only `y` quits.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Hosting::Asked { worker, .. } = model.hosting else {
        return Vec::new();
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('y') if !control => {
            model.hosting = Hosting::Stops;
            vec![Effect::StopWorker]
        }
        KeyCode::Char('n') | KeyCode::Esc => {
            model.hosting = Hosting::Works(worker);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// The worker says something.
pub(super) fn noticed(model: &mut Model, notice: &str) {
    model.toast = Some(Toast::failed(safe(notice).into_owned()));
    model.touch(Urgency::State);
}

/// The worker has ended.
pub(super) fn ended(model: &mut Model) -> Vec<Effect> {
    let before = std::mem::replace(&mut model.hosting, Hosting::Nothing);
    if before == Hosting::Stops {
        return vec![Effect::Quit];
    }
    let text = "the worker in this dashboard has ended; `longhaul worker` starts one".to_owned();
    model.toast = Some(Toast::failed(text));
    model.touch(Urgency::State);
    Vec::new()
}

#[cfg(test)]
mod tests;
