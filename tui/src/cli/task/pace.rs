//! What is typed of when and how fast a task runs.

use clap::Args;
use longhaul_common::rate::Rate;
use longhaul_common::settings;

/// When and how fast it runs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PaceArgs {
    /// Begin at most so many items in so much time: N/s, N/min, N/h, N/d, or none
    #[arg(long, value_name = "N/s", value_parser = limit, default_value = "none")]
    pub(crate) rate: Limit,

    /// Suspend it once N items are behind it, for a look at a careful first run; resumed, it goes on
    #[arg(long, value_name = "N", value_parser = settings::stop_at)]
    pub(crate) stop_at: Option<u64>,

    /// Higher runs first
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub(crate) priority: i32,
}

/// A rate limit; None: none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limit(pub(crate) Option<Rate>);

fn limit(text: &str) -> Result<Limit, String> {
    settings::rate(text).map(Limit)
}
