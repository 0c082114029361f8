//! What is typed of a store that is made.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[command(after_help = "Example: sudo longhaul init --group operators /srv/longhaul/imports")]
pub(crate) struct InitArgs {
    /// The folder: missing, or empty
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,

    /// Share it with this Unix group: its members submit, steer and run each other's tasks
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
}
