//! What is typed of looking at tasks.

use clap::{Args, ValueEnum};

use super::{FilterArgs, LookedAtArgs};

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// At most N tasks, the newest ones
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,

    /// Also those that have ended
    #[arg(long, short = 'a')]
    pub(crate) all: bool,

    #[command(flatten, next_help_heading = "Those alone that are")]
    pub(crate) filter: FilterArgs,
}

/// A current state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateArg {
    /// Waits for a worker, or is being prepared
    Init,
    /// Its batches run
    Run,
    /// Rests
    Suspend,
    /// Has ended
    Terminate,
}

#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) of: LookedAtArgs,
}

#[derive(Args, Debug)]
pub(crate) struct KindsArgs {
    /// Tell all there is to know of this one
    #[arg(value_name = "KIND")]
    pub(crate) kind: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct QueueArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) task: String,
}

#[derive(Args, Debug)]
pub(crate) struct FailuresArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) task: String,

    /// Also print the last lines that each of the batches wrote
    #[arg(long)]
    pub(crate) output: bool,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub(crate) struct ItemsArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) task: String,

    /// Those that are done
    #[arg(long, group = "which")]
    pub(crate) done: bool,

    /// Those that are neither done nor failed
    #[arg(long, group = "which")]
    pub(crate) left: bool,

    /// Those that failed for good
    #[arg(long, group = "which")]
    pub(crate) failed: bool,
}

#[derive(Args, Debug)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    pub(crate) of: LookedAtArgs,

    /// Go on as they come
    #[arg(long, short = 'f')]
    pub(crate) follow: bool,

    /// The last N [default: all of a task, else 50]
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) lines: Option<usize>,
}

#[derive(Args, Debug)]
pub(crate) struct LogsArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) task: String,

    /// Go on as it comes, until the task has ended
    #[arg(long, short = 'f')]
    pub(crate) follow: bool,

    /// The last N lines [default: all]
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) lines: Option<usize>,
}

#[derive(Args, Debug)]
pub(crate) struct WhoseArgs {
    /// The number of a process
    #[arg(value_name = "PID")]
    pub(crate) pid: u32,
}
