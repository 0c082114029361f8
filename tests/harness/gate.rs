//! A gate that batches wait at until the test lets them through.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

/// A FIFO: each batch reads a line of it. Closed when dropped: who waits then goes on.
pub(crate) struct Gate {
    path: PathBuf,
    file: File,
}

impl Gate {
    pub(super) fn new(path: &Path) -> Self {
        mkfifo(path, Mode::S_IRWXU).expect("a FIFO can be made");
        // For reading too: neither end then waits for the other to be opened.
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .expect("the FIFO was just made");
        Self {
            path: path.to_owned(),
            file,
        }
    }

    /// The shell's words that wait at the gate.
    pub(crate) fn pass(&self) -> String {
        format!("read -r _ <'{}'\n", self.path.display())
    }

    /// Lets so many batches through, those that come later too.
    pub(crate) fn release(&self, batches: usize) {
        (&self.file)
            .write_all("\n".repeat(batches).as_bytes())
            .expect("a FIFO holds many lines");
    }
}
