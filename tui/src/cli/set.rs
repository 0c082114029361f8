//! What is typed of settings that are changed.

use clap::Args;

use super::{CareArgs, FilterArgs};

/// Tasks, and what is set of them.
#[derive(Args, Debug)]
pub(crate) struct SetArgs {
    /// Tasks, and what they get: rate=N/s (N/min, N/h, N/d, none), batch-size=N, retries=N, backoff=DURATION,
    /// batch-timeout=DURATION (none), on-error=POLICY, stop-at=N (none), priority=N, group=NAME (none),
    /// after=N,M (none), at=TIME (now), window=WINDOW (none), throttle-if=COMMAND (none); with a queue,
    /// parallel=N and depth=N
    #[arg(required = true, value_name = "TASK… KEY=VALUE")]
    pub(crate) words: Vec<String>,

    #[command(flatten, next_help_heading = "Instead of TASK, by what they are")]
    pub(crate) filter: FilterArgs,

    #[command(flatten, next_help_heading = "Options")]
    pub(crate) care: CareArgs,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

impl SetArgs {
    /// What is to be set, and the tasks. One whose name holds the sign can be told by its number.
    pub(crate) fn parts(&self) -> (Vec<String>, Vec<String>) {
        let words = self.words.iter().cloned();
        words.partition(|word| word.contains('='))
    }
}
