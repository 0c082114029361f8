//! What a message changes, and what has to be done for it. No I/O, no clock.

use crossterm::event::KeyEvent;
use longhaul_common::state::Desired;
use longhaul_common::store::Haste;

use super::action::Action;
use super::effect::{Effect, Request};
use super::keymap::Chord;
use super::message::{Message, News};
use super::model::{Access, Model, Size, Urgency};
use super::view;

/// Takes a message in.
pub(crate) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => {
            model.touch(Urgency::Now);
            return press(model, key);
        }
        Message::Resize { columns, rows } => {
            model.size = Size { columns, rows };
            model.tasks.fit(view::list_lines(model));
            model.touch(Urgency::Now);
        }
        Message::Clock(now) => model.now = now,
        Message::News(news) => hear(model, news),
        Message::Answered(..) => model.touch(Urgency::Now),
    }
    Vec::new()
}

fn press(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    match model.keys.action(Chord::of(key)) {
        Some(action) => act(model, action),
        None => Vec::new(),
    }
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let half = isize::try_from(model.tasks.window().lines / 2)
        .unwrap_or(1)
        .max(1);
    match action {
        Action::Up => model.tasks.step(-1),
        Action::Down => model.tasks.step(1),
        Action::PageUp => model.tasks.step(-half),
        Action::PageDown => model.tasks.step(half),
        Action::First => model.tasks.go_to(0),
        Action::Last => model.tasks.go_to(usize::MAX),
        Action::Suspend => return ask(model, Desired::Suspend, Haste::AtBoundary),
        Action::Resume => return ask(model, Desired::Run, Haste::AtBoundary),
        Action::Terminate => return ask(model, Desired::Terminate, Haste::AtBoundary),
        Action::ForceSuspend => return ask(model, Desired::Suspend, Haste::ByForce),
        Action::ForceTerminate => return ask(model, Desired::Terminate, Haste::ByForce),
        Action::Quit => return vec![Effect::Quit],
    }
    Vec::new()
}

fn ask(model: &Model, want: Desired, haste: Haste) -> Vec<Effect> {
    let Some(row) = model.tasks.selected() else {
        return Vec::new();
    };
    if model.options.access == Access::ReadOnly {
        return Vec::new();
    }
    vec![Effect::Ask(Request {
        want,
        haste,
        tasks: vec![row.number],
        reason: None,
    })]
}

fn hear(model: &mut Model, news: News) {
    match news {
        News::Anew => model.tasks.clear(),
        News::Filled { rows, .. } => {
            model.tasks.take(rows);
            model.touch(Urgency::State);
        }
        News::Whole => {
            model.tasks.whole = true;
            model.touch(Urgency::State);
        }
        News::Changed { rows, gone } => {
            model.tasks.take(rows);
            if !gone.is_empty() {
                model.tasks.forget(&gone);
            }
            model.touch(Urgency::Progress);
        }
        News::Happened(_) => model.touch(Urgency::State),
        News::Workers(workers) => {
            model.workers = workers;
            model.touch(Urgency::State);
        }
        News::Health(health) => {
            if model.health != health {
                model.health = health;
                model.touch(Urgency::State);
            }
        }
    }
}
