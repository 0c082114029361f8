//! What is typed of a task that is submitted.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use longhaul_common::spec::{DEFAULT_BACKOFF, DEFAULT_BATCH_SIZE, DEFAULT_RETRIES, MAX_PARALLEL};

/// What a task is.
#[derive(Args, Clone, Debug)]
pub(crate) struct TaskArgs {
    /// Take the lines of FILE as items; - is standard input
    #[arg(long, value_name = "FILE", group = "input")]
    pub(crate) lines: Option<PathBuf>,

    /// Take the numbers from A to B as items, both included
    #[arg(long, value_name = "A..B", group = "input", allow_hyphen_values = true)]
    pub(crate) range: Option<String>,

    /// Take the items that `longhaul feed` appends while it runs, until `longhaul close`; without --queue,
    /// through the store
    #[arg(long, group = "input")]
    pub(crate) feed: bool,

    /// A - here stands for `--lines -`
    #[arg(value_name = "-")]
    pub(crate) stdin: Option<String>,

    /// Name it, for people; it can be used instead of the number
    #[arg(long, short = 'n')]
    pub(crate) name: Option<String>,

    /// Label it; workers can take some kinds only
    #[arg(long)]
    pub(crate) kind: Option<String>,

    /// Items per batch
    #[arg(long, short = 'b', value_name = "N", default_value_t = DEFAULT_BATCH_SIZE, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) batch_size: u64,

    /// Retries of a failed batch before --on-error acts
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RETRIES)]
    pub(crate) retries: u32,

    /// Wait before the first retry; doubles up to 60s
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = humantime::parse_duration)]
    pub(crate) backoff: Duration,

    /// End a batch that takes longer, with all its processes; it counts as failed
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout)]
    pub(crate) batch_timeout: Option<Duration>,

    /// What to do once the retries are spent
    #[arg(long, value_name = "POLICY", default_value = "suspend")]
    pub(crate) on_error: Policy,

    /// Run its batches through a queue of its own, by any number of workers: store, or a broker's address
    /// (redis://HOST[:PORT][/DB], amqp://HOST[:PORT][/VHOST]); direct: one after the other, by one worker
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<String>,

    /// Run at most N of its batches at once, over all workers; without --queue, through the store
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_PARALLEL))]
    pub(crate) parallel: Option<u64>,

    /// Plan N batches ahead [default: 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) depth: Option<u64>,

    /// Begin batches in the order of their numbers
    #[arg(long)]
    pub(crate) ordered: bool,

    /// Higher runs first
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub(crate) priority: i32,

    /// Run this before the first batch, and after each resume; split as a shell does, run without one
    #[arg(long, value_name = "COMMAND")]
    pub(crate) init: Option<String>,

    /// Run this whenever the task leaves its worker, and at its end; likewise without a shell
    #[arg(long, value_name = "COMMAND")]
    pub(crate) cleanup: Option<String>,

    /// Set a variable for the task's commands
    #[arg(long = "env", value_name = "K=V")]
    pub(crate) env: Vec<OsString>,

    /// Run the task's commands in this folder [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub(crate) workdir: Option<PathBuf>,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// Run once per batch: its items come on standard input, a line each; an argument that is
    /// exactly {} becomes the items instead, {first} and {last} the ends
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

impl Default for TaskArgs {
    fn default() -> Self {
        Self {
            lines: None,
            range: None,
            feed: false,
            stdin: None,
            name: None,
            kind: None,
            batch_size: DEFAULT_BATCH_SIZE,
            retries: DEFAULT_RETRIES,
            backoff: DEFAULT_BACKOFF,
            batch_timeout: None,
            on_error: Policy::Suspend,
            queue: None,
            parallel: None,
            depth: None,
            ordered: false,
            priority: 0,
            init: None,
            cleanup: None,
            env: Vec::new(),
            workdir: None,
            reason: None,
            command: Vec::new(),
        }
    }
}

/// The error policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    /// Suspend the task: look, mend, resume
    Suspend,
    /// Pass the batch over; it goes to the task's failures
    Skip,
    /// End the task as failed
    Terminate,
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let timeout = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if timeout.is_zero() {
        return Err("a batch needs some time".into());
    }
    Ok(timeout)
}
