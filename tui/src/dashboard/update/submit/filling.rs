//! Keys while a kind is chosen and its form is filled in.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{asks, open_of, send};
use crate::dashboard::action::Action;
use crate::dashboard::effect::{Effect, Submission};
use crate::dashboard::keymap::Chord;
use crate::dashboard::model::{Browse, Form, FormField, Model, Submitting, Toast, Typed};
use crate::dashboard::update::pages::step;

/// A key while something is filled in.
pub(in crate::dashboard::update) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let leaves = key.code == KeyCode::Esc || (control && key.code == KeyCode::Char('c'));
    match &model.submitting {
        Some(Submitting::Filling(form)) if leaves => {
            // Back to where it was chosen.
            model.submitting = form.chosen.then(|| Submitting::Choosing(Browse::default()));
            Vec::new()
        }
        Some(_) if leaves => {
            model.submitting = None;
            Vec::new()
        }
        Some(Submitting::Filling(_)) => fill(model, key, control),
        Some(Submitting::Choosing(_)) => choose(model, key),
        Some(Submitting::Awaiting(_)) | None => Vec::new(),
    }
}

fn choose(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let action = model.keys.action(Chord::of(key));
    let Some(Submitting::Choosing(browse)) = &mut model.submitting else {
        return Vec::new();
    };
    let kinds = model.kinds.known().unwrap_or_default();
    if key.code == KeyCode::Enter {
        if let Some(kind) = kinds.get(browse.cursor()) {
            let name = kind.name.clone();
            open_of(model, &name);
            if let Some(Submitting::Filling(form)) = &mut model.submitting {
                form.chosen = true;
            }
        }
        return Vec::new();
    }
    match action {
        Some(Action::Submit | Action::Close | Action::Quit) => model.submitting = None,
        Some(action) => {
            if let Some(by) = step(action, browse.lines()) {
                browse.step(by, kinds.len());
            }
        }
        None => {}
    }
    Vec::new()
}

fn fill(model: &mut Model, key: KeyEvent, control: bool) -> Vec<Effect> {
    let Some(Submitting::Filling(form)) = &mut model.submitting else {
        return Vec::new();
    };
    let page = isize::try_from(form.browse.lines()).unwrap_or(1).max(1);
    match key.code {
        KeyCode::Enter => return submit(model),
        KeyCode::Char('y') if control => {
            let command = form.command(&model.options.store);
            let said = "the command was sent to the terminal's clipboard".into();
            model.toasts.say(Toast::done(said, model.now));
            return vec![Effect::Copy(command)];
        }
        KeyCode::Tab | KeyCode::Down => form.step(1),
        KeyCode::BackTab | KeyCode::Up => form.step(-1),
        KeyCode::PageDown => form.step(page),
        KeyCode::PageUp => form.step(-page),
        _ => {
            // What was submitted is not changed under way.
            let changed = !form.sent && form.field_mut().is_some_and(|field| edit(field, key));
            if changed {
                form.check();
            }
        }
    }
    Vec::new()
}

/// A key for a field; whether it is another text now.
fn edit(field: &mut FormField, key: KeyEvent) -> bool {
    if field.choices.is_empty() {
        return field.line.key(key) == Typed::Changed;
    }
    let plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
    match key.code {
        KeyCode::Right | KeyCode::Char(' ') => field.turn(1),
        KeyCode::Left => field.turn(-1),
        KeyCode::Char(letter) if plain => return field.turn_to(letter),
        KeyCode::Backspace | KeyCode::Delete | KeyCode::Char('u' | 'w' | 'h') => {
            field.line = Default::default();
        }
        _ => return false,
    }
    true
}

/// Submits what is filled in, if all of it fits.
fn submit(model: &mut Model) -> Vec<Effect> {
    // It may have become so while the form was open.
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    let Some(Submitting::Filling(form)) = &mut model.submitting else {
        return Vec::new();
    };
    if form.sent {
        return Vec::new();
    }
    let Some(words) = form.finish() else {
        return Vec::new();
    };
    form.sent = true;
    let kind = form.kind.name.clone();
    send(model, kind, words)
}

/// The form that was answered: where that is well, it closes, else it is filled in further.
pub(super) fn answered<'m>(
    model: &'m mut Model,
    submission: &Submission,
    well: bool,
) -> Option<&'m mut Form> {
    let is_of = |form: &Form| match submission {
        Submission::OfKind { kind, words } => {
            form.sent && form.kind.name == *kind && form.words() == *words
        }
        Submission::Retry { .. } => false,
    };
    if !matches!(&model.submitting, Some(Submitting::Filling(form)) if is_of(form)) {
        return None;
    }
    if well {
        model.submitting = None;
    }
    match &mut model.submitting {
        Some(Submitting::Filling(form)) => {
            form.sent = false;
            Some(form)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
