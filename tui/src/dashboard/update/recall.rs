//! Requests that are meant by their numbers, whoever made them: undone, or their tasks resumed.

use longhaul_common::id::RequestNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::{Made, StoreError, Undo, Undone};

use super::{asks, settings};
use crate::choosing::{no_request, nothing_left};
use crate::dashboard::effect::{Effect, UndoRequest};
use crate::dashboard::model::{Model, OfRequest, Recall, Recalled, Toast, Urgency};
use crate::dashboard::reading::Reading;

/// Looks what a request was; what is to become of it follows then.
pub(super) fn look(
    model: &mut Model,
    number: u64,
    to: Recall,
    reason: Option<String>,
) -> Vec<Effect> {
    if let Some(refused) = asks::read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    let number = RequestNumber(number);
    model.recalled = Some(Recalled { number, to, reason });
    vec![Effect::Read(Reading::Request(number))]
}

/// It is known what a request was.
pub(super) fn hear(model: &mut Model, number: RequestNumber, made: &Made) -> Vec<Effect> {
    let recalled = model.recalled.take_if(|recalled| recalled.number == number);
    let Some(Recalled { to, reason, .. }) = recalled else {
        return Vec::new();
    };
    model.touch(Urgency::Now);
    match (made, to) {
        (Made::Never, _) => say(model, no_request(number).in_a_line()),
        (Made::Gone, _) => say(model, nothing_left(number).in_a_line()),
        (Made::Set(_), Recall::Resume) => {
            say(
                model,
                format!("request {number} changed settings: it suspended nothing"),
            );
        }
        (Made::Set(set), Recall::Undo) => {
            let first = set.first().and_then(|(task, _)| model.tasks.get(*task));
            if let Some(of) = first.map(|row| (row.number, row.id)) {
                return send(model, UndoRequest { number, reason, of });
            }
            say(model, nothing_left(number).in_a_line());
        }
        (Made::Asked(undos), to) => return ask(model, number, to, undos, reason),
    }
    Vec::new()
}

/// Asks where that has to be seen first, as always; else it is done.
fn ask(
    model: &mut Model,
    number: RequestNumber,
    to: Recall,
    undos: &[Undo],
    reason: Option<String>,
) -> Vec<Effect> {
    let back_to = |want: Desired| undos.iter().filter(move |undo| undo.before.desired == want);
    let (want, of) = match to {
        Recall::Resume => (Desired::Run, OfRequest::Resume(number)),
        Recall::Undo => {
            let ended = back_to(Desired::Terminate).count();
            let runs = back_to(Desired::Run).next().is_some();
            let want = match (ended, runs) {
                (1.., _) => Desired::Terminate,
                (0, true) => Desired::Run,
                (0, false) => Desired::Suspend,
            };
            (want, OfRequest::Undo(number, ended))
        }
    };
    let wanted = asks::Wanted {
        of_request: Some(of),
        ..asks::Wanted::of(want, undos.iter().map(|undo| undo.task).collect(), reason)
    };
    asks::ask(model, wanted)
}

/// Has a request undone.
pub(super) fn send(model: &mut Model, request: UndoRequest) -> Vec<Effect> {
    model.undos.ask();
    vec![Effect::UndoRequest(request)]
}

/// It can't be read what a request was.
pub(super) fn fail(model: &mut Model, number: RequestNumber, why: &str) {
    model.recalled = None;
    say(
        model,
        format!("what request {number} was can't be told now: {why}"),
    );
    model.touch(Urgency::Now);
}

fn say(model: &mut Model, text: String) {
    model.toasts.say(Toast::failed(text, model.now));
}

/// Says what became of a request that was undone by its number. That can be undone in its turn.
pub(super) fn undone(
    model: &mut Model,
    request: &UndoRequest,
    answer: Result<Undone, StoreError>,
) -> Vec<Effect> {
    match answer {
        Ok(Undone::Never) => say(model, no_request(request.number).in_a_line()),
        Ok(Undone::Gone) => say(model, nothing_left(request.number).in_a_line()),
        Ok(Undone::Asked(answers)) => asks::went_back(model, request.number, &answers),
        Ok(Undone::Set(answers)) => settings::went_back(model, &answers),
        Err(error) => asks::fail(model, "undone", &error),
    }
    if model.undos.answered() {
        return asks::undo(model);
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
