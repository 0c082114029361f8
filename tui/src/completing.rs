//! Completing what is typed at a shell: verbs and options by the parser, tasks by the store.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;
use longhaul_common::place::store_dir;
use longhaul_common::safe_text::safe;
use longhaul_common::state::StateWord;
use longhaul_common::store::{Access, Opening, State, Store, StoreError, TaskRow};

use crate::cli;

/// By it the shell's function tells that something is to be completed; for which shell.
pub(crate) const VARIABLE: &str = "LONGHAUL_COMPLETE";

/// Somebody waits with a finger on the key.
const PATIENCE: Duration = Duration::from_millis(500);

/// So many tasks are offered, the newest ones.
const OFFERED: usize = 200;

/// Which tasks a verb can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    All,
    Living,
    Ended,
}

/// Which tasks this verb can be about.
pub(crate) fn offered(verb: &str) -> Offered {
    match verb {
        "suspend" | "resume" | "terminate" | "set" | "feed" | "close" | "wait" | "run" => {
            Offered::Living
        }
        "prune" | "restart" => Offered::Ended,
        _ => Offered::All,
    }
}

impl Offered {
    fn takes(self, state: &State) -> bool {
        match self {
            Self::All => true,
            Self::Living => state.word != StateWord::Terminate,
            Self::Ended => state.word == StateWord::Terminate,
        }
    }
}

/// Answers a shell that wants something completed; false: this run is another one.
pub(crate) fn answer(arguments: &[OsString]) -> bool {
    let here = std::env::current_dir().ok();
    let completed = CompleteEnv::with_factory(cli::command)
        .var(VARIABLE)
        .try_complete(arguments.iter().cloned(), here.as_deref());
    // What can't be completed is no error to print into somebody's line.
    completed.unwrap_or(true)
}

/// The tasks that begin as typed, by number and by name. A store that can't be read offers none.
pub(crate) fn tasks(offered: Offered, typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else {
        return Vec::new();
    };
    let rows = read(offered).unwrap_or_default();
    rows.iter().flat_map(|row| candidates(row, typed)).collect()
}

fn read(offered: Offered) -> Option<Vec<TaskRow>> {
    let dir =
        store_dir(named_store().or_else(|| std::env::var_os("LONGHAUL_STORE").map(PathBuf::from)));
    let opening = Opening {
        access: Access::Look,
        patience: PATIENCE,
        ..Opening::default()
    };
    let found = Store::open(&dir.ok()?, opening)
        .and_then(|store| store.list(OFFERED, move |state| offered.takes(state)));
    found
        .map_err(|error: StoreError| drop(error))
        .ok()
        .map(|tasks| tasks.rows)
}

/// The store that was named before the word that is being typed.
fn named_store() -> Option<PathBuf> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--store" {
            return words.next().map(PathBuf::from);
        }
        let value = word.to_str().and_then(|word| word.strip_prefix("--store="));
        if let Some(value) = value {
            return Some(PathBuf::from(value));
        }
    }
    None
}

fn candidates(row: &TaskRow, typed: &str) -> Vec<CompletionCandidate> {
    let (number, name) = (row.spec.number.to_string(), row.spec.name.as_str());
    let mut found = Vec::new();
    let about = if name.is_empty() {
        row.spec.command_text()
    } else {
        name.to_owned()
    };
    if number.starts_with(typed) {
        let about = safe(&about).into_owned();
        found.push(CompletionCandidate::new(number).help(Some(about.into())));
    }
    if is_a_word(name) && name.starts_with(typed) {
        let state = row.state.word.to_string();
        found.push(CompletionCandidate::new(name).help(Some(state.into())));
    }
    found
}

/// Whether a shell takes it as it is.
fn is_a_word(name: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || "._-+@%/".contains(letter);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
}
