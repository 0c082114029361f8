//! What is typed of tasks that are submitted, run and fed.

use std::path::PathBuf;

use clap::{Args, Command, FromArgMatches as _};

use super::LookArgs;
use super::TaskArgs;

#[derive(Args, Debug)]
pub(crate) struct SubmitArgs {
    /// Make no second one: while a task with this key has not ended, print that one's id
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,

    /// Suspend it from the start: nothing of it runs before somebody resumes it
    #[arg(long)]
    pub(crate) suspended: bool,

    #[command(flatten)]
    pub(crate) task: TaskArgs,
}

impl SubmitArgs {
    /// All that can be typed behind `longhaul submit`.
    pub(crate) fn grammar() -> Command {
        Self::augment_args(Command::new("submit").no_binary_name(true))
    }

    /// Reads what would be typed behind `longhaul submit`.
    ///
    /// # Errors
    /// The parser's.
    pub(crate) fn of_words(words: &[String]) -> Result<Self, clap::Error> {
        let mut grammar = Self::grammar();
        let matches = grammar.try_get_matches_from_mut(words)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut grammar))
    }
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// Go on with a task that is there, here
    #[arg(
        long,
        value_name = "TASK",
        conflicts_with_all = [
            "lines", "null", "csv", "delimiter", "no_header", "form", "files", "glob", "range", "pages", "feed", "kind_or_stdin", "param", "params", "anyway",
            "command", "name", "kind", "dry_run",
            "batch_size", "retries", "backoff", "batch_timeout", "on_error", "isolate", "max_failures", "persistent", "rate", "stop_at", "after", "group", "at", "window", "throttle_if",
            "queue", "parallel", "depth", "ordered", "priority", "init", "cleanup",
            "on_suspend", "on_resume", "on_done", "rollback", "env", "secret_env",
            "workdir",
        ]
    )]
    pub(crate) resume: Option<String>,

    /// Open the dashboard on it, instead of a progress bar: quitting gives it back
    #[arg(long)]
    pub(crate) tui: bool,

    #[command(flatten)]
    pub(crate) look: LookArgs,

    #[command(flatten)]
    pub(crate) task: TaskArgs,
}

#[derive(Args, Debug)]
pub(crate) struct FeedArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) task: String,

    /// Take the lines of FILE as items, while it still grows if it is a pipe; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Items end with a NUL byte, not with a newline
    #[arg(long)]
    pub(crate) null: bool,

    /// Print how many are durable each time more are, not only at the end
    #[arg(long, short = 'f')]
    pub(crate) follow: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CloseArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(required = true, value_name = "TASK")]
    pub(crate) tasks: Vec<String>,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ProgressArgs {
    /// Items of the batch that are done so far
    #[arg(value_name = "N")]
    pub(crate) items: u64,

    /// Say what the task is at
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Take the files below this folder for the checksums [default: one that is there]
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,

    /// Keep the store, and say where it is
    #[arg(long)]
    pub(crate) keep: bool,

    /// Print how far the tasks are, until they end, instead of opening the dashboard
    #[arg(long)]
    pub(crate) no_tui: bool,

    #[command(flatten)]
    pub(crate) look: LookArgs,
}
