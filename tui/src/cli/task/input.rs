//! What is typed of where the items come from.

use std::path::PathBuf;

use clap::Args;

/// Where the items come from; none: one item, one batch.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct InputArgs {
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
}
