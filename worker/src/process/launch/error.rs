//! Why a process could not be started.

use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use rustix::fs::Access;

use super::Launch;

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is no such program.
    #[error("the program {} does not exist", program.display())]
    NotFound {
        /// Its path.
        program: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The program is a script, and what its first line names does not exist.
    #[error("the interpreter that the first line of {} names does not exist", program.display())]
    InterpreterNotFound {
        /// The script's path.
        program: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The program may not be executed, or is nothing that the kernel executes.
    #[error("the program {} is not executable", program.display())]
    NotExecutable {
        /// Its path.
        program: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The working directory does not exist, is no directory, or may not be entered.
    #[error("cannot start {} in the directory {}", program.display(), dir.display())]
    Directory {
        /// What was to be started.
        program: PathBuf,
        /// Where.
        dir: PathBuf,
        /// What the kernel said of the directory.
        source: io::Error,
    },
    /// Arguments and environment together are more than the kernel takes.
    #[error("the arguments and the environment of {} are too long; lower the batch size", program.display())]
    TooLong {
        /// What was to be started.
        program: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// A path, an argument or a variable holds a NUL byte, which no program can be given.
    #[error("cannot start {} with {word:?}: it holds a NUL byte", program.display())]
    NulByte {
        /// What was to be started.
        program: PathBuf,
        /// What holds the byte; of a variable the name.
        word: String,
    },
    /// Anything else: no descriptors, no memory, too many processes.
    #[error("cannot start {}: failed to {step}", program.display())]
    Failed {
        /// What was to be started.
        program: PathBuf,
        /// What failed.
        step: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

/// What an error of `posix_spawn` was about: it reports those of the directory and of the program
/// alike.
pub(super) fn explain(launch: &Launch<'_>, errno: Errno) -> SpawnError {
    let program = launch.program.to_owned();
    let source = io::Error::from(errno);
    if let Err(source) = enterable(launch.dir) {
        return SpawnError::Directory {
            program,
            dir: launch.dir.to_owned(),
            source,
        };
    }
    match errno {
        Errno::ENOENT if launch.program.exists() => {
            SpawnError::InterpreterNotFound { program, source }
        }
        Errno::ENOENT | Errno::ENOTDIR => SpawnError::NotFound { program, source },
        Errno::EACCES | Errno::ENOEXEC | Errno::EPERM | Errno::ELOOP => {
            SpawnError::NotExecutable { program, source }
        }
        Errno::E2BIG => SpawnError::TooLong { program, source },
        _ => SpawnError::Failed {
            program,
            step: "execute it",
            source,
        },
    }
}

fn enterable(dir: &Path) -> io::Result<()> {
    if !std::fs::metadata(dir)?.is_dir() {
        return Err(Errno::ENOTDIR.into());
    }
    Ok(rustix::fs::access(dir, Access::EXEC_OK)?)
}
