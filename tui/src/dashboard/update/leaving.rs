//! Quitting: at once, or once the worker in this process has given its tasks back.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::safe_text::safe;
use longhaul_common::store::Haste;

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::keymap::Chord;
use crate::dashboard::model::{Hosting, Model, Toast, Urgency};
use crate::output::paint::Tone;

/// The operator wants to quit.
pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    match model.hosting {
        Hosting::Nothing => vec![Effect::Quit],
        // With nothing in its hands there is nothing to lose.
        Hosting::Works(worker) if !model.tasks.all().any(|row| row.worker == Some(worker)) => {
            stop(model, Hosting::Stops(worker, Haste::AtBoundary))
        }
        Hosting::Works(worker) => {
            model.hosting = Hosting::Asked(worker);
            Vec::new()
        }
        Hosting::Asked(_) => Vec::new(),
        Hosting::Stops(worker, _) => stop(model, Hosting::Stops(worker, Haste::ByForce)),
    }
}

fn stop(model: &mut Model, hosting: Hosting) -> Vec<Effect> {
    model.hosting = hosting;
    vec![Effect::StopWorker]
}

/// A key while it is asked, or while the worker stops; None: it is as always.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Option<Vec<Effect>> {
    match model.hosting {
        Hosting::Nothing | Hosting::Works(_) => None,
        Hosting::Asked(worker) => Some(answer(model, key, Hosting::Works(worker))),
        // Nothing else can be done any more, and the list is behind what is said.
        Hosting::Stops(..) => match model.keys.action(Chord::of(key)) {
            Some(Action::Quit | Action::Redraw | Action::ToShell) => None,
            _ => Some(Vec::new()),
        },
    }
}

/// Only `y` quits.
fn answer(model: &mut Model, key: KeyEvent, stays: Hosting) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match (key.code, stays.worker()) {
        (KeyCode::Char('y'), Some(worker)) if !control => {
            stop(model, Hosting::Stops(worker, Haste::AtBoundary))
        }
        (KeyCode::Char('n') | KeyCode::Esc, _) => {
            model.hosting = stays;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// The worker says something.
pub(super) fn noticed(model: &mut Model, notice: &str) {
    model
        .toasts
        .say(Toast::failed(safe(notice).into_owned(), model.now));
    model.touch(Urgency::State);
}

/// This process was stopped, and its worker with it.
pub(super) fn went_on(model: &mut Model) {
    if model.hosting.worker().is_some() {
        let text = "the worker in this dashboard stood still meanwhile, and goes on".to_owned();
        let toast = Toast::told(text, Tone::Attention, model.now);
        model.toasts.say(toast);
    }
    model.touch(Urgency::Now);
}

/// The worker has ended.
pub(super) fn ended(model: &mut Model) -> Vec<Effect> {
    let before = std::mem::replace(&mut model.hosting, Hosting::Nothing);
    if matches!(before, Hosting::Stops(..)) {
        return vec![Effect::Quit];
    }
    let text = "the worker in this dashboard has ended; `longhaul worker` starts one".to_owned();
    model.toasts.say(Toast::failed(text, model.now));
    model.touch(Urgency::State);
    Vec::new()
}

#[cfg(test)]
mod tests;
