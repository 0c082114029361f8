//! Pages in the list's place, and the pane beside it.

mod detail;
mod events;
mod failures;
mod log;
mod workers;

use crossterm::event::KeyEvent;
use longhaul_common::id::TaskNumber;

use super::lists;
use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::keymap::Chord;
use crate::dashboard::message::News;
use crate::dashboard::model::{
    Detail, EventsPage, FailuresPage, Focus, LogPage, Model, Page, Toast, Urgency,
};
use crate::dashboard::reading::{Reading, WhoseNews};
use crate::dashboard::view;
pub(super) use workers::step;

/// A key while a page is seen, or the detail has the keys; None: it is nothing to them.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Option<Vec<Effect>> {
    if log::is_typed_in(model) {
        log::type_key(model, key);
        return Some(Vec::new());
    }
    take(model, model.keys.action(Chord::of(key))?)
}

/// An action while a page is seen, or the detail has the keys; None: it is nothing to them.
pub(super) fn take(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if model.pages.top().is_none() {
        return detail::key(model, action).then(Vec::new);
    }
    if is_of_all_pages(model, action) {
        return None;
    }
    match model.pages.top() {
        Some(Page::Log(_)) => log::act(model, action),
        Some(Page::Events(_)) => events::act(model, action),
        Some(Page::Workers(_)) => workers::act(model, action),
        Some(Page::Failures(_)) => failures::act(model, action),
        None => {}
    }
    Some(Vec::new())
}

/// Whether an action does on a page what it does everywhere.
fn is_of_all_pages(model: &Model, action: Action) -> bool {
    match action {
        Action::Palette
        | Action::Help
        | Action::Close
        | Action::Redraw
        | Action::ToShell
        | Action::Quit
        | Action::Log
        | Action::Failures
        | Action::Events
        | Action::Workers
        | Action::CopyId
        | Action::Submit
        | Action::Undo => true,
        // The list and its marks are out of sight: on pages of a task that one is meant.
        Action::Suspend
        | Action::Resume
        | Action::Terminate
        | Action::ForceSuspend
        | Action::ForceTerminate
        | Action::RaiseRate
        | Action::LowerRate
        | Action::Comment
        | Action::Priority => model.subject().is_some(),
        _ => false,
    }
}

/// Opens what an action opens, of this task.
pub(super) fn show(model: &mut Model, action: Action, task: TaskNumber) {
    let page = match action {
        Action::Log => Page::Log(Box::new(LogPage::of(task, view::log::head(model)))),
        Action::Failures => Page::Failures(Box::new(FailuresPage::of(task))),
        Action::Events => Page::Events(Box::new(EventsPage::of(Some(task)))),
        _ => {
            go_to(model, task);
            if model.pages.detail.is_none() {
                detail::toggle(model);
            }
            return;
        }
    };
    model.pages.show(page);
}

/// What opens and closes pages.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Detail => detail::toggle(model),
        Action::NextPane => detail::next_pane(model),
        Action::Log => {
            if let Some(task) = model.meant() {
                let head = view::log::head(model);
                model
                    .pages
                    .toggle(Page::Log(Box::new(LogPage::of(task, head))));
            }
        }
        Action::Failures => {
            if let Some(task) = model.meant() {
                model
                    .pages
                    .toggle(Page::Failures(Box::new(FailuresPage::of(task))));
            }
        }
        Action::Events => {
            let in_detail = model
                .pages
                .detail
                .as_ref()
                .filter(|detail| detail.focus == Focus::Detail);
            let of_detail = in_detail.and_then(Detail::of);
            let task = match model.pages.top() {
                Some(Page::Events(events)) => events.task,
                Some(page) => page.task(),
                None => of_detail,
            };
            model
                .pages
                .toggle(Page::Events(Box::new(EventsPage::of(task))));
        }
        Action::Workers => model.pages.toggle(Page::Workers(Default::default())),
        Action::CopyId => return copy(model),
        _ => {}
    }
    Vec::new()
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let row = model.meant().and_then(|task| model.tasks.get(task));
    let Some((number, id)) = row.map(|row| (row.number, row.id.to_string())) else {
        return Vec::new();
    };
    model.toasts.say(Toast::done(
        format!("sent to the terminal's clipboard: {id}, the id of task {number}"),
        model.now,
    ));
    vec![Effect::Copy(id)]
}

/// Closes the innermost that is open, if anything is.
pub(super) fn close(model: &mut Model) -> bool {
    log::stop_finding(model) || model.pages.close() || model.pages.detail.take().is_some()
}

/// Goes to a task on the list; a filter that hides it goes.
fn go_to(model: &mut Model, task: TaskNumber) {
    if model.tasks.get(task).is_none() {
        let gone = format!("task {task} is not there any more");
        model.toasts.say(Toast::failed(gone, model.now));
        return;
    }
    model.pages.close_all();
    if !model.tasks.select(task) {
        lists::close(model);
        model.tasks.select(task);
    }
}

/// Goes to a task and opens what is known of it.
pub(super) fn open_on(model: &mut Model, task: TaskNumber) {
    go_to(model, task);
    if model.pages.detail.is_none() {
        detail::toggle(model);
    }
}

/// What of the news is about pages.
pub(super) fn hear(model: &mut Model, news: News) {
    let seen = model.pages.top().is_some() || model.pages.detail.is_some();
    if seen {
        model.touch(Urgency::State);
    }
    match news {
        News::Detail(known) => {
            if let Some(detail) = &mut model.pages.detail {
                detail.take(known);
            }
        }
        News::LogGrew(task) => {
            if let Some(detail) = &mut model.pages.detail
                && detail.of() == Some(task)
            {
                detail.grow_old();
            }
        }
        News::Log(news) => log::hear(model, &news),
        News::LogUnread(task, why) => {
            if let Some(log) = model.pages.log().filter(|log| log.task == task) {
                log.fail(why);
            }
        }
        News::Events(news) => {
            if let Some(events) = model.pages.events() {
                events.take(news);
            }
        }
        News::Failures(found) => {
            if let Some(failures) = model.pages.failures() {
                failures.take(found);
            }
        }
        News::Whose(news) => tell_whose(model, news),
        News::Unread(reading, why) => fail(model, reading, why),
        News::Anew
        | News::Replaced
        | News::Access(_)
        | News::Filled(_)
        | News::Whole(_)
        | News::Changed { .. }
        | News::Happened(_)
        | News::Workers(_)
        | News::Gates(_)
        | News::LookedBefore(_)
        | News::Health(_)
        | News::Kinds(_)
        | News::Made(..)
        | News::Measured(_) => {}
    }
}

/// Goes to the task that a process works for, and says what was found.
fn tell_whose(model: &mut Model, news: WhoseNews) {
    model.touch(Urgency::Now);
    if let Some(task) = news.task {
        go_to(model, task);
    }
    model.toasts.say(match news.told {
        Ok(found) => Toast::done(found, model.now),
        Err(nothing) => Toast::failed(nothing, model.now),
    });
}

fn fail(model: &mut Model, reading: Reading, why: String) {
    let pages = &mut model.pages;
    match reading {
        Reading::Detail(task) => {
            if let Some(detail) = &mut pages.detail {
                detail.fail(task, why);
            }
        }
        Reading::OlderLog { task, .. } => {
            if let Some(log) = pages.log().filter(|log| log.task == task) {
                log.fail(why);
            }
        }
        Reading::Events { .. } => {
            if let Some(events) = pages.events() {
                events.fail(reading, why);
            }
        }
        Reading::Failures(task) => {
            if let Some(failures) = pages.failures().filter(|failures| failures.task == task) {
                failures.fail(why);
            }
        }
        Reading::Whose(pid) => {
            let text = format!("whose process {pid} is can't be told now: {why}");
            model.touch(Urgency::Now);
            model.toasts.say(Toast::failed(text, model.now));
        }
        Reading::Kinds | Reading::Request(_) => {}
    }
}

/// Compares what is on the screen with what was asked for, and asks for what is missing.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    let mut effects = detail::settle(model);
    effects.extend(log::settle(model));
    let lines = view::events::lines(model);
    if let Some(events) = model.pages.events() {
        events.fit(lines);
        effects.extend(events.next_reading().map(Effect::Read));
    }
    effects.extend(failures::settle(model));
    workers::settle(model);
    effects
}

#[cfg(test)]
mod tests;
