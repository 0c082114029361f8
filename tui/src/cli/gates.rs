//! What is typed of groups and cordons.

use std::time::Duration;

use clap::Args;
use longhaul_common::brake::{NoShare, Share};
use longhaul_common::cordon::Reach;
use longhaul_common::id::WorkerNumber;
use longhaul_common::settings;

#[derive(Args, Debug)]
pub(crate) struct GroupArgs {
    /// The group, as tasks were submitted with --group
    #[arg(value_name = "NAME", value_parser = settings::group)]
    pub(crate) name: String,

    /// Run at most N of its tasks at once, over all workers; none: any number
    #[arg(long, value_name = "N|none", value_parser = slots)]
    pub(crate) slots: Option<Slots>,

    /// Say why, for those who look later
    #[arg(long, requires = "slots")]
    pub(crate) reason: Option<String>,
}

/// A limit; None: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slots(pub(crate) Option<u64>);

fn slots(text: &str) -> Result<Slots, String> {
    match text {
        "none" => Ok(Slots(None)),
        _ => {
            let slots = text.parse();
            slots
                .map(|slots| Slots(Some(slots)))
                .map_err(|_| "it is no number of tasks, and not \"none\"".to_owned())
        }
    }
}

/// Whom it is about.
#[derive(Args, Debug)]
pub(crate) struct ReachArgs {
    /// The workers of a host, those that start later too [default: all of the store]
    #[arg(long, value_name = "HOST", conflicts_with = "worker")]
    pub(crate) host: Option<String>,

    /// One worker, by its number
    #[arg(long, value_name = "N")]
    pub(crate) worker: Option<u64>,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

impl ReachArgs {
    /// Whom it is about.
    pub(crate) fn reach(&self) -> Reach {
        match (&self.host, self.worker) {
            (Some(host), _) => Reach::Host(host.clone()),
            (None, Some(worker)) => Reach::Worker(WorkerNumber(worker)),
            (None, None) => Reach::Store,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct DrainArgs {
    #[command(flatten)]
    pub(crate) reach: ReachArgs,

    /// Return once nothing is left with those workers
    #[arg(long, short = 'w')]
    pub(crate) wait: bool,

    /// With --wait: at most this long
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Args, Debug)]
pub(crate) struct ThrottleArgs {
    /// Have batches take at most this share of the time of each slot, as in 50%; off: all of it
    #[arg(value_name = "SHARE|off", value_parser = share)]
    pub(crate) share: Option<Brake>,

    /// Say why, for those who look later
    #[arg(long, requires = "share")]
    pub(crate) reason: Option<String>,
}

/// A share of time; None: all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brake(pub(crate) Option<Share>);

fn share(text: &str) -> Result<Brake, NoShare> {
    match text {
        "off" | "100%" => Ok(Brake(None)),
        _ => text.parse().map(|share| Brake(Some(share))),
    }
}

#[derive(Args, Debug)]
pub(crate) struct UncordonArgs {
    #[command(flatten)]
    pub(crate) reach: ReachArgs,

    /// Lift every cordon there is
    #[arg(long, conflicts_with_all = ["host", "worker"])]
    pub(crate) all: bool,
}
