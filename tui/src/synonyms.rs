//! Other programs' words, answered with ours.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

const WORDS: &[(&str, &str)] = &[
    ("abort", "terminate --force"),
    ("add", "submit"),
    ("append", "feed"),
    ("cancel", "terminate"),
    ("clean", "prune"),
    ("continue", "resume"),
    ("delete", "prune"),
    ("enqueue", "submit"),
    ("follow", "logs --follow"),
    ("halt", "suspend"),
    ("history", "events"),
    ("info", "show"),
    ("kill", "terminate --force"),
    ("log", "logs"),
    ("ls", "list"),
    ("pause", "suspend"),
    ("ps", "list"),
    ("purge", "prune"),
    ("push", "feed"),
    ("queue", "submit"),
    ("remove", "prune"),
    ("rm", "prune"),
    ("start", "resume"),
    ("status", "list"),
    ("stop", "suspend"),
    ("tail", "logs --follow"),
    ("unpause", "resume"),
];

/// The word of another program that was typed as a verb, and ours.
pub(crate) fn of(error: &clap::Error, arguments: &[OsString]) -> Option<(String, &'static str)> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let typed = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(typed)) => typed.clone(),
        _ => arguments.get(1)?.to_string_lossy().into_owned(),
    };
    let (_, ours) = WORDS.iter().find(|(theirs, _)| *theirs == typed)?;
    Some((typed, ours))
}
