//! What is typed of when and how fast a task runs.

use clap::Args;

/// When and how fast it runs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PaceArgs {
    /// Higher runs first
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub(crate) priority: i32,
}
