//! What is typed of the commands around the batches.

use clap::Args;

/// Commands around its batches.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct HookArgs {
    /// Run this before the first batch, and after each resume; split as a shell does, run without one
    #[arg(long, value_name = "COMMAND")]
    pub(crate) init: Option<String>,

    /// Run this whenever the task leaves its worker, and at its end; likewise without a shell
    #[arg(long, value_name = "COMMAND")]
    pub(crate) cleanup: Option<String>,

    /// Run this once a suspension begins, before --cleanup; likewise without a shell
    #[arg(long, value_name = "COMMAND")]
    pub(crate) on_suspend: Option<String>,

    /// Run this when the task goes on after a suspension, after --init; likewise without a shell
    #[arg(long, value_name = "COMMAND")]
    pub(crate) on_resume: Option<String>,

    /// Undo what is done with this if the task is terminated: once per batch that is done, the newest first,
    /// with its items as CMD gets them; likewise without a shell
    #[arg(long, value_name = "COMMAND", conflicts_with = "feed")]
    pub(crate) rollback: Option<String>,
}
