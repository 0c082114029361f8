//! What is typed of a task's own queue.

use clap::Args;
use longhaul_common::settings;

/// How its batches reach those who perform them.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct QueueArgs {
    /// Run its batches through a queue of its own, by any number of workers: store, or a broker's address
    /// (redis://HOST[:PORT][/DB], amqp://HOST[:PORT][/VHOST]); direct: one after the other, by one worker
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<String>,

    /// Run at most N of its batches at once, over all workers; without --queue, through the store
    #[arg(long, value_name = "N", value_parser = settings::parallel)]
    pub(crate) parallel: Option<u64>,

    /// Plan N batches ahead [default: 64]
    #[arg(long, value_name = "N", value_parser = settings::depth)]
    pub(crate) depth: Option<u64>,

    /// Begin batches in the order of their numbers
    #[arg(long)]
    pub(crate) ordered: bool,
}
