//! What is typed of requests.

use std::time::Duration;

use clap::Args;

use super::{CareArgs, ChoiceArgs, FilterArgs, LookedAtArgs, StateArg};

/// What every request takes.
#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// Return once it is so
    #[arg(long, short = 'w')]
    pub(crate) wait: bool,

    /// With --wait: at most this long
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Args, Debug)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    pub(crate) request: RequestArgs,

    /// Don't wait for the batch boundary: kill the batch in flight
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct SuspendArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,

    /// Let it go on by itself after so long, unless somebody asks for anything before
    #[arg(long = "for", value_name = "DURATION", conflicts_with = "until", value_parser = humantime::parse_duration)]
    pub(crate) lasts: Option<Duration>,

    /// Let it go on by itself then: the next 22:00, a date with a time, or RFC 3339
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct TerminateArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,

    /// Run none of its hooks; what did not run is recorded
    #[arg(long)]
    pub(crate) no_hooks: bool,

    /// Undo what is done, with COMMAND instead of the task's own rollback, if it has one
    #[arg(
        long,
        value_name = "COMMAND",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["keep", "no_hooks"]
    )]
    pub(crate) rollback: Option<String>,

    /// Keep what is done, also of a task that would undo it, or failed to
    #[arg(long)]
    pub(crate) keep: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) request: RequestArgs,

    /// Those that request N was on, each unless something was asked of it since
    #[arg(long = "request", value_name = "N", conflicts_with = "skip")]
    pub(crate) of_request: Option<u64>,

    /// Pass over the batch that failed and that they wait for: it goes to their failures
    #[arg(long)]
    pub(crate) skip: bool,
}

#[derive(Args, Debug)]
pub(crate) struct UndoArgs {
    /// The request's number, as its answer and the events tell it
    #[arg(value_name = "N")]
    pub(crate) request: u64,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,

    #[command(flatten)]
    pub(crate) care: CareArgs,
}

#[derive(Args, Debug)]
pub(crate) struct CommentArgs {
    /// Tasks, and what is to be said of them
    #[arg(required = true, value_name = "TASK… TEXT")]
    pub(crate) words: Vec<String>,

    #[command(flatten, next_help_heading = "Instead of TASK, by what they are")]
    pub(crate) filter: FilterArgs,

    #[command(flatten, next_help_heading = "Options")]
    pub(crate) care: CareArgs,
}

#[derive(Args, Debug)]
pub(crate) struct WaitArgs {
    #[command(flatten)]
    pub(crate) of: LookedAtArgs,

    /// Until they are in this state
    #[arg(
        id = "goal",
        long = "for",
        value_name = "STATE",
        default_value = "terminate",
        ignore_case = true
    )]
    pub(crate) goal: StateArg,

    /// At most this long
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Args, Debug)]
pub(crate) struct RetryArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) task: String,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct RestartArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) task: String,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,
}
