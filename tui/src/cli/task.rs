//! What is typed of a task that is submitted.

mod batches;
mod gates;
mod hooks;
mod input;
mod kind;
mod pace;
mod queue;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

pub(crate) use batches::{BatchArgs, Policy};
pub(crate) use gates::GateArgs;
pub(crate) use hooks::HookArgs;
pub(crate) use input::{Form, InputArgs};
pub(crate) use kind::KindArgs;
pub(crate) use pace::PaceArgs;
pub(crate) use queue::QueueArgs;

/// What a task is.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TaskArgs {
    /// A kind that a worker program performs, with --param instead of CMD; a - stands for `--lines -`
    #[arg(value_name = "KIND")]
    pub(crate) kind_or_stdin: Option<String>,

    /// Name it, for people; it can be used instead of the number
    #[arg(long, short = 'n')]
    pub(crate) name: Option<String>,

    /// Label a command task; workers can take some kinds only
    #[arg(long)]
    pub(crate) kind: Option<String>,

    /// Set a variable for the task's commands
    #[arg(long = "env", value_name = "K=V")]
    pub(crate) env: Vec<OsString>,

    /// Take this variable from the worker, for the task's commands: its value is stored nowhere
    #[arg(long, value_name = "K")]
    pub(crate) secret_env: Vec<OsString>,

    /// Run the task's commands in this folder [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub(crate) workdir: Option<PathBuf>,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// Show the first batch, how many items there are, and the command as it would run; submit nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Run once per batch: its items come on standard input, a line each; an argument that is
    /// exactly {} becomes the items instead, {first} and {last} the ends
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,

    #[command(flatten, next_help_heading = "Input")]
    pub(crate) input: InputArgs,

    #[command(flatten, next_help_heading = "Parameters of a KIND")]
    pub(crate) of_kind: KindArgs,

    #[command(flatten, next_help_heading = "Batches")]
    pub(crate) batches: BatchArgs,

    #[command(flatten, next_help_heading = "Pace")]
    pub(crate) pace: PaceArgs,

    #[command(flatten, next_help_heading = "Gates")]
    pub(crate) gates: GateArgs,

    #[command(flatten, next_help_heading = "Queue")]
    pub(crate) queue: QueueArgs,

    #[command(flatten, next_help_heading = "Hooks")]
    pub(crate) hooks: HookArgs,
}
