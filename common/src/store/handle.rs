//! The database behind the store: opened with care, opened anew once a failure has spent it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use redb::backends::FileBackend;
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction,
    ReadableDatabase, WriteTransaction,
};

use super::DATABASE;
use super::contain::{contain, own};
use super::error::{StoreError, from_database};
use super::ground::{open_file, prepare_folder, survey};
use super::inside::enter;
use super::layout::{Layout, foreign, lay_out, layout};
use super::schema::{COUNTER_SCHEMA, SCHEMA};
use super::tx::{Reads, View};
use crate::process::FileIdentity;

/// Enough: a scan of 100,000 tasks is no slower than with a larger one.
const CACHE: usize = 4 * 1024 * 1024;

/// Whether a store that isn't there is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Make it.
    Create,
    /// Say so.
    Refuse,
}

/// What a store is opened for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// To write too, where this user may.
    #[default]
    Write,
    /// To look only: cheaper, since nothing is synced.
    Look,
}

enum Opened {
    Writable(Database),
    ReadOnly(ReadOnlyDatabase),
}

/// A database that is closed as it is used: by somebody who is inside it, since closing writes.
/// None: closed.
struct Closing(Option<Opened>);

impl Closing {
    fn opened(&self) -> &Opened {
        self.0.as_ref().expect("only the drop closes it")
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let _inside = enter();
        self.0 = None;
    }
}

/// The open database of a store.
pub(super) struct Handle {
    pub(super) dir: PathBuf,
    opened: RwLock<Arc<Closing>>,
    reopening: Mutex<()>,
    writable: bool,
    access: Access,
    /// The file that was opened.
    identity: FileIdentity,
}

impl Handle {
    pub(super) fn open(dir: &Path, absent: Absent, access: Access) -> Result<Self, StoreError> {
        let dir = prepare_folder(dir, absent)?;
        survey(&dir)?;
        let opened = {
            let _inside = enter();
            contain(&dir, || open_database(&dir, absent, access))?
        };
        let writable = matches!(opened, Opened::Writable(_));
        let identity = identity(&dir)?;
        let handle = Self {
            dir,
            opened: RwLock::new(Arc::new(Closing(Some(opened)))),
            reopening: Mutex::new(()),
            writable,
            access,
            identity,
        };
        handle.view(|view| {
            if view.counter(COUNTER_SCHEMA)? == 0 {
                return Err(foreign(&handle.dir));
            }
            view.check_schema()
        })?;
        Ok(handle)
    }

    pub(super) fn writable(&self) -> bool {
        self.writable
    }

    fn opened(&self) -> Arc<Closing> {
        Arc::clone(&self.opened.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens the database anew: an I/O error has poisoned the old handle, reads included.
    pub(super) fn reopen(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self
            .reopening
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let _inside = enter();
        let opened = contain(&self.dir, || {
            open_database(&self.dir, Absent::Refuse, self.access)
        })?;
        self.check_place()?;
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Closing(Some(opened)));
        Ok(())
    }

    /// Refuses to go on with a database that is no longer the one in the store's folder: nobody else
    /// would ever see what is written to it.
    pub(super) fn check_place(&self) -> Result<(), StoreError> {
        if identity(&self.dir)? == self.identity {
            return Ok(());
        }
        Err(StoreError::Replaced {
            path: self.dir.clone(),
        })
    }

    /// Reads in one short transaction.
    pub(super) fn view<T>(
        &self,
        read: impl FnOnce(&View<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _inside = enter();
        contain(&self.dir, || {
            let txn = self.afresh(Self::begin_read)?;
            let view = View {
                txn,
                dir: &self.dir,
            };
            own(&self.dir, || read(&view))
        })
    }

    /// Begins a transaction; where an earlier failure has left a spent handle behind, with a new
    /// one. Nothing has been written by then, so that this can't write anything twice.
    fn afresh<T>(&self, begin: impl Fn(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match begin(self) {
            Err(error) if error.spends_the_handle() => {
                self.reopen()?;
                begin(self)
            }
            outcome => outcome,
        }
    }

    fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
        let opened = self.opened();
        match opened.opened() {
            Opened::Writable(database) => database.begin_read(),
            Opened::ReadOnly(database) => database.begin_read(),
        }
        .map_err(|error| from_database(&self.dir, "reading", error))
    }

    pub(super) fn begin_write(&self) -> Result<WriteTransaction, StoreError> {
        self.afresh(Self::try_begin_write)
    }

    fn try_begin_write(&self) -> Result<WriteTransaction, StoreError> {
        let opened = self.opened();
        match opened.opened() {
            Opened::Writable(database) => database
                .begin_write()
                .map_err(|error| from_database(&self.dir, "writing", error)),
            Opened::ReadOnly(_) => Err(StoreError::ReadOnly {
                path: self.dir.clone(),
            }),
        }
    }
}

fn identity(dir: &Path) -> Result<FileIdentity, StoreError> {
    let path = dir.join(DATABASE);
    FileIdentity::at(&path, DATABASE).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::Replaced {
            path: dir.to_owned(),
        },
        _ => StoreError::io(&path, "looking for the database", error),
    })
}

/// A database to write to, of a handle of its own.
pub(super) fn open_to_write(dir: &Path) -> Result<Database, StoreError> {
    match open_database(dir, Absent::Refuse, Access::Write)? {
        Opened::Writable(database) => Ok(database),
        Opened::ReadOnly(_) => Err(StoreError::ReadOnly {
            path: dir.to_owned(),
        }),
    }
}

/// Checks the integrity of a store's database through a handle of its own. False: it was damaged
/// and has been repaired.
pub(super) fn check_integrity(dir: &Path) -> Result<bool, StoreError> {
    let _inside = enter();
    contain(dir, || {
        open_to_write(dir)?
            .check_integrity()
            .map_err(|error| from_database(dir, "checking the integrity", error))
    })
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder
        .set_cache_size(CACHE)
        .set_concurrency_mode(ConcurrencyMode::MultiWriter);
    builder
}

fn open_database(dir: &Path, absent: Absent, access: Access) -> Result<Opened, StoreError> {
    if access == Access::Look {
        match open_read_only(dir) {
            // Left by processes that were all killed, or being made: opening it to write puts it
            // right, or can tell what is wrong.
            Err(StoreError::LeftOpen { .. } | StoreError::Corrupted { .. }) => {}
            outcome => return outcome.map(Opened::ReadOnly),
        }
    }
    let denied = |error: &StoreError| {
        matches!(error, StoreError::Io { source, .. }
        if source.downcast_ref::<io::Error>().is_some_and(|error| matches!(
            error.kind(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
        )))
    };
    match open_file(dir, absent, true) {
        Ok(file) => open_writable(dir, absent, file).map(Opened::Writable),
        Err(error) if denied(&error) => open_read_only(dir).map(Opened::ReadOnly),
        Err(error) => Err(error),
    }
}

fn open_writable(dir: &Path, absent: Absent, file: File) -> Result<Database, StoreError> {
    let fails = |error: redb::Error| from_database(dir, "opening the database", error);
    refuse_what_is_not_ours(dir, absent)?;
    let backend = FileBackend::new(file).map_err(|error| fails(error.into()))?;
    let database = builder()
        .create_with_backend(backend)
        .map_err(|error| fails(error.into()))?;
    match layout(&database).map_err(fails)? {
        Layout::Ours(_) => {}
        Layout::Empty => lay_out(&database).map_err(fails)?,
        Layout::Foreign => return Err(foreign(dir)),
    }
    Ok(database)
}

/// Looks at a database before it is opened for writing, which changes the file: what is not ours is
/// left as it was.
fn refuse_what_is_not_ours(dir: &Path, absent: Absent) -> Result<(), StoreError> {
    let file = open_file(dir, absent, false)?;
    let fails = |error: redb::Error| from_database(dir, "opening the database", error);
    let backend = FileBackend::new(file).map_err(|error| fails(error.into()))?;
    // Whoever only reads can't tell a damaged database from one that is being made, or wants the
    // repair that comes with opening it for writing: that will tell.
    let Ok(database) = builder().open_read_only_with_backend(backend) else {
        return Ok(());
    };
    match layout(&database).map_err(fails) {
        Ok(Layout::Foreign) => Err(foreign(dir)),
        Ok(Layout::Ours(schema)) if schema > SCHEMA => Err(StoreError::Newer {
            path: dir.to_owned(),
            found: schema,
            known: SCHEMA,
        }),
        Err(error @ StoreError::NotAStore { .. }) => Err(error),
        Ok(Layout::Ours(_) | Layout::Empty) | Err(_) => Ok(()),
    }
}

fn open_read_only(dir: &Path) -> Result<ReadOnlyDatabase, StoreError> {
    let file = open_file(dir, Absent::Refuse, false)?;
    let fails = |error: DatabaseError| match error {
        // Left by processes that were all killed: only who may write can put it right.
        DatabaseError::RepairAborted => StoreError::LeftOpen {
            path: dir.to_owned(),
        },
        error => from_database(dir, "opening the database", error),
    };
    let backend = FileBackend::new(file).map_err(fails)?;
    builder()
        .open_read_only_with_backend(backend)
        .map_err(fails)
}
