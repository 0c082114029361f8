//! What `longhaul prune` takes.

use clap::{Args, ValueEnum};
use longhaul_common::state::Outcome;

use super::FilterArgs;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  longhaul prune --older-than 30d --dry-run      what would go
  longhaul prune --older-than 30d --keep 100     old ones, but never the last 100
  longhaul prune --outcome completed --yes       without asking
  longhaul prune 17 18                           these two

Only terminated tasks are ever removed. All conditions must hold.")]
pub(crate) struct PruneArgs {
    /// Number, id, beginning or ending of an id, or name: these, instead of all that meet conditions
    #[arg(
        value_name = "TASK",
        conflicts_with_all = ["outcome", "keep", "all"]
    )]
    pub(crate) tasks: Vec<String>,

    /// Those that ended so
    #[arg(
        long,
        value_name = "OUTCOME",
        value_delimiter = ',',
        ignore_case = true
    )]
    pub(crate) outcome: Vec<OutcomeArg>,

    /// Keep the N that ended last (of that outcome, if one is named)
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<usize>,

    /// All that have ended
    #[arg(long, short = 'a', conflicts_with_all = ["outcome", "keep"])]
    pub(crate) all: bool,

    #[command(flatten, next_help_heading = "Those alone that are")]
    pub(crate) filter: FilterArgs,

    /// Files of tasks that are gone already, which an interrupted prune may leave
    #[arg(long)]
    pub(crate) orphans: bool,

    /// Say why, for those who look later
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// List what would go, and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Don't ask, however many they are
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
}

impl PruneArgs {
    /// Whether tasks are chosen by what they are.
    pub(crate) fn chooses(&self) -> bool {
        self.all || self.filter.is_given() || !self.outcome.is_empty() || self.keep.is_some()
    }
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutcomeArg {
    /// Its input was exhausted
    Completed,
    /// An operator wanted it
    Terminated,
    /// The error policy ended it
    Failed,
}

impl From<OutcomeArg> for Outcome {
    fn from(outcome: OutcomeArg) -> Self {
        match outcome {
            OutcomeArg::Completed => Self::Completed,
            OutcomeArg::Terminated => Self::Terminated,
            OutcomeArg::Failed => Self::Failed,
        }
    }
}
