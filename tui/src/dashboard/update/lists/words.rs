//! What a word of a filter that is being typed can become.

use longhaul_common::filter::{KEYS, values};

use crate::dashboard::model::{Choice, Choices, Model};

/// The choices for the word at the end of what is typed: keys, or values of its key.
pub(in crate::dashboard::update) fn of(model: &Model, typed: &str) -> Choices {
    let start = after_last(typed, char::is_whitespace);
    let word = &typed[start..];
    // What it negates is a word itself.
    let start = start + usize::from(word.starts_with('!'));
    let word = &typed[start..];
    match word.split_once(':') {
        Some((key, value)) => {
            let start = start + key.len() + 1 + after_last(value, |letter| letter == ',');
            let all = values_of(model, &key.to_lowercase());
            begin_so(&typed[start..], start, all)
        }
        None => {
            let keys = KEYS.iter().map(|key| choice(format!("{key}:"), help(key)));
            let failed = choice("failed".into(), "ended as failed, or passed over batches");
            begin_so(word, start, keys.chain([failed]).collect())
        }
    }
}

fn after_last(text: &str, parts: impl Fn(char) -> bool) -> usize {
    let mut letters = text.char_indices().rev();
    let last = letters.find(|(_, letter)| parts(*letter));
    last.map_or(0, |(at, letter)| at + letter.len_utf8())
}

fn begin_so(word: &str, start: usize, mut choices: Vec<Choice>) -> Choices {
    let word = word.to_lowercase();
    choices.retain(|choice| choice.word.to_lowercase().starts_with(&word));
    Choices { start, choices }
}

fn choice(word: String, help: &str) -> Choice {
    Choice {
        word,
        help: help.to_owned(),
    }
}

fn values_of(model: &Model, key: &str) -> Vec<Choice> {
    let mut all: Vec<_> = values(key)
        .into_iter()
        .map(|value| choice(value, ""))
        .collect();
    match key {
        "kind" => {
            let kinds = model.tasks.tally().kinds();
            // One with blanks or commas in it would have to be quoted.
            let plain = |kind: &&str| !kind.contains([' ', ',', '"', '\'']);
            all.extend(kinds.filter(plain).map(|kind| choice(kind.to_owned(), "")));
        }
        "worker" => {
            let workers = model.present_workers();
            all.extend(workers.map(|worker| choice(worker.row.number.to_string(), "")));
        }
        "by" => all.push(choice("policy".into(), "suspended by an error")),
        _ => {}
    }
    all
}

/// What a key asks for.
fn help(key: &str) -> &'static str {
    match key {
        "state" => "state, phase or how it ended",
        "desired" => "what is wanted of it",
        "kind" => "its kind; * stands for any text",
        "name" => "its name; * stands for any text",
        "worker" => "the number of the worker that holds it, or none",
        "group" => "its group; * stands for any text",
        "by" => "a part of who asked last",
        "since" => "2h, 10:30 or 2026-11-01: as it is since then",
        "pid" => "the process of the worker that holds it",
        _ => "of a filter",
    }
}
