//! The store: an embedded database that every process shares. Its operations are in the domain's
//! words; nothing of the database shows.
//!
//! One write transaction runs at a time over all processes, so every operation is short. A runner
//! commits on its own thread, grouped with whatever else waits; everybody else goes through two
//! threads of the store and waits with a deadline.

mod after;
mod again;
mod aim;
mod batch_rows;
mod before;
mod brake;
mod claim;
mod comment;
mod contain;
mod cordon;
mod error;
mod failed;
mod fed;
mod feed;
mod gates;
mod ground;
mod group;
mod handle;
mod hold;
mod hooks;
#[cfg(test)]
mod house_for_tests;
mod init;
mod inside;
mod kinds;
mod lanes;
mod layout;
mod ledger;
mod live;
mod look;
mod marks;
mod outlook;
mod policy;
mod prune;
mod queue;
mod record;
mod request;
mod resolve;
mod rollback;
mod room;
mod row_name;
mod scan;
mod schedules;
mod schema;
mod set;
mod slots;
mod submit;
mod table;
mod threads;
mod timers;
mod tx;
mod undo;
mod words;
mod workers;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use again::{NotQueued, QueuedAgain};
pub use aim::{Aim, Matching, Picked, Reach};
pub use claim::{Appetite, Catch, Glance, Held, Look, Taken};
pub use comment::{Comment, Commented};
pub use contain::panic_is_contained;
pub use error::StoreError;
pub use failed::{Failed, Trouble};
pub use fed::{Closed, NotTaken};
pub use feed::Events;
pub use handle::{Absent, Access};
pub use hold::{AfterFailure, FailedAttempt, Halved, Key, Orders};
pub use hooks::{HOOK_ATTEMPTS, HookBegin};
pub use inside::while_idle;
pub use lanes::Due;
pub use ledger::Ledger;
pub use live::{NotTold, Telling};
pub use look::Tasks;
pub use marks::{Moved, Stretch};
pub use outlook::Outlook;
pub use prune::{Forget, Kept, Pruned, PrunedTask, Tally};
pub use queue::{
    Begin, BrokerNews, Cuts, Ended, Failing, Met, Next, Performed, Performer, Planned, Report,
    Served, Spent, Turn, Watched,
};
pub use record::{
    Accepts, Again, Claim, Failure, PassedItem, State, TaskRow, ToRetry, Wish, WorkerRow,
};
pub use request::{Answer, Ask, Blocking, ClaimFor, Done, Haste, Hooks};
pub use resolve::Meant;
pub use rollback::AfterUndo;
pub use room::Room;
pub use row_name::RowName;
pub use set::{NotSet, SetAnswer, Setting, Settings};
pub use slots::{GroupRow, GroupSetting};
pub use submit::{Instead, NewTask, Submitted};
pub use undo::{Made, Undo, Undone};
pub use words::{Hearer, OwedWord, TELL_ATTEMPTS, Word, WordTaken};

use crate::bell::Bells;
use crate::process::{Openers, openers};
use group::Group;
use handle::Handle;
use threads::{Effect, StoreThread};
use tx::{Tx, View};

/// The database's file in the store's folder.
const DATABASE: &str = "tasks.redb";

/// How long a call waits for the store before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A store. Cheap to clone; clones share the open database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    patience: Duration,
}

struct Inner {
    dir: PathBuf,
    group: Arc<Group>,
    handle: Arc<Handle>,
    writer: StoreThread,
    reader: StoreThread,
}

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Whether one that isn't there is made.
    pub absent: Absent,
    /// What it is opened for.
    pub access: Access,
    /// How long each call waits before it gives up.
    pub patience: Duration,
    /// Whether others are told of changes; without bells they notice at their slow tick.
    pub bells: Ringing,
}

/// Whether a store tells others of its changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ringing {
    /// At once.
    #[default]
    On,
    /// Never: for tests that prove nothing depends on it.
    Off,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            absent: Absent::Refuse,
            access: Access::Write,
            patience: PATIENCE,
            bells: Ringing::On,
        }
    }
}

impl Store {
    /// Opens the store in the folder `dir`.
    ///
    /// # Errors
    /// See [`StoreError`]: each says what is there instead, and nothing is changed.
    pub fn open(dir: &Path, opening: Opening) -> Result<Self, StoreError> {
        let reader = StoreThread::new("store-reader");
        let wanted = dir.to_owned();
        // Opening can block like any other call while another process is stopped inside the
        // database.
        let handle = reader.call(dir, opening.patience, Effect::Reads, move || {
            Handle::open(&wanted, opening.absent, opening.access)
        })?;
        let handle = Arc::new(handle);
        let dir = handle.dir.clone();
        let bells = match opening.bells {
            Ringing::On if handle.writable() => {
                Bells::open(&dir).map_err(|error| StoreError::Io {
                    path: dir.clone(),
                    doing: "opening the bells",
                    source: Arc::new(error),
                })?
            }
            Ringing::On | Ringing::Off => Bells::silent(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                dir,
                group: Arc::new(Group::new(Arc::clone(&handle), bells)),
                handle,
                writer: StoreThread::new("store-writer"),
                reader,
            }),
            patience: opening.patience,
        })
    }

    /// The same store for a caller that waits so long for each call.
    #[must_use]
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            patience,
        }
    }

    /// The store's folder, absolute.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Whether this process may write to it.
    #[must_use]
    pub fn writable(&self) -> bool {
        self.inner.handle.writable()
    }

    /// Refuses to have the commands of its tasks run by this process, unless its user owns the store
    /// or it is shared with a group of that user. The superuser runs those of its own stores alone.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`], and the store's own.
    pub fn refuse_to_run(&self) -> Result<(), StoreError> {
        ground::refuse_to_run(&self.inner.dir)
    }

    /// The database file of the store in the folder `dir`.
    #[must_use]
    pub fn database(dir: &Path) -> PathBuf {
        dir.join(DATABASE)
    }

    /// The processes that have the store in the folder `dir` open, without this one. Works while
    /// the store is busy: it is not opened for it.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the database or `/proc` can't be looked at.
    pub fn openers(dir: &Path) -> Result<Openers, StoreError> {
        let database = Self::database(dir);
        openers(&database, DATABASE)
            .map_err(|error| StoreError::io(&database, "looking who has it open", error))
    }

    /// Checks every page's checksum and the structure of the database. False: it was damaged and
    /// has been repaired. Slow, and others wait meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Corrupted`] when it can't be repaired, and the store's own.
    pub fn check_integrity(dir: &Path, patience: Duration) -> Result<bool, StoreError> {
        let wanted = dir.to_owned();
        StoreThread::new("store-checker").call(dir, patience, Effect::Writes, move || {
            handle::check_integrity(&wanted)
        })
    }

    /// Names the rows that can't be read, each by its error. Slow: every row is looked at.
    ///
    /// # Errors
    /// The store's own.
    pub fn unreadable_rows(dir: &Path, patience: Duration) -> Result<Vec<StoreError>, StoreError> {
        let wanted = dir.to_owned();
        StoreThread::new("store-checker").call(dir, patience, Effect::Reads, move || {
            Handle::open(&wanted, Absent::Refuse, Access::Look)?.view(look::unreadable)
        })
    }

    /// Reads on the store's thread, waiting with a deadline.
    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let handle = Arc::clone(&self.inner.handle);
        self.inner
            .reader
            .call(&self.inner.dir, self.patience, Effect::Reads, move || {
                let outcome = handle.view(read);
                if let Err(error) = &outcome
                    && error.spends_the_handle()
                {
                    // So that the next read finds a fresh one; this one's error stands.
                    let _ = handle.reopen();
                }
                outcome
            })
    }

    /// Writes on the store's thread, waiting with a deadline.
    fn write<T: Send + 'static>(
        &self,
        write: impl FnMut(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if !self.inner.handle.writable() {
            return Err(StoreError::ReadOnly {
                path: self.inner.dir.clone(),
            });
        }
        let group = Arc::clone(&self.inner.group);
        self.inner
            .writer
            .call(&self.inner.dir, self.patience, Effect::Writes, move || {
                group.commit(write)
            })
    }

    /// Writes on the calling thread, which is a runner's: without a deadline, and without a
    /// hand-over between threads.
    fn commit<T: Send + 'static>(
        &self,
        write: impl FnMut(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.group.commit(write)
    }
}

#[cfg(test)]
mod tests;
