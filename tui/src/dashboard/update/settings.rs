//! Settings of tasks that are changed from here: keys for the rate and the priority, any by its name.

use longhaul_common::id::TaskNumber;
use longhaul_common::rate::Rate;
use longhaul_common::settings::{Assignment, Changed};
use longhaul_common::state::StateWord;
use longhaul_common::store::{SetAnswer, StoreError};

use super::{asks, palette};
use crate::dashboard::action::Action;
use crate::dashboard::effect::{Effect, SetRequest};
use crate::dashboard::model::{Model, Toast};
use crate::output::human;

/// A rate limit that is raised grows so, and one that is lowered shrinks so; also the first one, from
/// what was measured.
const RAISED: f64 = 1.25;
const LOWERED: f64 = 0.8;

/// Which way a rate limit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

/// Raises or lowers the rate limit of each task that is meant.
pub(super) fn change_rate(model: &mut Model, way: Way) -> Vec<Effect> {
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    let mut effects = Vec::new();
    for task in asks::meant(model) {
        let Some(row) = model.tasks.get(task) else {
            continue;
        };
        let called = called(task, row.name.as_deref());
        if row.current == StateWord::Terminate {
            let ended = format!("{called} has ended");
            model.toasts.say(Toast::failed(ended, model.now));
            continue;
        }
        let (limit, measured) = (row.rate_limit.map(f64::from), row.rate.map(f64::from));
        let wanted = match (way, limit) {
            (Way::Up, Some(limit)) => step(limit, RAISED),
            (Way::Down, Some(limit)) => step(limit, LOWERED),
            (Way::Down, None) => measured.and_then(|rate| Rate::near(rate * LOWERED)),
            (Way::Up, None) => {
                let free = format!("{called} has no rate limit to raise");
                model.toasts.say(Toast::done(free, model.now));
                continue;
            }
        };
        let Some(rate) = wanted else {
            let unknown = match limit {
                Some(_) => format!("{called}: its rate limit is as low as it can be"),
                None => format!("{called}: its rate is not known yet; type :set {task} rate=N/s"),
            };
            model.toasts.say(Toast::failed(unknown, model.now));
            continue;
        };
        let Ok(assignment) = Assignment::new("rate", &rate.to_string()) else {
            continue;
        };
        effects.extend(set(model, &[task], vec![assignment], None));
    }
    effects
}

/// The limit next to so many times this one, and never the same; a further one where there are only
/// whole items a day.
fn step(limit: f64, factor: f64) -> Option<Rate> {
    let moved = |rate: &Rate| (rate.per_second() - limit).abs() > limit * 1e-3 && limit > 0.0;
    [factor, factor.powi(3)]
        .into_iter()
        .filter_map(|factor| Rate::near(limit * factor))
        .find(moved)
}

/// Opens the line with what changes the priority of what is meant.
pub(super) fn type_priority(model: &mut Model) {
    let tasks = asks::meant(model);
    let numbers: Vec<String> = tasks.iter().map(ToString::to_string).collect();
    if !numbers.is_empty() {
        palette::open_with(model, &format!("set {} priority=", numbers.join(" ")));
    }
}

/// Has settings of tasks changed.
pub(super) fn set(
    model: &mut Model,
    tasks: &[TaskNumber],
    assignments: Vec<Assignment>,
    reason: Option<String>,
) -> Option<Effect> {
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return None;
    }
    let rows: Vec<_> = tasks
        .iter()
        .filter_map(|task| model.tasks.get(*task))
        .map(|row| (row.number, row.id))
        .collect();
    if rows.is_empty() {
        return None;
    }
    model.undos.ask();
    let (tasks, ids) = rows.into_iter().unzip();
    Some(Effect::Set(SetRequest {
        tasks,
        ids,
        assignments,
        reason,
        undoes: false,
    }))
}

/// Says what became of it, and remembers how to undo it.
pub(super) fn answered(
    model: &mut Model,
    request: &SetRequest,
    answer: Result<Vec<SetAnswer>, StoreError>,
) -> Vec<Effect> {
    match answer {
        Ok(answers) => {
            let undoable = !request.undoes && model.undos.remember_settings(&answers);
            tell(model, request, &answers, undoable);
        }
        Err(error) => {
            if request.undoes {
                model.undos.put_back_settings(request.clone());
            }
            asks::fail(model, "set", &error);
        }
    }
    if model.undos.answered() {
        return asks::undo(model);
    }
    Vec::new()
}

/// Says what became of settings that a request had changed, which was undone by its number.
pub(super) fn went_back(model: &mut Model, answers: &[SetAnswer]) {
    let undoable = model.undos.remember_settings(answers);
    let request = SetRequest {
        tasks: Vec::new(),
        ids: Vec::new(),
        assignments: Vec::new(),
        reason: None,
        undoes: true,
    };
    tell(model, &request, answers, undoable);
}

fn tell(model: &mut Model, request: &SetRequest, answers: &[SetAnswer], undoable: bool) {
    let mut done = Vec::new();
    for answer in answers {
        let called = called(answer.number, Some(&answer.name));
        match &answer.refused {
            Some(why) => {
                let not = if request.undoes {
                    "not undone"
                } else {
                    "not set"
                };
                let text = format!("{called} {not}: {why}");
                model.toasts.say(Toast::failed(text, model.now));
            }
            None if answer.changed.is_empty() => done.push(format!("{called}: it was so before")),
            None => {
                let changed: Vec<String> = answer.changed.iter().map(Changed::to_string).collect();
                done.push(format!("{called}: {}", changed.join(", ")));
            }
        }
    }
    let text = match done.as_slice() {
        [] => return,
        [one] => one.clone(),
        several => {
            let tasks = human::counted(several.len() as u64, "task", "tasks");
            format!("set, of {tasks}")
        }
    };
    let undone = if request.undoes { "undone: " } else { "" };
    let undo = match (undoable, model.keys.shown(Action::Undo)) {
        (true, key) if !key.is_empty() => format!("; {key} undoes"),
        _ => String::new(),
    };
    let text = format!("{undone}{text}{undo}");
    model.toasts.say(Toast::done(text, model.now));
}

fn called(task: TaskNumber, name: Option<&str>) -> String {
    match name.unwrap_or_default() {
        "" => format!("task {task}"),
        name => format!("task {task} ({name})"),
    }
}

#[cfg(test)]
mod tests;
