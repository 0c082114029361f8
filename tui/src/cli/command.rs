//! The command as it is parsed, told in `--help` and completed: what can be typed, with examples, exit codes
//! and the tasks that a word may mean.

use clap::{Command, CommandFactory as _, FromArgMatches as _};
use clap_complete::engine::ArgValueCompleter;

use super::{Cli, examples};
use crate::completing;

/// What is told below the options of `longhaul --help`.
const ENDINGS: &str = "\
Examples:
  longhaul demo                                 real tasks at work, in a store that is thrown away
  longhaul submit --lines files.txt -- sha256sum {}
  longhaul suspend 1 --reason 'the disk is needed' --wait
  longhaul                                      the dashboard

Exit codes:
  0    done, or completed
  1    failed, or completed with failures left
  2    a mistake in what was typed
  3    refused by the rules: a terminated task, an unknown or ambiguous one
  4    the store is busy or can't be reached
  5    the store is damaged
  6    nobody to obey: no worker is alive for what was waited for
  7    suspended, or blocked for good: run and wait never wait for a human
  8    terminated
  124  time up";

/// The whole command.
pub(crate) fn command() -> Command {
    Cli::command()
        .after_help(ENDINGS)
        .mut_subcommands(with_examples)
        .mut_subcommands(completing_tasks)
}

/// Reads what was typed.
///
/// # Errors
/// The parser's.
pub(crate) fn parse(arguments: &[std::ffi::OsString]) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn with_examples(verb: Command) -> Command {
    let told = verb.get_after_help().is_some();
    match examples::of(verb.get_name()) {
        Some(lines) if !told => verb.after_help(format!("Examples:\n{}", indented(lines))),
        _ => verb,
    }
}

fn indented(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

/// Wherever a task is meant, those that are there are offered.
fn completing_tasks(verb: Command) -> Command {
    let offered = completing::offered(verb.get_name());
    verb.mut_args(|arg| {
        let means_tasks = arg
            .get_value_names()
            .is_some_and(|names| names.iter().any(|name| name.as_str() == "TASK"));
        if means_tasks {
            arg.add(ArgValueCompleter::new(move |typed: &std::ffi::OsStr| {
                completing::tasks(offered, typed)
            }))
        } else {
            arg
        }
    })
}
