//! The store that is open now: the reader opens it, and again when another stands in its place;
//! the others use it.

mod asking;

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::store::{Access, Opening, Store, StoreError};
use longhaul_common::time::Timestamp;

use crate::dashboard::model;
use asking::Asking;

/// How long a look waits for the store before the screen says that it is busy. Nothing but the
/// reader waits.
const PATIENCE: Duration = Duration::from_secs(1);

/// Longer than a step of the clock by which files are marked.
const SETTLED: Duration = Duration::from_millis(200);

/// Opening can block for as long as another process is stopped inside the database: one attempt is
/// under way, however long it takes.
const AS_LONG_AS_IT_TAKES: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Where the open store lies. Cheap to clone.
#[derive(Clone)]
pub(super) struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    actor: Actor,
    access: Access,
    state: Mutex<State>,
    changed: Condvar,
    asking: Mutex<Asking>,
}

/// What lies there.
enum State {
    Nothing,
    /// A thread opens it.
    Opening,
    /// It could not be opened.
    Failed(StoreError),
    Open(Opened),
}

struct Opened {
    control: Control,
    file: Identity,
}

/// The database's file as the system tells of it, without the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glimpse {
    file: Identity,
    written: (i64, i64),
    length: u64,
}

impl Glimpse {
    /// Whether what is written to the file from now on will show in a later glimpse: the system's
    /// clock for files goes in steps.
    pub(super) fn is_settled(&self) -> bool {
        let now = Timestamp::now().as_millis();
        let written = self.written.0 * 1000 + self.written.1 / 1_000_000;
        now - written > SETTLED.as_millis().try_into().unwrap_or(i64::MAX)
    }
}

/// What tells a database's file from another in its place.
type Identity = (u64, u64);

impl Desk {
    pub(super) fn new(dir: PathBuf, actor: Actor, access: Access) -> Self {
        Self {
            inner: Arc::new(Inner {
                dir,
                actor,
                access,
                state: Mutex::new(State::Nothing),
                changed: Condvar::new(),
                asking: Mutex::default(),
            }),
        }
    }

    /// With a store that is open already.
    pub(super) fn over(control: &Control) -> Self {
        let dir = control.store().dir().to_owned();
        let desk = Self::new(dir, control.actor().clone(), Access::Write);
        if let Some(file) = identity(desk.dir()) {
            *desk.inner.state() = State::Open(Opened {
                control: control.with_patience(PATIENCE),
                file,
            });
        }
        desk
    }

    /// What may be asked of tasks as far as is known before it is open.
    pub(super) fn access(&self) -> model::Access {
        match (&*self.inner.state(), self.inner.access) {
            (_, Access::Look) => model::Access::ReadOnly,
            (State::Open(opened), _) if !opened.control.store().writable() => model::Access::Barred,
            (_, Access::Write) => model::Access::Control,
        }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// The store that is open, if one is.
    pub(super) fn control(&self) -> Option<Control> {
        match &*self.inner.state() {
            State::Open(opened) => Some(opened.control.clone()),
            State::Nothing | State::Opening | State::Failed(_) => None,
        }
    }

    /// Opens the store, unless it is open. Busy: it is still being opened.
    pub(super) fn open(&self) -> Result<Control, StoreError> {
        let inner = &self.inner;
        let mut state = inner.state();
        match &*state {
            State::Open(opened) => return Ok(opened.control.clone()),
            State::Opening => {}
            State::Nothing | State::Failed(_) => {
                let opener = Arc::clone(inner);
                std::thread::Builder::new()
                    .name("opener".into())
                    .spawn(move || opener.open())
                    .map_err(|error| inner.io("starting a thread", error))?;
                *state = State::Opening;
            }
        }
        let (state, _) = inner
            .changed
            .wait_timeout_while(state, PATIENCE, |state| matches!(state, State::Opening))
            .unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open(opened) => Ok(opened.control.clone()),
            State::Failed(error) => Err(error.clone()),
            State::Nothing | State::Opening => Err(StoreError::Busy {
                path: inner.dir.clone(),
                waited: PATIENCE,
            }),
        }
    }

    /// Closes it.
    pub(super) fn close(&self) {
        let mut state = self.inner.state();
        if matches!(*state, State::Open(_)) {
            *state = State::Nothing;
        }
    }

    /// A glimpse of the database, if what is open still is the store's; it is closed otherwise.
    pub(super) fn glimpse(&self) -> Option<Glimpse> {
        let glimpse = glimpse(&self.inner.dir);
        let there = match &*self.inner.state() {
            State::Open(opened) => glimpse.is_some_and(|glimpse| glimpse.file == opened.file),
            State::Nothing | State::Opening | State::Failed(_) => return None,
        };
        if !there {
            self.close();
            return None;
        }
        glimpse
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) {
        let opened = self.try_open();
        *self.state() = match opened {
            Ok(opened) => State::Open(opened),
            Err(error) => State::Failed(error),
        };
        self.changed.notify_all();
    }

    fn try_open(&self) -> Result<Opened, StoreError> {
        let opening = Opening {
            access: self.access,
            patience: AS_LONG_AS_IT_TAKES,
            ..Opening::default()
        };
        // Looked at before: of a file that is replaced meanwhile the next look finds another.
        let file = identity(&self.dir);
        let store = Store::open(&self.dir, opening)?;
        let file = file.ok_or_else(|| StoreError::Missing {
            path: self.dir.clone(),
        })?;
        let control = Control::new(store.with_patience(PATIENCE))
            .map_err(|error| self.io("opening the locks", error))?;
        Ok(Opened {
            control: control.acting_as(self.actor.clone()),
            file,
        })
    }

    fn io(
        &self,
        doing: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> StoreError {
        StoreError::Io {
            path: self.dir.clone(),
            doing,
            source: Arc::new(source),
        }
    }
}

fn glimpse(dir: &Path) -> Option<Glimpse> {
    let file = std::fs::metadata(Store::database(dir)).ok()?;
    Some(Glimpse {
        file: (file.dev(), file.ino()),
        written: (file.mtime(), file.mtime_nsec()),
        length: file.len(),
    })
}

fn identity(dir: &Path) -> Option<Identity> {
    glimpse(dir).map(|glimpse| glimpse.file)
}
