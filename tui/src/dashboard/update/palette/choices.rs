//! What a word that is being typed can become.

use longhaul_common::kind::Kind;
use longhaul_common::phase::Phase;
use longhaul_common::reference::is_name;
use longhaul_common::settings::SETTINGS;
use longhaul_common::state::{Desired, StateWord};

use super::words::grammar;
use crate::dashboard::action::Action;
use crate::dashboard::model::{Choice, Choices, Direction, Model, Sort, SortBy};
use crate::dashboard::row::Row;
use crate::dashboard::update::lists::words::of as filter_words;
use crate::output::state::state;

/// So many are looked for.
const MOST: usize = 50;

/// The choices for the word at the end of what is typed.
pub(super) fn of(model: &Model, typed: &str) -> Choices {
    let start = typed
        .char_indices()
        .rev()
        .find(|(_, letter)| letter.is_whitespace())
        .map_or(0, |(at, blank)| at + blank.len_utf8());
    let (before, word) = typed.split_at(start);
    let before: Vec<&str> = before.split_whitespace().collect();
    if let ["filter", ..] = before.as_slice() {
        return filter_words(model, typed);
    }
    let choices = match before.as_slice() {
        [] => commands(model, word),
        [command, words @ ..] => arguments(model, command, words, word),
    };
    Choices { start, choices }
}

fn choice(word: &str, help: impl Into<String>) -> Choice {
    Choice {
        word: word.into(),
        help: help.into(),
    }
}

fn about(command: &clap::Command) -> String {
    command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The commands that begin so, else those that have it anywhere.
fn commands(model: &Model, word: &str) -> Vec<Choice> {
    let grammar = grammar();
    let on_list = model.pages.top().is_none();
    let is_here = |name: &str| {
        let mut of_pages = Action::ALL.iter().filter(|action| action.is_of_pages());
        !(on_list && of_pages.any(|action| action.name() == name))
    };
    let all = || {
        let commands = grammar.get_subcommands();
        commands.filter(|command| is_here(command.get_name()))
    };
    let those = |is_meant: &dyn Fn(&str) -> bool| -> Vec<Choice> {
        all()
            .filter(|command| is_meant(command.get_name()))
            .map(|command| choice(command.get_name(), about(command)))
            .collect()
    };
    let begin = those(&|name| name.starts_with(word));
    if begin.is_empty() {
        those(&|name| name.contains(word))
    } else {
        begin
    }
}

fn arguments(model: &Model, command: &str, words: &[&str], word: &str) -> Vec<Choice> {
    let grammar = grammar();
    let Some(command) = grammar.find_subcommand(command) else {
        return Vec::new();
    };
    let takes_value = |option: &&clap::Arg| {
        let last = words.last().and_then(|last| last.strip_prefix("--"));
        last.is_some() && option.get_long() == last && option.get_action().takes_values()
    };
    if let Some(option) = command.get_arguments().find(takes_value) {
        return match (command.get_name(), option.get_long()) {
            ("submit", Some("param")) => parameters(model, words, word),
            _ => values(option, word),
        };
    }
    if word.starts_with('-') {
        return options(command, word);
    }
    match command.get_name() {
        "submit" if words.is_empty() => kinds(model, word),
        "sort" if words.is_empty() => SortBy::ALL
            .iter()
            .map(|by| choice(by.name(), order(*by)))
            .filter(|by| by.word.starts_with(&word.to_lowercase()))
            .collect(),
        "suspend" => tasks(model, words, word, |row| wants(row, Desired::Suspend)),
        "resume" => tasks(model, words, word, |row| wants(row, Desired::Run)),
        "terminate" => tasks(model, words, word, |row| wants(row, Desired::Terminate)),
        "rollback" => tasks(model, words, word, |row| row.phase == Phase::RollbackFailed),
        "retry" if words.is_empty() => tasks(model, words, word, |row| row.batches_failed > 0),
        "set" => settings(word)
            .chain(tasks(model, words, word, |row| {
                row.current != StateWord::Terminate
            }))
            .collect(),
        "mark" => tasks(model, words, word, |_| true),
        "show" | "log" | "events" | "failures" if words.is_empty() => {
            tasks(model, words, word, |_| true)
        }
        _ => Vec::new(),
    }
}

/// The kinds that begin so.
fn kinds(model: &Model, word: &str) -> Vec<Choice> {
    let known = model.kinds.known().unwrap_or_default().iter();
    known
        .filter(|kind| kind.name.starts_with(word))
        .map(|kind| choice(&kind.name, kind.doc.lines().next().unwrap_or_default()))
        .collect()
}

/// The parameters of the kind that was typed, which begin so and are not typed yet; once one is
/// typed, what it may be.
fn parameters(model: &Model, words: &[&str], word: &str) -> Vec<Choice> {
    let kind = words.iter().find_map(|word| model.kinds.called(word));
    let parameters = kind.map(Kind::parameters).unwrap_or_default();
    if let Some((name, typed)) = word.split_once('=') {
        let named = parameters.iter().find(|parameter| parameter.name == name);
        let choices = named
            .map(|named| named.choices.as_slice())
            .unwrap_or_default();
        return choices
            .iter()
            .filter(|value| value.starts_with(typed))
            .map(|value| choice(&format!("{name}={value}"), ""))
            .collect();
    }
    let is_typed = |name: &str| {
        let mut typed = words.iter().filter_map(|word| word.split_once('='));
        typed.any(|(typed, _)| typed == name)
    };
    parameters
        .into_iter()
        .filter(|parameter| parameter.name.starts_with(word) && !is_typed(&parameter.name))
        .map(|parameter| {
            let required = if parameter.required { ", required" } else { "" };
            let doc = parameter.doc.unwrap_or_default();
            let doc = doc.lines().next().unwrap_or_default();
            let help = format!("{}{required}  {doc}", parameter.type_name);
            choice(&format!("{}=", parameter.name), help.trim_end())
        })
        .collect()
}

/// The values of an option that takes few, which begin so.
fn values(option: &clap::Arg, word: &str) -> Vec<Choice> {
    if option.get_action().takes_values() {
        let values = option.get_possible_values().into_iter();
        return values
            .filter(|value| value.get_name().starts_with(word))
            .map(|value| {
                let help = value.get_help().map(ToString::to_string);
                choice(value.get_name(), help.unwrap_or_default())
            })
            .collect();
    }
    Vec::new()
}

/// The keys of settings, each with what it takes.
fn settings(word: &str) -> impl Iterator<Item = Choice> {
    SETTINGS
        .iter()
        .filter(move |setting| !word.is_empty() && setting.key.starts_with(word))
        .map(|setting| choice(&format!("{}=", setting.key), setting.takes.to_owned()))
}

/// Which way a column is sorted unless that is reversed.
fn order(by: SortBy) -> &'static str {
    match Sort::by(by).direction {
        Direction::Ascending => "ascending",
        Direction::Descending => "descending",
    }
}

fn options(command: &clap::Command, word: &str) -> Vec<Choice> {
    command
        .get_arguments()
        .filter(|option| !option.is_hide_set())
        .filter_map(|option| {
            let help = option.get_help().map(ToString::to_string);
            Some((format!("--{}", option.get_long()?), help))
        })
        .filter(|(option, _)| option.starts_with(word))
        .map(|(option, help)| choice(&option, help.unwrap_or_default()))
        .collect()
}

/// Whether that would be news to a task.
fn wants(row: &Row, want: Desired) -> bool {
    row.current != StateWord::Terminate && row.desired != want
}

/// Tasks on the list by number or name, in its order.
fn tasks(
    model: &Model,
    words: &[&str],
    word: &str,
    is_meant: impl Fn(&Row) -> bool,
) -> Vec<Choice> {
    model
        .tasks
        .matching()
        .filter(|row| is_meant(row))
        .filter_map(|row| called(row, word).map(|called| (row, called)))
        .filter(|(_, called)| !words.contains(&called.as_str()))
        .take(MOST)
        .map(|(row, called)| {
            let name = row.name.as_deref().unwrap_or_default();
            let number = row.number.to_string();
            let other = if called == number { name } else { &number };
            choice(&called, format!("{}  {other}", state(row)))
        })
        .collect()
}

/// What a task is called that begins so.
fn called(row: &Row, word: &str) -> Option<String> {
    let number = row.number.to_string();
    if number.starts_with(word) {
        return Some(number);
    }
    let name = row.name.as_deref().filter(|name| name.starts_with(word))?;
    // What can't be typed as a name is called by its number.
    Some(match is_name(name) {
        Ok(()) => shell_words::quote(name).into_owned(),
        Err(_) => number,
    })
}
