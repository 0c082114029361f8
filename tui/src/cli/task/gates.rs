//! What is typed of what keeps a task from running.

use clap::Args;

/// What holds it until it may run.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct GateArgs {
    /// Run once these tasks have completed; one that fails or is terminated leaves it blocked
    #[arg(long, value_name = "TASK", value_delimiter = ',')]
    pub(crate) after: Vec<String>,
}
