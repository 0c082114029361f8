//! What is on the list, and in what order.

pub(super) mod words;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::filter::{Filter, FilterError};

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::{Completed, Model, Motion, Sort, SortBy, Typed};

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Filter => open(model),
        Action::Sort => {
            let next = next_column(model);
            model.tasks.set_sort(Sort::by(next));
        }
        Action::ReverseSort => {
            let reversed = model.tasks.sort().reversed();
            model.tasks.set_sort(reversed);
        }
        Action::Freeze => {
            let other = match model.tasks.motion() {
                Motion::Sorted => Motion::Frozen,
                Motion::Frozen => Motion::Sorted,
            };
            model.tasks.set_motion(other);
        }
        _ => {}
    }
    Vec::new()
}

/// The next column in which something can be told apart.
fn next_column(model: &Model) -> SortBy {
    let tally = model.tasks.tally();
    let tells = |by: &SortBy| match by {
        SortBy::Name => tally.widest.name > 0,
        SortBy::Kind => tally.kinds_differ(),
        SortBy::Retries => tally.with_retries > 0,
        SortBy::Failed => tally.with_failures > 0,
        SortBy::Number
        | SortBy::State
        | SortBy::Done
        | SortBy::Items
        | SortBy::Rate
        | SortBy::Eta
        | SortBy::Running
        | SortBy::Worker => true,
    };
    std::iter::successors(Some(model.tasks.sort().by.next()), |by| Some(by.next()))
        .find(tells)
        .unwrap_or_default()
}

/// Takes the filter away, if there is one.
pub(super) fn close(model: &mut Model) -> bool {
    if model.filter.text().is_empty() {
        return false;
    }
    remove(model);
    true
}

/// Filters the list by a text, as if it had been typed. One that can't be understood changes nothing.
pub(super) fn filter_by(model: &mut Model, text: String) -> Result<(), FilterError> {
    let filter = Filter::parse(&text, &model.present())?;
    model.filter.put(text);
    model.tasks.set_filter(filter);
    Ok(())
}

fn open(model: &mut Model) {
    let origin = model.tasks.selected().map(|row| row.number);
    model.filter.open(origin);
    offer(model);
}

/// Looks what the word before the cursor can become.
fn offer(model: &mut Model) {
    if let Some(line) = model.filter.line() {
        let choices = words::of(model, line.before());
        model.filter.offer(choices);
    }
}

fn remove(model: &mut Model) {
    let origin = model.filter.origin();
    model.filter.remove();
    model.tasks.set_filter(Filter::default());
    if let Some(origin) = origin {
        model.tasks.select(origin);
    }
}

/// A key while the line is open.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let changed = match key.code {
        KeyCode::Enter if model.filter.error().is_none() => {
            model.filter.keep();
            false
        }
        KeyCode::Esc => {
            remove(model);
            false
        }
        KeyCode::Char('c') if control => {
            remove(model);
            false
        }
        KeyCode::Tab | KeyCode::BackTab => {
            let step = if key.code == KeyCode::Tab { 1 } else { -1 };
            if model.filter.complete(step) == Completed::Further {
                offer(model);
            }
            apply(model);
            return Vec::new();
        }
        KeyCode::Up => model.filter.older(),
        KeyCode::Down => model.filter.newer(),
        // Nothing is left to remove: the line goes, as in other programs.
        KeyCode::Backspace
            if model
                .filter
                .line()
                .is_some_and(|line| line.text().is_empty()) =>
        {
            remove(model);
            false
        }
        _ => model
            .filter
            .line_mut()
            .is_some_and(|line| line.key(key) == Typed::Changed),
    };
    offer(model);
    if changed {
        apply(model);
    }
    Vec::new()
}

/// Filters by what is typed, as soon as it can be understood. The cursor goes back to where it was
/// before, whenever that is on the list.
fn apply(model: &mut Model) {
    let present = model.present();
    let origin = model.filter.origin();
    if let Some(filter) = model.filter.understand(&present) {
        model.tasks.set_filter(filter);
        if let Some(origin) = origin {
            model.tasks.select(origin);
        }
    }
}

#[cfg(test)]
mod tests;
