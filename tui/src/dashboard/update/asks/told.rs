//! What became of what was asked, in a few lines.

use std::collections::BTreeMap;

use longhaul_common::id::RequestNumber;
use longhaul_common::moment;
use longhaul_common::rules::Refused;
use longhaul_common::state::Desired;
use longhaul_common::store::{Answer, Done, Haste, StoreError, Undo};
use longhaul_worker::report::in_one_line;

use crate::dashboard::action::Action;
use crate::dashboard::effect::{Effect, Request};
use crate::dashboard::model::{Model, Toast, due, flight};
use crate::dashboard::row::Row;
use crate::output::human;

/// Says what became of a request, and remembers how to undo it.
pub(in crate::dashboard::update) fn answered(
    model: &mut Model,
    request: &Request,
    answer: Result<Vec<Answer>, StoreError>,
) -> Vec<Effect> {
    match answer {
        Ok(answers) => {
            let undoable = model.undos.remember(&answers);
            tell(model, &answers, "not asked", |model, granted| {
                let undo = match (undoable, model.keys.shown(Action::Undo)) {
                    (true, key) if !key.is_empty() => format!("; {key} undoes"),
                    _ => String::new(),
                };
                format!("{}{undo}", asked(model, request, granted))
            });
        }
        Err(error) => fail(model, "asked", &error),
    }
    if model.undos.answered() {
        return super::undo(model);
    }
    Vec::new()
}

/// Says what became of an undoing. What was not undone for the store's sake can be tried again:
/// what was is refused then, since something was asked since.
pub(in crate::dashboard::update) fn undone(
    model: &mut Model,
    undos: Vec<Undo>,
    answer: Result<Vec<Answer>, StoreError>,
) -> Vec<Effect> {
    match answer {
        Ok(answers) => {
            model.undos.uncover(&undos, &answers);
            tell(model, &answers, "not undone", |_, granted| match granted {
                [one] => format!("undone: {} is wanted of {}", one.desired, named(one)),
                _ => format!("undone, on {}", tasks(granted.len())),
            });
        }
        Err(error) => {
            model.undos.put_back(undos);
            fail(model, "undone", &error);
        }
    }
    if model.undos.answered() {
        return super::undo(model);
    }
    Vec::new()
}

/// Says what became of a request that was undone by its number, and remembers how to undo that.
pub(in crate::dashboard::update) fn went_back(
    model: &mut Model,
    number: RequestNumber,
    answers: &[Answer],
) {
    let undoable = model.undos.remember(answers);
    let undo = match (undoable, model.keys.shown(Action::Undo)) {
        (true, key) if !key.is_empty() => format!("; {key} undoes"),
        _ => String::new(),
    };
    tell(model, answers, "not undone", |_, granted| match granted {
        [one] => format!(
            "request {number} undone: {} is wanted of {}{undo}",
            one.desired,
            named(one)
        ),
        _ => format!("request {number} undone, on {}{undo}", tasks(granted.len())),
    });
}

/// Says on which tasks a request stays, since a termination was wanted of them before.
pub(super) fn kept(model: &mut Model, kept: &[Answer]) {
    let whose = match kept {
        [] => return,
        [one] => named(one),
        several => tasks(several.len()),
    };
    let again = match model.keys.shown(Action::Terminate) {
        key if key.is_empty() => String::new(),
        key => format!("; {key} asks for that"),
    };
    let before = Desired::Terminate;
    let text = format!("{whose} not undone: {before} was wanted before{again}");
    model.toasts.say(Toast::failed(text, model.now));
}

/// An error that leaves open what was written must not be taken for "nothing".
pub(in crate::dashboard::update) fn fail(model: &mut Model, done: &str, error: &StoreError) {
    let text = match error {
        StoreError::Unknown { .. } => {
            let why = in_one_line(error);
            format!("unknown whether it was {done}, look again: {why}")
        }
        _ => format!("not {done}: {}", in_one_line(error)),
    };
    model.toasts.say(Toast::failed(text, model.now));
}

/// Says what was granted in a line, and what was refused in a line for each reason.
fn tell(
    model: &mut Model,
    answers: &[Answer],
    not: &str,
    granted_in_words: impl Fn(&Model, &[&Answer]) -> String,
) {
    let mut granted = Vec::new();
    let mut refused: BTreeMap<String, Vec<&Answer>> = BTreeMap::new();
    for answer in answers {
        match &answer.refused {
            None => granted.push(answer),
            Some(why) => refused.entry(shortly(why)).or_default().push(answer),
        }
    }
    for (why, refused) in &refused {
        let text = match refused.as_slice() {
            [one] if answers.len() == 1 => {
                let why = one.refused.as_ref().map(ToString::to_string);
                format!("{} {not}: {}", named(one), why.unwrap_or_default())
            }
            [one] => format!("{} {not}: {why}", named(one)),
            several => format!("{} {not}: {why}", tasks(several.len())),
        };
        model.toasts.say(Toast::failed(text, model.now));
    }
    if !granted.is_empty() {
        let text = granted_in_words(model, &granted);
        model.toasts.say(Toast::done(text, model.now));
    }
}

/// A reason that several tasks can share.
fn shortly(why: &Refused) -> String {
    match why {
        Refused::Ended { outcome } => format!("{outcome} already"),
        Refused::Ending { .. } => "their hooks have begun".into(),
        Refused::AskedSince { by, want, .. } => format!("{by} asked for {want} since"),
        Refused::Lost(_)
        | Refused::NotSuspended
        | Refused::NothingBlocks
        | Refused::NoRollback(_)
        | Refused::Illegal { .. } => why.to_string(),
    }
}

fn named(answer: &Answer) -> String {
    match answer.name.as_str() {
        "" => format!("task {}", answer.number),
        name => format!("task {} ({name})", answer.number),
    }
}

fn tasks(count: usize) -> String {
    human::counted(count as u64, "task", "tasks")
}

fn asked(model: &Model, request: &Request, granted: &[&Answer]) -> String {
    if let [one] = granted {
        return format!("{}: {}", named(one), outcome(model, request, one));
    }
    let want = request.want;
    let already = granted.iter().filter(|answer| answer.request.is_none());
    match (already.count(), granted.len()) {
        (0, all) => format!("{want} asked of {}{}", tasks(all), until(model, request)),
        (already, all) if already == all => format!("{want} is wanted of {} already", tasks(all)),
        (already, all) => {
            let asked = tasks(all - already);
            let already = human::count(already as u64);
            format!("{want} asked of {asked}, wanted of {already} already")
        }
    }
}

/// Where one task goes now, and when it is there.
fn outcome(model: &Model, request: &Request, answer: &Answer) -> String {
    let goal = answer.desired.goal();
    if answer.request.is_none() {
        return format!("{} is wanted already", answer.desired);
    }
    if request.done == Done::TryAgain {
        return "its rollback goes on; a free slot of a worker takes it".into();
    }
    let until = until(model, request);
    if answer.current == goal {
        return format!("{goal}{until}");
    }
    if answer.desired == Desired::Run {
        return "RUN is wanted; a free slot of a worker takes it".into();
    }
    let row = model.tasks.get(answer.number);
    let halted = row.and_then(|row| model.halted(row.worker));
    // By force it was ended, though that is not seen yet.
    if let (Some(worker), Haste::AtBoundary) = (halted, request.haste) {
        let how = worker.halt().0;
        let number = worker.row.number;
        let forces = match answer.desired {
            Desired::Terminate => Action::ForceTerminate,
            Desired::Run | Desired::Suspend => Action::ForceSuspend,
        };
        let forces = match model.keys.shown(forces) {
            key if key.is_empty() => String::new(),
            key => format!("; {key} forces"),
        };
        let want = answer.desired;
        return format!("{want} waits: worker {number} {how}{forces}");
    }
    let when = row.and_then(Row::boundary_at);
    let when = when.map(|at| format!(", {}", due(at, model.now)));
    let when = when.unwrap_or_default();
    match row.map_or(0, Row::in_flight) {
        0 => format!("{} at the next batch boundary{when}{until}", answer.desired),
        in_flight => {
            let flight = flight(in_flight);
            format!("{} after {flight}{when}{until}", answer.desired)
        }
    }
}

/// When it ends by itself, in words.
fn until(model: &Model, request: &Request) -> String {
    request.until.map_or_else(String::new, |at| {
        format!(", until {}", moment::in_full(at, &model.options.zone))
    })
}
