//! Marks, and what is asked of tasks.

mod freeze;
mod told;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::id::TaskNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::{Blocking, Done, Haste, Hooks};
use longhaul_common::time::Timestamp;

use super::{recall, submit};
use crate::dashboard::action::Action;
use crate::dashboard::effect::{Effect, UndoRequest};
use crate::dashboard::model::{
    Access, Dialogue, Field, Frozen, Line, Model, Next, OfRequest, Page, Toast,
};
use freeze::{freeze, sight};
pub(super) use told::{answered, fail, undone, went_back};

/// What somebody wants of tasks.
pub(super) struct Wanted {
    pub(super) want: Desired,
    pub(super) haste: Haste,
    pub(super) hooks: Hooks,
    pub(super) blocking: Blocking,
    pub(super) done: Done,
    /// When a suspension ends by itself.
    pub(super) until: Option<Timestamp>,
    /// The request by whose number they are meant.
    pub(super) of_request: Option<OfRequest>,
    pub(super) tasks: Vec<TaskNumber>,
    pub(super) reason: Option<String>,
}

impl Wanted {
    /// Nothing else but a state.
    pub(super) fn of(want: Desired, tasks: Vec<TaskNumber>, reason: Option<String>) -> Self {
        Self {
            want,
            haste: Haste::AtBoundary,
            hooks: Hooks::Run,
            blocking: Blocking::Again,
            done: Done::AsBrought,
            until: None,
            of_request: None,
            tasks,
            reason,
        }
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Mark => mark(model),
        Action::MarkAll => mark_all(model),
        Action::Suspend => return press(model, Desired::Suspend, Haste::AtBoundary),
        Action::Resume => return press(model, Desired::Run, Haste::AtBoundary),
        Action::Terminate => return press(model, Desired::Terminate, Haste::AtBoundary),
        Action::ForceSuspend => return press(model, Desired::Suspend, Haste::ByForce),
        Action::ForceTerminate => return press(model, Desired::Terminate, Haste::ByForce),
        Action::Undo => return undo(model),
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

/// The tasks that a request is about which names none: the page's, else the marked ones, else the
/// one under the cursor.
pub(super) fn meant(model: &Model) -> Vec<TaskNumber> {
    if let Some(task) = model.subject() {
        vec![task]
    } else if model.marks.is_empty() || model.pages.top().is_some() {
        model.meant().into_iter().collect()
    } else {
        model.marks.iter().copied().collect()
    }
}

fn press(model: &mut Model, want: Desired, haste: Haste) -> Vec<Effect> {
    if let Some(task) = model.to_retry().filter(|_| want == Desired::Run) {
        return submit::retry(model, task, None);
    }
    let wanted = Wanted {
        haste,
        ..Wanted::of(want, meant(model), None)
    };
    ask(model, wanted)
}

/// Asks at once where nothing can go wrong that `r` or `s` would not mend, else opens a dialogue.
pub(super) fn ask(model: &mut Model, wanted: Wanted) -> Vec<Effect> {
    if let Some(refused) = read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    let Wanted { want, haste, .. } = wanted;
    let rows = wanted
        .tasks
        .iter()
        .filter_map(|task| model.tasks.get(*task));
    let tasks: Vec<Frozen> = rows.map(|row| freeze(model, row)).collect();
    if tasks.is_empty() {
        return Vec::new();
    }
    let foreign = want == Desired::Run && tasks.iter().any(|task| task.suspended_by.is_some());
    // Who looks at what failed is asked what is to become of it.
    let skips = wanted.blocking == Blocking::PassOver
        || (want == Desired::Run
            && matches!(model.pages.top(), Some(Page::Failures(_)))
            && tasks.iter().any(|task| task.blocked));
    let asks = want == Desired::Terminate
        || haste == Haste::ByForce
        || tasks.len() > 1
        || foreign
        || skips;
    let sight = sight(model, &tasks);
    let mut dialogue = Dialogue::new(want, haste, tasks, sight);
    dialogue.hooks = wanted.hooks;
    dialogue.blocking = wanted.blocking;
    dialogue.ask_of_done(wanted.done);
    dialogue.until = wanted.until;
    dialogue.of_request = wanted.of_request;
    dialogue.reason = Line::of(wanted.reason.unwrap_or_default());
    if asks {
        model.dialogue = Some(dialogue);
        return Vec::new();
    }
    send(model, &dialogue)
}

pub(super) fn read_only(model: &Model) -> Option<Toast> {
    let barred = match model.options.access {
        Access::Control => return None,
        Access::ReadOnly => "the store is open to look only",
        Access::Barred => "you may only read this store: its owner can ask this",
    };
    Some(Toast::failed(barred.into(), model.now))
}

fn send(model: &mut Model, dialogue: &Dialogue) -> Vec<Effect> {
    // It may have become so while the dialogue was open.
    if let Some(refused) = read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    if let (Some(OfRequest::Undo(number, _)), Some(first)) =
        (dialogue.of_request, dialogue.tasks.first())
    {
        let reason = dialogue.reason().map(str::to_owned);
        let of = (first.number, first.id);
        return recall::send(model, UndoRequest { number, reason, of });
    }
    model.undos.ask();
    vec![Effect::Ask(dialogue.request())]
}

pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    if let Some(refused) = read_only(model) {
        model.toasts.say(refused);
        return Vec::new();
    }
    match model.undos.next() {
        Next::Undo(written) => {
            told::kept(model, &written.kept);
            if !written.settings.is_empty() {
                let requests = written.settings.into_iter();
                return requests
                    .map(|request| {
                        model.undos.ask();
                        Effect::Set(request)
                    })
                    .collect();
            }
            if !written.undos.is_empty() {
                model.undos.ask();
                return vec![Effect::Undo(written.undos)];
            }
        }
        Next::Wait => {}
        Next::Nothing => {
            let nothing = "nothing to undo: nothing was asked from here";
            model.toasts.say(Toast::done(nothing.into(), model.now));
        }
    }
    Vec::new()
}

/// A key while a dialogue is open. Only `y`, or the number of the tasks where they are many, goes on.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Some(mut dialogue) = model.dialogue.take() else {
        return Vec::new();
    };
    match answer(&mut dialogue, key) {
        Answer::None => model.dialogue = Some(dialogue),
        Answer::No => {}
        Answer::Yes => {
            model.marks.clear();
            return send(model, &dialogue);
        }
        Answer::Copy => {
            let command = dialogue.command(&model.options.store);
            model.dialogue = Some(dialogue);
            model.toasts.say(Toast::done(
                "the command was sent to the terminal's clipboard".into(),
                model.now,
            ));
            return vec![Effect::Copy(command)];
        }
    }
    Vec::new()
}

/// What a key is to a dialogue.
enum Answer {
    None,
    No,
    Yes,
    Copy,
}

fn answer(dialogue: &mut Dialogue, key: KeyEvent) -> Answer {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match (dialogue.field, key.code) {
        (_, KeyCode::Char('c')) if control => return Answer::No,
        (Field::Reason, KeyCode::Tab | KeyCode::Esc | KeyCode::Enter) => {
            dialogue.field = dialogue.answers();
        }
        (Field::Reason, _) => {
            dialogue.reason.key(key);
        }
        (Field::Answer | Field::Count, KeyCode::Esc) => return Answer::No,
        (Field::Answer | Field::Count, KeyCode::Tab) => dialogue.field = Field::Reason,
        (Field::Answer | Field::Count, KeyCode::Char('c')) => return Answer::Copy,
        (Field::Answer | Field::Count, KeyCode::Char('x'))
            if !control && dialogue.can_pass_over() =>
        {
            dialogue.toggle_hooks();
        }
        (Field::Answer | Field::Count, KeyCode::Char('x')) if !control && dialogue.can_skip() => {
            dialogue.toggle_blocking();
        }
        (Field::Answer | Field::Count, KeyCode::Char('k')) if !control && dialogue.can_keep() => {
            dialogue.toggle_keep();
        }
        (Field::Answer, KeyCode::Char('n')) if !control => return Answer::No,
        (Field::Answer, KeyCode::Char('y')) if !control => return Answer::Yes,
        (Field::Answer, _) => {}
        (Field::Count, KeyCode::Enter) if dialogue.is_counted() => return Answer::Yes,
        // What else is a letter could only be a slip.
        (Field::Count, KeyCode::Char(letter)) if !control && !letter.is_ascii_digit() => {}
        (Field::Count, _) => {
            dialogue.count.key(key);
        }
    }
    Answer::None
}

#[cfg(test)]
mod tests;
