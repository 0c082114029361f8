//! What is typed of how a task is cut into batches, and of batches that fail.

use std::time::Duration;

use clap::{Args, ValueEnum};
use longhaul_common::budget::Budget;
use longhaul_common::settings;
use longhaul_common::spec::{DEFAULT_BACKOFF, DEFAULT_BATCH_SIZE, DEFAULT_RETRIES};

/// How it is cut into batches, and what follows when one fails.
#[derive(Args, Clone, Debug)]
pub(crate) struct BatchArgs {
    /// Items per batch
    #[arg(long, short = 'b', value_name = "N", default_value_t = DEFAULT_BATCH_SIZE, value_parser = settings::batch_size)]
    pub(crate) batch_size: u64,

    /// Retries of a failed batch before --on-error acts
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RETRIES)]
    pub(crate) retries: u32,

    /// Wait before the first retry; doubles up to 60s
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = settings::backoff)]
    pub(crate) backoff: Duration,

    /// End a batch that takes longer, with all its processes; it counts as failed
    #[arg(long, value_name = "DURATION", value_parser = settings::batch_timeout)]
    pub(crate) batch_timeout: Option<Duration>,

    /// What to do once the retries are spent
    #[arg(long, value_name = "POLICY", default_value = "suspend")]
    pub(crate) on_error: Policy,

    /// Once the retries of a batch are spent, halve it until the bad item stands alone: the others are done,
    /// and --on-error decides about that one
    #[arg(long)]
    pub(crate) isolate: bool,

    /// Suspend the task once more than N items failed, or more than P% of at least 100; counted anew
    /// whenever it is resumed
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_failures: Option<Budget>,

    /// Start CMD once and keep it while the task runs: it reads a line of JSON for each batch and answers with
    /// one
    #[arg(long)]
    pub(crate) persistent: bool,
}

impl Default for BatchArgs {
    fn default() -> Self {
        Self {
            batch_size: DEFAULT_BATCH_SIZE,
            retries: DEFAULT_RETRIES,
            backoff: DEFAULT_BACKOFF,
            batch_timeout: None,
            on_error: Policy::Suspend,
            isolate: false,
            max_failures: None,
            persistent: false,
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
