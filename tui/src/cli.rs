//! What can be typed.

mod ask;
mod choice;
mod command;
mod examples;
mod gates;
mod init;
mod look;
mod prune;
mod set;
mod submit;
mod task;
mod upkeep;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use longhaul_worker::LogFormat;
use longhaul_worker::program::{WorkerArgs, possibly_empty_path};

pub(crate) use ask::{
    AskArgs, CommentArgs, RequestArgs, RestartArgs, ResumeArgs, RetryArgs, SuspendArgs,
    TerminateArgs, UndoArgs, WaitArgs,
};
pub(crate) use choice::{CareArgs, ChoiceArgs, FilterArgs, LookedAtArgs};
pub(crate) use command::{command, parse};
pub(crate) use gates::{DrainArgs, GroupArgs, ReachArgs, ThrottleArgs, UncordonArgs};
pub(crate) use init::InitArgs;
pub(crate) use look::{
    EventsArgs, FailuresArgs, ItemsArgs, KindsArgs, ListArgs, LogsArgs, QueueArgs, ShowArgs,
    StateArg, WhoseArgs,
};
pub(crate) use prune::PruneArgs;
pub(crate) use set::SetArgs;
pub(crate) use submit::{CloseArgs, DemoArgs, FeedArgs, ProgressArgs, RunArgs, SubmitArgs};
pub(crate) use task::{BatchArgs, Form, GateArgs, InputArgs, Policy, TaskArgs};
pub(crate) use upkeep::{CompletionsArgs, DoctorArgs, ManArgs, Shell};

/// Controls long-running tasks: they run in batches, and suspend, resume or terminate at the next
/// batch boundary.
#[derive(Debug, Parser)]
#[command(name = "longhaul", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(flatten)]
    pub(crate) dashboard: DashboardArgs,

    /// Without one: the dashboard.
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

impl Cli {
    /// Whether it is a worker that writes its log as JSON.
    pub(crate) fn logs_json(&self) -> bool {
        matches!(&self.verb, Some(Verb::Worker(args)) if args.log_format == Some(LogFormat::Json))
    }
}

/// What every verb takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The store's folder, or its name in the configuration [default: that of the configuration, else
    /// $XDG_STATE_HOME/longhaul]
    #[arg(
        long,
        global = true,
        value_name = "DIR|NAME",
        env = "LONGHAUL_STORE",
        value_parser = possibly_empty_path()
    )]
    pub(crate) store: Option<PathBuf>,

    /// Print JSON: one document, or a line each where it follows
    #[arg(long, short = 'j', global = true)]
    pub(crate) json: bool,

    /// Whether to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,

    /// Say who you are, beside what the system tells; recorded as claimed
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) actor: Option<String>,
}

/// What the dashboard takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of the dashboard")]
pub(crate) struct DashboardArgs {
    /// Look only: nothing can be asked of a task
    #[arg(long)]
    pub(crate) read_only: bool,

    /// Work in here as well: quitting ends it at its next batch boundaries
    #[arg(long, conflicts_with = "read_only")]
    pub(crate) worker: bool,

    /// With --worker: run at most N tasks at once [default: the number of cores]
    #[arg(long, value_name = "N", requires = "worker")]
    pub(crate) concurrency: Option<NonZeroUsize>,

    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// How the dashboard shows things.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of the dashboard")]
pub(crate) struct LookArgs {
    /// Show progress at most so often [default: 250ms]
    #[arg(long, value_name = "DURATION", value_parser = refresh_of)]
    pub(crate) refresh: Option<Duration>,

    /// Draw with ASCII characters only
    #[arg(long)]
    pub(crate) ascii: bool,

    /// Show times in UTC
    #[arg(long)]
    pub(crate) utc: bool,
}

impl DashboardArgs {
    /// The first of its options that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        self.read_only
            .then_some("--read-only")
            .or_else(|| self.worker.then_some("--worker"))
            .or_else(|| self.look.given())
    }
}

impl LookArgs {
    /// The first of its options that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        self.refresh
            .map(|_| "--refresh")
            .or_else(|| self.ascii.then_some("--ascii"))
            .or_else(|| self.utc.then_some("--utc"))
    }
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Queue a task and print its id
    Submit(SubmitArgs),
    /// Submit a task and work on it here, with a progress bar
    Run(RunArgs),
    /// Append items to a task that was submitted with --feed, while it runs
    Feed(FeedArgs),
    /// End the feeding of tasks: they complete once all is done
    Close(CloseArgs),
    /// Tell, from inside a batch, how many of its items are done
    Progress(ProgressArgs),
    /// List tasks
    List(ListArgs),
    /// Show all there is to know of tasks
    Show(ShowArgs),
    /// List the kinds of tasks that worker programs perform, and what they take
    Kinds(KindsArgs),
    /// Show what waits in a task's own queue, and who performs what
    Queue(QueueArgs),
    /// Show what failed of a task, and what keeps it from going on
    Failures(FailuresArgs),
    /// Try again what failed: while the task lives by itself; of one that has ended by a task over exactly
    /// that, whose id is printed
    Retry(RetryArgs),
    /// Submit a new task of the same specification as one that has ended
    Restart(RestartArgs),
    /// Print the items of a task that are done, left or failed, as its input has them
    Items(ItemsArgs),
    /// Ask tasks to stop at their next batch boundary and keep their place
    Suspend(SuspendArgs),
    /// Ask tasks to work on from where they are
    Resume(ResumeArgs),
    /// Ask tasks to end at their next batch boundary, for good
    Terminate(TerminateArgs),
    /// Try the rollback of terminated tasks again that failed, from where it is
    Rollback(RequestArgs),
    /// Take a request back, by its number
    Undo(UndoArgs),
    /// Say something of tasks, for those who look later
    Comment(CommentArgs),
    /// Change settings of tasks while they live: rate=50/s batch-size=200
    Set(SetArgs),
    /// Limit how many tasks of a group run at once
    Group(GroupArgs),
    /// List the groups, with their limits and how many tasks run
    #[command(after_help = "Example: longhaul groups --json")]
    Groups,
    /// Have workers claim nothing new: all of the store, those of a host, or one
    Cordon(ReachArgs),
    /// Have workers claim nothing new, and give back what they have at the next batch boundary
    Drain(DrainArgs),
    /// Have workers claim again
    Uncordon(UncordonArgs),
    /// Have every batch of the store followed by a rest
    Throttle(ThrottleArgs),
    /// Wait until tasks reach a state, or can't reach it any more
    Wait(WaitArgs),
    /// Print what happened, to whom, by whom and why
    Events(EventsArgs),
    /// Print the output of a task
    Logs(LogsArgs),
    /// Run a worker: the same as longhaul-worker
    Worker(WorkerArgs),
    /// Name the task that a process works for
    Whose(WhoseArgs),
    /// Make a store: of one's own, or shared with a group
    Init(InitArgs),
    /// Remove tasks that have ended, with their logs and spooled inputs
    Prune(PruneArgs),
    /// List the stores that have a name, with what is in them
    #[command(after_help = "Example: longhaul stores --json")]
    Stores,
    /// Check the store, its locks and its processes
    Doctor(DoctorArgs),
    /// Print what makes a shell complete verbs, options and tasks
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
    /// Show real tasks at work on real input, in a store that is thrown away
    Demo(DemoArgs),
}

/// A screen that is drawn more often is no better, and one that is drawn once an hour looks dead.
pub(crate) fn refresh_of(text: &str) -> Result<Duration, String> {
    let refresh = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if !(Duration::from_millis(50)..=Duration::from_secs(60)).contains(&refresh) {
        return Err("between 50ms and 1m".into());
    }
    Ok(refresh)
}

#[cfg(test)]
mod tests;
