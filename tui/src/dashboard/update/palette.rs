//! Commands that are typed: the command line's own words, and every action by its name.

mod choices;
mod tasks;
mod words;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::id::TaskNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::{Blocking, Done, Haste, Hooks};
use longhaul_common::time::Timestamp;

use super::asks::{self, Wanted};
use super::{comments, lists, pages, recall, settings, submit};
use crate::cli::{AskArgs, CareArgs, FilterArgs, RequestArgs, ResumeArgs, SetArgs};
use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::{Choices, Completed, Line, Model, Recall, Sort, SortBy, Typed};
use crate::dashboard::reading::Reading;
use crate::exit::Failure;
use crate::verbs::comment::check_text;
use crate::verbs::set::read;
use words::{Command, Words};

/// Opens the line.
pub(super) fn open(model: &mut Model) {
    model.palette.open();
    choose(model);
}

/// Opens the line with something typed already.
pub(super) fn open_with(model: &mut Model, text: &str) {
    model.palette.open();
    if let Some(typing) = model.palette.typing_mut() {
        typing.line = Line::of(text);
    }
    choose(model);
}

/// Opens the line with something typed already, before and behind the cursor.
pub(super) fn open_around(model: &mut Model, before: &str, behind: &str) {
    model.palette.open();
    if let Some(typing) = model.palette.typing_mut() {
        typing.line = Line::around(before, behind);
    }
    choose(model);
}

/// A key while the line is open.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Some(typing) = model.palette.typing_mut() else {
        return Vec::new();
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let empty = typing.line.text().is_empty();
    match key.code {
        KeyCode::Enter => return enter(model),
        KeyCode::Esc => model.palette.close(),
        KeyCode::Char('c') if control => model.palette.close(),
        // Nothing is left to remove: the line goes, as in other programs.
        KeyCode::Backspace if empty => model.palette.close(),
        KeyCode::Tab | KeyCode::BackTab => {
            let step = if key.code == KeyCode::Tab { 1 } else { -1 };
            if typing.complete(step) == Completed::Further {
                choose(model);
            }
        }
        KeyCode::Up => {
            model.palette.older();
            choose(model);
        }
        KeyCode::Down => {
            model.palette.newer();
            choose(model);
        }
        _ => {
            if typing.line.key(key) != Typed::Other {
                choose(model);
            }
        }
    }
    Vec::new()
}

/// Looks what the word before the cursor can become.
pub(super) fn choose(model: &mut Model) {
    let Some(typing) = model.palette.typing() else {
        return;
    };
    let choices = choices::of(model, typing.line.before());
    if let Some(typing) = model.palette.typing_mut() {
        typing.choices = choices;
        typing.at = None;
        typing.error = None;
    }
}

/// Does what was typed; what can't be done stays, and is told.
fn enter(model: &mut Model) -> Vec<Effect> {
    // Closed before, since some commands open it again.
    let Some(mut typing) = model.palette.take() else {
        return Vec::new();
    };
    let text = typing.line.text().trim().to_owned();
    match run(model, &text) {
        Ok(effects) => {
            model.palette.remember(&text);
            effects
        }
        Err(error) => {
            typing.error = Some(error);
            typing.choices = Choices::default();
            typing.at = None;
            model.palette.put_back(typing);
            Vec::new()
        }
    }
}

fn run(model: &mut Model, text: &str) -> Result<Vec<Effect>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    // A filter has quotes of its own.
    if let Some(("filter", filter)) = text.split_once(char::is_whitespace) {
        lists::filter_by(model, filter.trim().to_owned()).map_err(|error| error.to_string())?;
        model.pages.close_all();
        return Ok(Vec::new());
    }
    match words::parse(text)? {
        Command::Words(words) => say(model, *words, text),
        Command::Action(action) if action.is_of_pages() && model.pages.top().is_none() => {
            Err(format!("{} is for a page: open it first", action.name()))
        }
        Command::Action(action) => Ok(act(model, action)),
    }
}

/// Does what an action's key would do here.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    pages::take(model, action).unwrap_or_else(|| super::act(model, action))
}

fn say(model: &mut Model, words: Words, text: &str) -> Result<Vec<Effect>, String> {
    match words {
        Words::Suspend(args) => {
            let until = args
                .end(model.now, &model.options.zone)
                .map_err(Failure::in_a_line)?;
            let how = How {
                until,
                ..How::default()
            };
            ask_by(model, Desired::Suspend, how, args.ask)
        }
        Words::Terminate(args) => {
            let hooks = if args.no_hooks {
                Hooks::PassOver
            } else {
                Hooks::Run
            };
            let how = How {
                hooks,
                done: args.done(),
                ..How::default()
            };
            ask_by(model, Desired::Terminate, how, args.ask)
        }
        Words::Rollback(args) => {
            let how = How {
                done: Done::TryAgain,
                ..How::default()
            };
            ask(model, Desired::Terminate, how, args)
        }
        Words::Resume(ResumeArgs {
            of_request: Some(number),
            request,
            ..
        }) => {
            if !request.choice.tasks.is_empty() {
                return Err("--request names its tasks: leave the others out".into());
            }
            Ok(recall::look(model, number, Recall::Resume, request.reason))
        }
        Words::Undo { request: None, .. } => Ok(act(model, Action::Undo)),
        Words::Undo {
            request: Some(number),
            reason,
        } => Ok(recall::look(model, number, Recall::Undo, reason)),
        Words::Comment { words } if words.is_empty() => Ok(act(model, Action::Comment)),
        Words::Comment { words } => comment(model, &words),
        Words::Resume(args) => {
            let blocking = if args.skip {
                Blocking::PassOver
            } else {
                Blocking::Again
            };
            let how = How {
                blocking,
                ..How::default()
            };
            ask(model, Desired::Run, how, args.request)
        }
        Words::Retry(args) => {
            let task = match args.task.as_deref() {
                Some(text) => Some(tasks::find(model, text)?),
                None => model.meant(),
            };
            let task = task.ok_or("no task is meant here: name one")?;
            Ok(submit::retry(model, task, args.reason))
        }
        Words::Submit(args) => {
            let words = shell_words::split(text).map_err(|error| error.to_string())?;
            submit::say(model, &args, words.into_iter().skip(1).collect())
        }
        Words::Set(args) => set(model, &args),
        Words::Show(of) => show(model, Action::Detail, of.task.as_deref()),
        Words::Log(of) => show(model, Action::Log, of.task.as_deref()),
        Words::Events(of) => show(model, Action::Events, of.task.as_deref()),
        Words::Failures(of) => show(model, Action::Failures, of.task.as_deref()),
        Words::Whose { pid } => Ok(vec![Effect::Read(Reading::Whose(pid.into()))]),
        Words::Filter { .. } => Ok(act_on_list(model, Action::Filter)),
        Words::Sort {
            column: None,
            reverse,
        } => {
            let action = if reverse {
                Action::ReverseSort
            } else {
                Action::Sort
            };
            Ok(act_on_list(model, action))
        }
        Words::Sort {
            column: Some(column),
            reverse,
        } => {
            let by = SortBy::called(&column).ok_or_else(|| {
                let names = SortBy::ALL.map(SortBy::name).join(", ");
                format!("there is no column {column}; there are {names}")
            })?;
            let sort = Sort::by(by);
            let sort = if reverse { sort.reversed() } else { sort };
            model.pages.close_all();
            model.tasks.set_sort(sort);
            Ok(Vec::new())
        }
        Words::Mark { tasks } if tasks.is_empty() => Ok(act_on_list(model, Action::Mark)),
        Words::Mark { tasks } => {
            let found = tasks::find_all(model, &tasks)?;
            model.pages.close_all();
            model.marks.extend(found);
            Ok(Vec::new())
        }
    }
}

/// What is of the list is seen there.
fn act_on_list(model: &mut Model, action: Action) -> Vec<Effect> {
    model.pages.close_all();
    super::act(model, action)
}

/// What else is asked for with a state.
#[derive(Default)]
struct How {
    haste: Haste,
    hooks: Hooks,
    blocking: Blocking,
    done: Done,
    until: Option<Timestamp>,
}

fn ask_by(
    model: &mut Model,
    want: Desired,
    how: How,
    args: AskArgs,
) -> Result<Vec<Effect>, String> {
    let haste = args.haste();
    ask(model, want, How { haste, ..how }, args.request)
}

fn ask(
    model: &mut Model,
    want: Desired,
    how: How,
    args: RequestArgs,
) -> Result<Vec<Effect>, String> {
    if args.wait {
        return Err("--wait is the command line's: here the list shows when it is so".into());
    }
    is_of_a_list(&args.choice.filter, args.choice.care)?;
    let tasks: Vec<TaskNumber> = if args.choice.tasks.is_empty() {
        asks::meant(model)
    } else {
        tasks::find_all(model, &args.choice.tasks)?
    };
    if tasks.is_empty() {
        return Err("no task is meant here: name one".into());
    }
    let wanted = Wanted {
        want,
        haste: how.haste,
        hooks: how.hooks,
        blocking: how.blocking,
        done: how.done,
        until: how.until,
        of_request: None,
        tasks,
        reason: args.reason,
    };
    Ok(asks::ask(model, wanted))
}

/// Refuses what the command line has in the place of a list that is seen.
fn is_of_a_list(filter: &FilterArgs, care: CareArgs) -> Result<(), String> {
    if filter.is_given() {
        return Err("filter the list instead, and mark what is meant: / and *".into());
    }
    if care.dry_run {
        return Err(
            "--dry-run is the command line's: here each question says what it is about".into(),
        );
    }
    Ok(())
}

fn set(model: &mut Model, args: &SetArgs) -> Result<Vec<Effect>, String> {
    is_of_a_list(&args.filter, args.care)?;
    let (typed, tasks) = args.parts();
    let assignments = read(&typed)?;
    let tasks = if tasks.is_empty() {
        asks::meant(model)
    } else {
        tasks::find_all(model, &tasks)?
    };
    if tasks.is_empty() {
        return Err("no task is meant here: name one".into());
    }
    let set = settings::set(model, &tasks, assignments, args.reason.clone());
    Ok(set.into_iter().collect())
}

/// The text comes last, and the tasks before it.
fn comment(model: &mut Model, words: &[String]) -> Result<Vec<Effect>, String> {
    let Some((text, named)) = words.split_last() else {
        return Err("a comment needs a text: comment 7 'the disk was swapped'".into());
    };
    check_text(text)?;
    let tasks = if named.is_empty() {
        asks::meant(model)
    } else {
        tasks::find_all(model, named)?
    };
    if tasks.is_empty() {
        return Err("no task is meant here: name one".into());
    }
    Ok(comments::say(model, &tasks, text.clone()))
}

fn show(model: &mut Model, action: Action, task: Option<&str>) -> Result<Vec<Effect>, String> {
    match task {
        None => Ok(act(model, action)),
        Some(text) => {
            let task = tasks::find(model, text)?;
            pages::show(model, action, task);
            Ok(Vec::new())
        }
    }
}

#[cfg(test)]
mod tests;
