//! What a message changes, and what has to be done for it. No I/O, no clock.

mod asks;
mod comments;
mod leaving;
mod lists;
mod mouse;
mod moves;
mod own;
mod pages;
mod palette;
mod recall;
mod settings;
mod since;
mod submit;

use crossterm::event::{KeyCode, KeyEvent};

use super::action::Action;
use super::effect::Effect;
use super::keymap::Chord;
use super::message::{Message, News};
use super::model::{Model, Size, Toast, Urgency};
use super::reading::Reading;
use super::row::Row;
use super::view;

/// Takes a message in.
pub(crate) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = take(model, message);
    effects.extend(own::settle(model));
    model.tasks.fit(view::list_lines(model));
    effects.extend(pages::settle(model));
    effects.extend(submit::settle(model));
    effects
}

fn take(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => {
            model.touch(Urgency::Now);
            model.looked.go_on(model.now);
            return press(model, key);
        }
        Message::Pointed(pointed) => {
            model.touch(Urgency::Now);
            model.looked.go_on(model.now);
            return mouse::point(model, pointed);
        }
        Message::Resize { columns, rows } => {
            model.size = Size { columns, rows };
            model.touch(Urgency::Now);
        }
        Message::Clock(now) => {
            model.now = now;
            if model.toasts.expire(now) {
                model.touch(Urgency::State);
            }
        }
        Message::Notice(notice) => leaving::noticed(model, &notice),
        Message::WentOn => leaving::went_on(model),
        Message::WorkerEnded => return leaving::ended(model),
        Message::News(News::Made(number, made)) => return recall::hear(model, number, &made),
        Message::News(news) => hear(model, news),
        Message::Answered(request, answer) => {
            model.touch(Urgency::Now);
            return asks::answered(model, &request, answer);
        }
        Message::WasSet(request, answer) => {
            model.touch(Urgency::Now);
            return settings::answered(model, &request, answer);
        }
        Message::Submitted(submission, answer) => {
            model.touch(Urgency::Now);
            return submit::answered(model, &submission, answer);
        }
        Message::RequestUndone(request, answer) => {
            model.touch(Urgency::Now);
            return recall::undone(model, &request, answer);
        }
        Message::Commented(request, answer) => {
            model.touch(Urgency::Now);
            return comments::answered(model, &request, answer);
        }
        Message::Undone(undos, answer) => {
            model.touch(Urgency::Now);
            return asks::undone(model, undos, answer);
        }
    }
    Vec::new()
}

/// The innermost thing that is open takes the key.
fn press(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.code == KeyCode::Enter {
        model.toasts.clear();
    } else {
        // Whatever it says has been seen by now, unless it is an error.
        model.toasts.pass();
    }
    if let Some(first) = model.help {
        model.help = help(model, first, model.keys.action(Chord::of(key)));
        return Vec::new();
    }
    if let Some(effects) = leaving::key(model, key) {
        return effects;
    }
    if model.dialogue.is_some() {
        return asks::key(model, key);
    }
    if model.submitting.is_some() {
        return submit::key(model, key);
    }
    if model.filter.is_open() {
        return lists::key(model, key);
    }
    if model.palette.typing().is_some() {
        return palette::key(model, key);
    }
    if let Some(effects) = pages::key(model, key) {
        return effects;
    }
    match model.keys.action(Chord::of(key)) {
        Some(action) => act(model, action),
        None => Vec::new(),
    }
}

/// Where help goes on from its line `first`; None: it closes.
fn help(model: &Model, first: usize, action: Option<Action>) -> Option<usize> {
    let last = view::help::hidden(model);
    let page = usize::from(model.size.rows / 2);
    match action {
        Some(Action::Down) => Some((first + 1).min(last)),
        Some(Action::Up) => Some(first.saturating_sub(1)),
        Some(Action::PageDown) => Some((first + page).min(last)),
        Some(Action::PageUp) => Some(first.saturating_sub(page)),
        Some(Action::First) => Some(0),
        Some(Action::Last) => Some(last),
        _ => None,
    }
}

/// Does what an action says; palette and keys come here alike.
pub(crate) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::First
        | Action::Last
        | Action::NextMatch
        | Action::PreviousMatch
        | Action::NextAttention
        | Action::PreviousAttention => moves::act(model, action),
        Action::Mark
        | Action::MarkAll
        | Action::Suspend
        | Action::Resume
        | Action::Terminate
        | Action::ForceSuspend
        | Action::ForceTerminate
        | Action::Undo => asks::act(model, action),
        Action::RaiseRate => settings::change_rate(model, settings::Way::Up),
        Action::LowerRate => settings::change_rate(model, settings::Way::Down),
        Action::Priority => {
            settings::type_priority(model);
            Vec::new()
        }
        Action::Submit => {
            submit::open(model);
            Vec::new()
        }
        Action::Comment => {
            comments::type_comment(model);
            Vec::new()
        }
        Action::Filter | Action::Sort | Action::ReverseSort | Action::Freeze => {
            lists::act(model, action)
        }
        Action::Detail
        | Action::NextPane
        | Action::Log
        | Action::Failures
        | Action::Events
        | Action::Workers
        | Action::CopyId => pages::act(model, action),
        // Only pages have these.
        Action::Follow | Action::Wrap | Action::Columns | Action::Left | Action::Right => {
            Vec::new()
        }
        Action::Palette => {
            palette::open(model);
            Vec::new()
        }
        Action::Help => {
            model.help = Some(0);
            Vec::new()
        }
        Action::Close => close(model),
        Action::Redraw => vec![Effect::Redraw],
        Action::ToShell => vec![Effect::ToShell],
        Action::Quit => leaving::quit(model),
    }
}

/// Closes the innermost thing that is open, one at a time.
fn close(model: &mut Model) -> Vec<Effect> {
    let _ =
        model.toasts.clear() || pages::close(model) || lists::close(model) || asks::close(model);
    Vec::new()
}

fn fill(model: &mut Model, rows: Vec<Row>) {
    // The first page is what somebody waits for who just opened it.
    let urgency = if model.tasks.len() == 0 {
        Urgency::Now
    } else {
        Urgency::State
    };
    model.tasks.take(rows);
    model.touch(urgency);
}

fn hear(model: &mut Model, news: News) {
    match news {
        News::Replaced => {
            let text = "another store stands in the place of the one that was shown before";
            model.toasts.say(Toast::failed(text.into(), model.now));
            model.touch(Urgency::State);
        }
        News::Anew => {
            model.tasks.clear();
            model.marks.clear();
            // The numbers it shows may be those of another store's tasks.
            model.dialogue = None;
            model.undos.forget();
            model.looked.end();
            model.rates.clear();
            model.meters.clear();
            model.kinds.grow_old();
            model.pages.begin_anew();
        }
        News::Access(access) => {
            model.options.access = access;
            model.touch(Urgency::State);
        }
        News::Filled(rows) => fill(model, rows),
        News::Whole(rows) => {
            fill(model, rows);
            model.tasks.whole = true;
            model.looked.begin(model.now);
            since::tell(model);
            model.touch(Urgency::State);
        }
        News::LookedBefore(at) => {
            model.looked.before(at);
            since::tell(model);
        }
        News::Changed { rows, gone } => {
            rows.iter().for_each(|row| model.rates.take(row));
            gone.iter().for_each(|task| model.rates.forget(*task));
            if let Some(dialogue) = &mut model.dialogue {
                dialogue.hear(&rows);
            }
            model.pages.try_again();
            model.tasks.take(rows);
            if !gone.is_empty() {
                model.tasks.forget(&gone);
                model.marks.retain(|marked| !gone.contains(marked));
            }
            model.touch(Urgency::Progress);
        }
        News::Happened(events) => {
            model.pages.hear(&events);
            model.touch(Urgency::State);
        }
        News::Workers(workers) => {
            model.workers = workers;
            model.kinds.grow_old();
            model.touch(Urgency::State);
        }
        News::Gates(gates) => {
            model.gates = *gates;
            model.touch(Urgency::State);
        }
        News::Measured(measured) => {
            if model.meters.take(measured, model.now) {
                model.touch(Urgency::Progress);
            }
        }
        News::Health(health) => {
            if model.health != health {
                model.health = health;
                own::try_again(model);
                model.kinds.grow_old();
                model.pages.try_again();
                model.touch(Urgency::State);
            }
        }
        News::Kinds(kinds) => submit::hear(model, kinds),
        News::Unread(Reading::Kinds, why) => submit::fail(model, why),
        News::Unread(Reading::Request(number), why) => recall::fail(model, number, &why),
        // Taken before: effects follow from it.
        News::Made(..) => {}
        news @ (News::Detail(_)
        | News::Log(_)
        | News::LogUnread(..)
        | News::LogGrew(_)
        | News::Events(_)
        | News::Failures(_)
        | News::Whose(_)
        | News::Unread(..)) => pages::hear(model, news),
    }
}
