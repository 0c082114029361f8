//! What can go wrong with a store.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::row_name::RowName;
use crate::id::{TaskNumber, WorkerNumber};

/// The cause below an error of the store, shared by all who waited for the same commit.
pub(super) type Cause = Arc<dyn Error + Send + Sync>;

/// An error of the store. Each names what was done to what.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no store.
    #[error("there is no store at {}", path.display())]
    Missing {
        /// The store's folder.
        path: PathBuf,
    },
    /// What was opened is not what lies there now: whatever is written to it is lost.
    #[error("the store {} was removed or replaced while this process worked on it", path.display())]
    Replaced {
        /// The store's folder.
        path: PathBuf,
    },
    /// Something that is not a store is in its place.
    #[error("{} is not a store: {what}", path.display())]
    NotAStore {
        /// The store's folder, or its database.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// Others may write to it, so anybody could have commands run as its user.
    #[error("the store {} may be written by others (mode {mode:04o})", path.display())]
    Exposed {
        /// The folder or file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The command that mends it.
        mend: String,
    },
    /// Commands would run as this process's user at the word of another.
    #[error("the store {} belongs to {owner}: {why}", path.display())]
    NotOurs {
        /// The store's folder.
        path: PathBuf,
        /// Whose it is.
        owner: String,
        /// Who runs its commands.
        why: &'static str,
    },
    /// There is a store already where one was to be made.
    #[error("there is a store at {} already", path.display())]
    There {
        /// The store's folder.
        path: PathBuf,
    },
    /// Locks and notifications don't reach across machines.
    #[error("the store {} is on a network file system ({kind})", path.display())]
    NetworkFileSystem {
        /// The store's folder.
        path: PathBuf,
        /// The file system's type.
        kind: String,
    },
    /// The store may only be read.
    #[error("the store {} may only be read by this user", path.display())]
    ReadOnly {
        /// The store's folder.
        path: PathBuf,
    },
    /// The call never started: nothing was written.
    #[error("the store {} stayed busy for {waited:?}; nothing was written", path.display())]
    Busy {
        /// The store's folder.
        path: PathBuf,
        /// How long the call waited.
        waited: Duration,
    },
    /// The call started and did not come back: it may have been written, or still be.
    #[error("the store {} did not answer{}; whether it was written is unknown", path.display(), within(*waited))]
    Unknown {
        /// The store's folder.
        path: PathBuf,
        /// How long the call waited; None: it failed and could not be looked into.
        waited: Option<Duration>,
    },
    /// It can only be read, and needs somebody who may write.
    #[error("the store {} was left open by processes that were killed, and has to be opened once by somebody who may write to it", path.display())]
    LeftOpen {
        /// The store's folder.
        path: PathBuf,
    },
    /// A newer longhaul has raised the schema.
    #[error("the store {} has schema {found}; this version knows up to {known}", path.display())]
    Newer {
        /// The store's folder.
        path: PathBuf,
        /// The schema found.
        found: u64,
        /// The newest schema known.
        known: u64,
    },
    /// Processes of another version hold it open with another lock protocol.
    #[error("the store {} is held open by a longhaul of another version", path.display())]
    OtherVersion {
        /// The store's folder.
        path: PathBuf,
    },
    /// The database can't be read.
    #[error("the store's database {} is damaged: {what}", path.display())]
    Corrupted {
        /// The database file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// One row can't be read; the store is well, and nothing was written.
    #[error("{row} can't be read in the store {}: {what}", path.display())]
    Unreadable {
        /// The store's folder.
        path: PathBuf,
        /// The row.
        row: RowName,
        /// Why.
        what: String,
    },
    /// A fault of our own; nothing was written.
    #[error("a bug in longhaul, met on the store {}: {what}", path.display())]
    Bug {
        /// The store's folder.
        path: PathBuf,
        /// What was said.
        what: String,
    },
    /// No room.
    #[error("no room for the store {} while {doing}", path.display())]
    Full {
        /// The store's folder.
        path: PathBuf,
        /// The operation.
        doing: &'static str,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// Another failure of input or output.
    #[error("{doing} failed on the store {}", path.display())]
    Io {
        /// The store's folder, or a file in it.
        path: PathBuf,
        /// The operation.
        doing: &'static str,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The claim under which somebody wrote is not the present one: nothing was written.
    #[error("the claim of worker {worker} on task {task} is over")]
    Fenced {
        /// The task.
        task: TaskNumber,
        /// The worker whose claim it was.
        worker: WorkerNumber,
    },
    /// No such task.
    #[error("there is no task {0}")]
    NoTask(TaskNumber),
}

impl StoreError {
    pub(crate) fn io(path: &Path, doing: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        if is_full(&source) {
            Self::Full {
                path,
                doing,
                source: Arc::new(source),
            }
        } else {
            Self::Io {
                path,
                doing,
                source: Arc::new(source),
            }
        }
    }

    /// Whether the operation that met it may have stopped halfway: it must leave no trace in what it
    /// shares with others.
    pub(super) fn stops_halfway(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Bug { .. })
    }

    /// Whether the database handle is spent and has to be opened anew.
    pub(super) fn spends_the_handle(&self) -> bool {
        matches!(
            self,
            Self::Full { .. } | Self::Io { .. } | Self::Corrupted { .. }
        )
    }
}

/// None where a row can't be read: for those who go on with the others.
pub(super) fn passing_over<T>(found: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(StoreError::Unreadable { .. }) => Ok(None),
        found => found.map(Some),
    }
}

fn within(waited: Option<Duration>) -> String {
    waited.map_or_else(String::new, |waited| format!(" within {waited:?}"))
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// Turns an error of the database into the store's own.
pub(super) fn from_database(
    dir: &Path,
    doing: &'static str,
    error: impl Into<redb::Error>,
) -> StoreError {
    use redb::Error as E;
    let path = dir.to_owned();
    match error.into() {
        E::Io(source) if source.kind() == io::ErrorKind::InvalidData => StoreError::NotAStore {
            path: dir.join(super::DATABASE),
            what: source.to_string(),
        },
        // No reader goes beyond what the file's own header says there is.
        E::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => StoreError::Corrupted {
            path: dir.join(super::DATABASE),
            what: "it ends before its time".into(),
        },
        E::Io(source) => StoreError::io(dir, doing, source),
        E::Corrupted(what) => StoreError::Corrupted {
            path: dir.join(super::DATABASE),
            what,
        },
        E::LockProtocolMismatch | E::DatabaseAlreadyOpen => StoreError::OtherVersion { path },
        error @ (E::TableTypeMismatch { .. }
        | E::TableIsMultimap(_)
        | E::TableIsNotMultimap(_)
        | E::TypeDefinitionChanged { .. }
        | E::UpgradeRequired(_)) => StoreError::NotAStore {
            path: dir.join(super::DATABASE),
            what: error.to_string(),
        },
        error => StoreError::Io {
            path,
            doing,
            source: Arc::new(error),
        },
    }
}
