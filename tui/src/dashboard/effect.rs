//! What the core wants done outside.

use longhaul_common::id::TaskNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::Haste;

/// Something the rim carries out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The program ends.
    Quit,
    /// All is drawn anew, whatever the terminal shows.
    Redraw,
    /// The process stops and the shell goes on, until `fg`.
    ToShell,
    /// The store is asked; the answer comes as a message.
    Ask(Request),
}

/// A request on tasks that were frozen when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) want: Desired,
    pub(crate) haste: Haste,
    pub(crate) tasks: Vec<TaskNumber>,
    pub(crate) reason: Option<String>,
}
