//! The processes of a batch: started, fed, watched and understood.
//!
//! A batch is handed to its process complete ([`sealed_items`]), the process inherits nothing but
//! what it is given ([`spawn`]), and a wait for it ([`Running::watch`]) costs nothing while nothing
//! happens. Nothing in here kills: clearing what a batch leaves behind needs the batch lock, and is
//! somebody else's subject.

mod arguments;
mod inherited;
mod launch;
mod lines;
mod meaning;
mod memfd;
mod orphans;
mod running;
mod status;

pub use arguments::{ArgumentRoom, Feed, FillError, Filled, Framing, fill, write_items};
pub use inherited::{close_on_exec_all, default_child_signal, file_size_limit_is_an_error};
pub use launch::{INHERITED_FD, Launch, SpawnError, input_pipe, spawn};
pub use lines::{LONGEST_LINE, LineSplitter};
pub use meaning::{Meaning, exit_meaning};
pub use memfd::{ItemsError, sealed_items};
pub use orphans::reap_orphans;
pub use running::{Running, Turn, WatchError};
pub use status::{Status, Stream, Verdict};

#[cfg(test)]
mod tests;
