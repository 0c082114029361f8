//! What is typed to choose tasks: by name, or by what they are.

use clap::Args;

/// Tasks, chosen by what they are. All of it must hold; values between commas are alternatives.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterArgs {
    /// Those that EXPR picks, in the words of the dashboard's `/`: 'state:run kind:import !name:old*'
    #[arg(long, value_name = "EXPR")]
    pub(crate) filter: Option<String>,

    /// In this state: init, run, suspend, terminate, a phase such as queued, or how it ended
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,

    /// Of which this is wanted: run, suspend or terminate
    #[arg(long, value_name = "STATE")]
    pub(crate) desired: Option<String>,

    /// Of this kind; * stands for any text
    #[arg(long, value_name = "GLOB")]
    pub(crate) kind: Option<String>,

    /// With this name; * stands for any text
    #[arg(long, value_name = "GLOB")]
    pub(crate) name: Option<String>,

    /// In this group; * stands for any text
    #[arg(long, value_name = "GLOB")]
    pub(crate) group: Option<String>,

    /// Held by this worker, or by none
    #[arg(long, value_name = "N|none")]
    pub(crate) worker: Option<String>,

    /// Of which somebody asked last in whose name this is
    #[arg(long, value_name = "TEXT")]
    pub(crate) by: Option<String>,

    /// In their state since then, or since so long at most
    #[arg(long, value_name = "TIME|AGO")]
    pub(crate) since: Option<String>,

    /// Which failed, or passed over batches
    #[arg(long)]
    pub(crate) failed: bool,

    /// In their state for longer than this, or since before then
    #[arg(long, value_name = "AGO|TIME")]
    pub(crate) older_than: Option<String>,

    /// Held by the worker that is this process
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<String>,
}

/// The tasks that are acted on.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ChoiceArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) tasks: Vec<String>,

    #[command(flatten, next_help_heading = "Instead of TASK, by what they are")]
    pub(crate) filter: FilterArgs,

    #[command(flatten, next_help_heading = "Options")]
    pub(crate) care: CareArgs,
}

/// How careful acting on many is.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct CareArgs {
    /// List what would be acted on, and what refused; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Don't ask, however many they are
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
}

/// The tasks that are looked at.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LookedAtArgs {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(crate) tasks: Vec<String>,

    #[command(flatten, next_help_heading = "Instead of TASK, by what they are")]
    pub(crate) filter: FilterArgs,
}
