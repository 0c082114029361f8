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

    /// Run nothing of it before this time: the next 22:00, a date with a time, or RFC 3339
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// Run it within these times of day, in a time zone if one is named, else in this one's: 22:00-06:00,
    /// "mon-fri 22:00-06:00, sat 00:00-24:00 Europe/Berlin". As they end it is given back at its next boundary
    #[arg(long, value_name = "WINDOW")]
    pub(crate) window: Option<String>,
}
