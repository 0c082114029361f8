//! Marks, and what is asked of tasks.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};
use longhaul_common::store::{Answer, Haste, StoreError};
use longhaul_worker::report::in_one_line;

use crate::dashboard::action::Action;
use crate::dashboard::effect::{Effect, Request};
use crate::dashboard::model::{Access, Dialogue, Field, Frozen, Model, Toast};
use crate::dashboard::row::Row;
use crate::output::human;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Mark => mark(model),
        Action::MarkAll => mark_all(model),
        Action::Suspend => return ask(model, Desired::Suspend, Haste::AtBoundary),
        Action::Resume => return ask(model, Desired::Run, Haste::AtBoundary),
        Action::Terminate => return ask(model, Desired::Terminate, Haste::AtBoundary),
        Action::ForceSuspend => return ask(model, Desired::Suspend, Haste::ByForce),
        Action::ForceTerminate => return ask(model, Desired::Terminate, Haste::ByForce),
        _ => {}
    }
    Vec::new()
}

/// Takes the marks away, if there are any.
pub(super) fn close(model: &mut Model) -> bool {
    let marked = !model.marks.is_empty();
    model.marks.clear();
    marked
}

fn mark(model: &mut Model) {
    if let Some(number) = model.tasks.selected().map(|row| row.number) {
        if !model.marks.remove(&number) {
            model.marks.insert(number);
        }
        model.tasks.step(1);
    }
}

/// Marks all that the filter takes, on the screen or not; once more, none.
fn mark_all(model: &mut Model) {
    let all: Vec<_> = model.tasks.matching().map(|row| row.number).collect();
    if all.iter().all(|number| model.marks.contains(number)) {
        model.marks.clear();
    } else {
        model.marks.extend(all);
    }
}

/// Asks at once where nothing can go wrong that `r` or `s` would not mend, else opens a dialogue.
fn ask(model: &mut Model, want: Desired, haste: Haste) -> Vec<Effect> {
    let barred = match model.options.access {
        Access::Control => None,
        Access::ReadOnly => Some("the store is open to look only"),
        Access::Barred => Some("you may only read this store: its owner can ask this"),
    };
    if let Some(barred) = barred {
        model.toast = Some(Toast::failed(barred.into()));
        return Vec::new();
    }
    let tasks: Vec<Frozen> = if let Some(task) = model.subject() {
        let row = model.tasks.get(task);
        row.map(|row| freeze(model, row)).into_iter().collect()
    } else if model.marks.is_empty() {
        let selected = model.tasks.selected();
        selected.map(|row| freeze(model, row)).into_iter().collect()
    } else {
        let marked = model.marks.iter().filter_map(|task| model.tasks.get(*task));
        marked.map(|row| freeze(model, row)).collect()
    };
    if tasks.is_empty() {
        return Vec::new();
    }
    let foreign = want == Desired::Run && tasks.iter().any(|task| task.suspended_by.is_some());
    let asks = want == Desired::Terminate || haste == Haste::ByForce || tasks.len() > 1 || foreign;
    let shown: Vec<_> = model.tasks.visible().map(|row| row.number).collect();
    let unseen = tasks.iter().filter(|task| !shown.contains(&task.number));
    let dialogue = Dialogue::new(want, haste, tasks.clone(), unseen.count());
    if asks {
        model.dialogue = Some(dialogue);
        return Vec::new();
    }
    vec![Effect::Ask(request(&dialogue))]
}

fn freeze(model: &Model, row: &Row) -> Frozen {
    let suspended = row.current == StateWord::Suspend || row.desired == Desired::Suspend;
    // What an error suspended nobody meant to keep.
    let another = person(&row.desired_by) != person(&model.options.operator);
    let foreign = suspended && row.error.is_none() && another;
    let why = row.reason.as_deref().map(|why| format!(": {why}"));
    Frozen {
        number: row.number,
        name: row.name.clone(),
        suspended_by: foreign.then(|| format!("{}{}", row.desired_by, why.unwrap_or_default())),
        batch_seconds: row.batch_seconds.filter(|_| row.phase == Phase::Running),
        ended: row.current == StateWord::Terminate,
    }
}

/// Somebody, wherever they come from.
fn person(actor: &str) -> &str {
    actor.split(" from ").next().unwrap_or(actor)
}

fn request(dialogue: &Dialogue) -> Request {
    let reason = dialogue.reason.text().trim();
    Request {
        want: dialogue.want,
        haste: dialogue.haste,
        tasks: dialogue.tasks.iter().map(|task| task.number).collect(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    }
}

/// A key while a dialogue is open. Only `y`, or the number of the tasks where they are many, goes on.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Some(dialogue) = &mut model.dialogue else {
        return Vec::new();
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let confirmed = match (dialogue.field, key.code) {
        (Field::Reason, KeyCode::Tab | KeyCode::Esc | KeyCode::Enter) => {
            dialogue.field = dialogue.answers();
            false
        }
        (Field::Answer | Field::Count, KeyCode::Tab) => {
            dialogue.field = Field::Reason;
            false
        }
        (_, KeyCode::Char('c')) if control => {
            model.dialogue = None;
            return Vec::new();
        }
        (Field::Answer | Field::Count, KeyCode::Esc) | (Field::Answer, KeyCode::Char('n')) => {
            model.dialogue = None;
            return Vec::new();
        }
        (Field::Answer, KeyCode::Char('y')) => !control,
        (Field::Answer, _) => false,
        (Field::Count, KeyCode::Enter) => dialogue.is_counted(),
        (Field::Count, KeyCode::Char(letter)) if !letter.is_ascii_digit() => false,
        (Field::Count, _) => {
            dialogue.count.key(key);
            false
        }
        (Field::Reason, _) => {
            dialogue.reason.key(key);
            false
        }
    };
    if !confirmed {
        return Vec::new();
    }
    let request = request(dialogue);
    model.dialogue = None;
    model.marks.clear();
    vec![Effect::Ask(request)]
}

/// What became of a request, in a line.
pub(super) fn told(
    model: &Model,
    request: &Request,
    answer: Result<Vec<Answer>, StoreError>,
) -> Toast {
    let answers = match answer {
        Ok(answers) => answers,
        Err(StoreError::Unknown { .. }) => {
            let text =
                "outcome unknown: the store does not answer, and what was asked may still be done";
            return Toast::failed(text.into());
        }
        Err(error) => return Toast::failed(format!("not asked: {}", in_one_line(&error))),
    };
    let named = |answer: &Answer| match answer.name.as_str() {
        "" => format!("task {}", answer.number),
        name => format!("task {} ({name})", answer.number),
    };
    let refused: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.refused.is_some())
        .collect();
    if let [first, rest @ ..] = refused.as_slice() {
        let why = first.refused.as_ref().map(ToString::to_string);
        let more = match rest.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let others = match answers.len() - refused.len() {
            0 => String::new(),
            others => format!("{}; ", asked(request, others)),
        };
        let why = why.unwrap_or_default();
        return Toast::failed(format!("{others}{} refused: {why}{more}", named(first)));
    }
    let text = match answers.as_slice() {
        [one] => format!("{}: {}", named(one), outcome(model, one)),
        _ => asked(request, answers.len()),
    };
    Toast::done(text, model.now)
}

fn asked(request: &Request, tasks: usize) -> String {
    let tasks = human::counted(tasks as u64, "task", "tasks");
    format!("{} asked of {tasks}", request.want)
}

/// Where one task goes now, and when it is there.
fn outcome(model: &Model, answer: &Answer) -> String {
    let goal = answer.desired.goal();
    if answer.request.is_none() {
        return format!("{} is wanted already", answer.desired);
    }
    if answer.current == goal {
        return format!("{goal}");
    }
    if answer.desired == Desired::Run {
        return "RUN is wanted; a free slot of a worker takes it".into();
    }
    let batch = model
        .tasks
        .get(answer.number)
        .and_then(|row| row.batch_seconds);
    let when = batch.map(|seconds| {
        let seconds = human::seconds(Some(f64::from(seconds)));
        format!(", in at most about {seconds}")
    });
    let when = when.unwrap_or_default();
    format!("{} at the next batch boundary{when}", answer.desired)
}

#[cfg(test)]
mod tests;
