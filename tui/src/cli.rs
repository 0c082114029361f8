//! What can be typed.

mod command;
mod examples;
mod init;
mod prune;
mod set;
mod task;
mod upkeep;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use longhaul_worker::LogFormat;
use longhaul_worker::program::{WorkerArgs, possibly_empty_path};

pub(crate) use command::{command, parse};
pub(crate) use init::InitArgs;
pub(crate) use prune::PruneArgs;
pub(crate) use set::SetArgs;
pub(crate) use task::{BatchArgs, Form, InputArgs, Policy, TaskArgs};
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
    /// Submit a task over what failed of one that has ended, and print its id
    Retry(RetryArgs),
    /// Print the items of a task that are done, left or failed, as its input has them
    Items(ItemsArgs),
    /// Ask tasks to stop at their next batch boundary and keep their place
    Suspend(AskArgs),
    /// Ask tasks to work on from where they are
    Resume(ResumeArgs),
    /// Ask tasks to end at their next batch boundary, for good
    Terminate(TerminateArgs),
    /// Try the rollback of terminated tasks again that failed, from where it is
    Rollback(RollbackArgs),
    /// Change settings of tasks while they live: rate=50/s batch-size=200
    Set(SetArgs),
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

#[derive(Args, Debug)]
pub(crate) struct SubmitArgs {
    /// Make no second one: while a task with this key has not ended, print that one's id
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,

    #[command(flatten)]
    pub(crate) task: TaskArgs,
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
            "batch_size", "retries", "backoff", "batch_timeout", "on_error", "isolate", "max_failures", "persistent", "rate",
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
pub(crate) struct ProgressArgs {
    /// Items of the batch that are done so far
    #[arg(value_name = "N")]
    pub(crate) items: u64,

    /// Say what the task is at
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
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
pub(crate) struct ListArgs {
    /// At most N tasks, the newest ones
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,

    /// Also those that have ended
    #[arg(long, short = 'a')]
    pub(crate) all: bool,

    /// Those in this current state only
    #[arg(long, value_name = "STATE", ignore_case = true)]
    pub(crate) state: Option<StateArg>,
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
    /// Number, id, beginning or ending of an id, or name
    #[arg(required = true, value_name = "TASK")]
    pub(crate) tasks: Vec<String>,
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
pub(crate) struct RetryArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) task: String,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,
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
pub(crate) struct AskArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(required = true, value_name = "TASK")]
    pub(crate) tasks: Vec<String>,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// Don't wait for the batch boundary: kill the batch in flight
    #[arg(long)]
    pub(crate) force: bool,

    /// Return once it is so
    #[arg(long, short = 'w')]
    pub(crate) wait: bool,

    /// With --wait: at most this long
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
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
pub(crate) struct RollbackArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(required = true, value_name = "TASK")]
    pub(crate) tasks: Vec<String>,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// Return once all is undone
    #[arg(long, short = 'w')]
    pub(crate) wait: bool,

    /// With --wait: at most this long
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Args, Debug)]
pub(crate) struct ResumeArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(required = true, value_name = "TASK")]
    pub(crate) tasks: Vec<String>,

    /// Pass over the batch that failed and that they wait for: it goes to their failures
    #[arg(long)]
    pub(crate) skip: bool,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// Return once it runs
    #[arg(long, short = 'w')]
    pub(crate) wait: bool,

    /// With --wait: at most this long
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Args, Debug)]
pub(crate) struct WaitArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(required = true, value_name = "TASK")]
    pub(crate) tasks: Vec<String>,

    /// Until they are in this state
    #[arg(
        long = "for",
        value_name = "STATE",
        default_value = "terminate",
        ignore_case = true
    )]
    pub(crate) state: StateArg,

    /// At most this long
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Args, Debug)]
pub(crate) struct EventsArgs {
    /// Of this task only
    #[arg(value_name = "TASK")]
    pub(crate) task: Option<String>,

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
