//! What is typed of what keeps a task from running.

use clap::Args;
use longhaul_common::settings;

/// What holds it until it may run.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct GateArgs {
    /// Run once these tasks have completed; one that fails or is terminated leaves it blocked
    #[arg(long, value_name = "TASK", value_delimiter = ',')]
    pub(crate) after: Vec<String>,

    /// Make it one of a group, of which no more run at once than `longhaul group` allows
    #[arg(long, value_name = "NAME", value_parser = settings::group)]
    pub(crate) group: Option<String>,

    /// Ask this command between batches, every few seconds: while it fails none begins, and the first line it
    /// writes says why
    #[arg(long, value_name = "COMMAND")]
    pub(crate) throttle_if: Option<String>,
}
