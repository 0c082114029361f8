//! The last line: what was done, or the keys that act here.

use longhaul_common::id::TaskNumber;
use longhaul_common::safe_text::width;
use longhaul_common::state::{Desired, StateWord};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::dashboard::action::Action;
use crate::dashboard::model::{Ends, Model, Page, Place, Submitting};
use crate::output::human;
use crate::output::paint::Tone;

/// Keys and what they do, those that matter most first.
type Told = &'static [(Action, &'static str)];

const LIST: Told = &[
    (Action::Suspend, "suspend"),
    (Action::Resume, "resume"),
    (Action::Terminate, "terminate"),
    (Action::Help, "help"),
    (Action::Detail, "detail"),
    (Action::Log, "log"),
    (Action::Filter, "filter"),
    (Action::Quit, "quit"),
    (Action::Undo, "undo"),
    (Action::Mark, "mark"),
    (Action::NextAttention, "attention"),
    (Action::Failures, "failures"),
    (Action::Events, "events"),
    (Action::Workers, "workers"),
    (Action::Palette, "commands"),
    (Action::Submit, "submit"),
    (Action::Sort, "sort"),
    (Action::MarkAll, "mark all"),
    (Action::ToShell, "shell"),
];

const DETAIL: Told = &[
    (Action::Close, "close"),
    (Action::NextPane, "list"),
    (Action::Suspend, "suspend"),
    (Action::Resume, "resume"),
    (Action::Terminate, "terminate"),
    (Action::Log, "log"),
    (Action::Help, "help"),
    (Action::Events, "its events"),
    (Action::Failures, "failures"),
    (Action::CopyId, "copy id"),
    (Action::Quit, "quit"),
];

const LOG: Told = &[
    (Action::Close, "back"),
    (Action::Filter, "search"),
    (Action::NextMatch, "next"),
    (Action::PreviousMatch, "previous"),
    (Action::Follow, "follow"),
    (Action::Wrap, "wrap"),
    (Action::Help, "help"),
    (Action::Suspend, "suspend"),
    (Action::Resume, "resume"),
    (Action::Terminate, "terminate"),
    (Action::Columns, "columns"),
    (Action::Right, "right"),
    (Action::Left, "left"),
    (Action::Failures, "failures"),
    (Action::Events, "its events"),
];

const EVENTS: Told = &[
    (Action::Close, "back"),
    (Action::Detail, "to the task"),
    (Action::NextPane, "this task or all"),
    (Action::Log, "its log"),
    (Action::Help, "help"),
    (Action::Follow, "follow"),
    (Action::Failures, "failures"),
    (Action::Workers, "workers"),
    (Action::Quit, "quit"),
];

const WORKERS: Told = &[
    (Action::Close, "back"),
    (Action::Detail, "its tasks"),
    (Action::Events, "events"),
    (Action::Help, "help"),
    (Action::Quit, "quit"),
];

const FAILURES: Told = &[
    (Action::Close, "back"),
    (Action::Suspend, "suspend"),
    (Action::Resume, "resume"),
    (Action::Terminate, "terminate"),
    (Action::Log, "log"),
    (Action::Help, "help"),
    (Action::Events, "its events"),
    (Action::Detail, "to the task"),
    (Action::Quit, "quit"),
];

const FAILURES_TO_RETRY: Told = &[
    (Action::Close, "back"),
    (Action::Suspend, "suspend"),
    (Action::Resume, "retry"),
    (Action::Terminate, "terminate"),
    (Action::Log, "log"),
    (Action::Help, "help"),
    (Action::Events, "its events"),
    (Action::Detail, "to the task"),
    (Action::Quit, "quit"),
];

const FAILURES_OF_ENDED: Told = &[
    (Action::Close, "back"),
    (Action::Resume, "retry"),
    (Action::Log, "log"),
    (Action::Help, "help"),
    (Action::Events, "its events"),
    (Action::Detail, "to the task"),
    (Action::Quit, "quit"),
];

/// The keys that are told of here.
fn told(model: &Model) -> Told {
    match model.pages.top() {
        Some(Page::Log(_)) => LOG,
        Some(Page::Events(_)) => EVENTS,
        Some(Page::Workers(_)) => WORKERS,
        Some(Page::Failures(page)) if has_ended(model, page.task) => FAILURES_OF_ENDED,
        Some(Page::Failures(_)) if retries(model) => FAILURES_TO_RETRY,
        Some(Page::Failures(_)) => FAILURES,
        None if super::detail::has_keys(model) => DETAIL,
        None => LIST,
    }
}

/// The keys while something is filled in.
fn keys_of(submitting: &Submitting) -> &'static [(&'static str, &'static str)] {
    match submitting {
        Submitting::Choosing(_) => &[("enter", "choose"), ("esc", "close")],
        Submitting::Awaiting(_) => &[("esc", "close")],
        Submitting::Filling(form) => match form.field() {
            Some(field) if !field.choices.is_empty() => &[
                ("enter", "submit"),
                ("tab", "next"),
                ("space", "change"),
                ("esc", "leave"),
                ("^y", "copy the command"),
            ],
            Some(_) | None => &[
                ("enter", "submit"),
                ("tab", "next"),
                ("^u", "empty"),
                ("esc", "leave"),
                ("^y", "copy the command"),
            ],
        },
    }
}

fn has_ended(model: &Model, task: TaskNumber) -> bool {
    let row = model.tasks.get(task);
    row.is_some_and(|row| row.current == StateWord::Terminate)
}

/// Whether what failed of the page's task would be tried again.
fn retries(model: &Model) -> bool {
    match model.pages.top() {
        Some(Page::Failures(page)) => page.has_failed() && model.to_retry().is_some(),
        _ => false,
    }
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let columns = usize::from(area.width);
    if let Some(toast) = model.toasts.last() {
        let text = theme.fit(&toast.text, columns);
        frame.render_widget(Line::styled(text, theme.tone(toast.tone)), area);
        return;
    }
    let mut spans = Vec::new();
    let mut taken = 0;
    if let Some(submitting) = &model.submitting {
        for (key, word) in keys_of(submitting) {
            spans.push(Span::styled(*key, theme.tone(Tone::Strong)));
            spans.push(Span::raw(format!(" {word}  ")));
        }
        frame.render_widget(Line::from(spans), area);
        return;
    }
    if !model.marks.is_empty() && model.pages.top().is_none() {
        let marked = format!("{} marked  ", human::count(model.marks.len() as u64));
        taken += width(&marked);
        spans.push(Span::styled(marked, theme.tone(Tone::Attention)));
    }
    for &(action, word) in told(model) {
        let key = model.keys.shown(action);
        let length = width(&key) + width(word) + 3;
        if key.is_empty() || taken + length > columns + 2 {
            continue;
        }
        taken += length;
        let (strong, plain) = if acts(model, action) {
            (Tone::Strong, Tone::Plain)
        } else {
            (Tone::Quiet, Tone::Quiet)
        };
        spans.push(Span::styled(key, theme.tone(strong)));
        spans.push(Span::styled(format!(" {word}  "), theme.tone(plain)));
    }
    frame.render_widget(Line::from(spans), area);
}

/// Whether an action would do something here.
fn acts(model: &Model, action: Action) -> bool {
    let want = match action {
        Action::Suspend | Action::ForceSuspend => Desired::Suspend,
        Action::Resume => Desired::Run,
        Action::Terminate | Action::ForceTerminate => Desired::Terminate,
        _ => return acts_on_page(model, action),
    };
    if model.options.access.only_looks() {
        return false;
    }
    if model.pages.top().is_none() && !model.marks.is_empty() {
        return true;
    }
    let task = model.subject().or(model.meant());
    let row = task.and_then(|task| model.tasks.get(task));
    if want == Desired::Run && retries(model) {
        return true;
    }
    row.is_some_and(|row| match row.current {
        StateWord::Terminate => false,
        _ => row.desired != want,
    })
}

fn acts_on_page(model: &Model, action: Action) -> bool {
    match (model.pages.top(), action) {
        (_, Action::Submit) => !model.options.access.only_looks(),
        (None, Action::Mark | Action::MarkAll) => model.tasks.listed() > 0,
        (_, Action::Undo) => !model.undos.is_empty() && !model.options.access.only_looks(),
        (Some(Page::Log(log)), Action::NextMatch | Action::PreviousMatch) => {
            !log.find.text.is_empty()
        }
        (Some(Page::Log(log)), Action::Follow) => log.place != Place::End,
        (Some(Page::Log(log)), Action::Right) => log.look.ends == Ends::Cut,
        (Some(Page::Log(log)), Action::Left) => log.look.shift > 0,
        (Some(Page::Events(events)), Action::Follow) => events.missed.is_some(),
        (Some(Page::Events(events)), Action::NextPane) => {
            events.task.is_some() || model.meant().is_some()
        }
        (Some(Page::Workers(_)), Action::Detail) => model.present_workers().next().is_some(),
        (Some(Page::Failures(failures)), Action::Detail) => {
            model.tasks.get(failures.task).is_some()
        }
        (_, Action::Detail | Action::Log | Action::Failures | Action::CopyId) => {
            model.meant().is_some()
        }
        _ => true,
    }
}
