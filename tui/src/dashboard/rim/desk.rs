//! The store that is open now: the reader opens it, and again when another stands in its place;
//! the hands use it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::store::{Access, Opening, Store, StoreError};

/// How long a look waits for the store before the screen says that it is busy.
const PATIENCE: Duration = Duration::from_millis(200);

/// Where the open store lies. Cheap to clone.
#[derive(Clone)]
pub(super) struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    actor: Actor,
    access: Access,
    open: Mutex<Option<Opened>>,
}

#[derive(Clone)]
struct Opened {
    control: Control,
    file: Identity,
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
                open: Mutex::new(None),
            }),
        }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// The store that is open, if one is.
    pub(super) fn control(&self) -> Option<Control> {
        self.opened().map(|opened| opened.control)
    }

    fn opened(&self) -> Option<Opened> {
        self.inner
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn put(&self, opened: Option<Opened>) {
        *self
            .inner
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = opened;
    }

    /// Opens the store.
    pub(super) fn open(&self) -> Result<Control, StoreError> {
        let inner = &self.inner;
        let store = Store::open(
            &inner.dir,
            Opening {
                access: inner.access,
                patience: PATIENCE,
                ..Opening::default()
            },
        )?;
        let missing = || StoreError::Missing {
            path: inner.dir.clone(),
        };
        // Of a file that was replaced since it was opened the next look finds another.
        let file = identity(&inner.dir).ok_or_else(missing)?;
        let control = Control::new(store).map_err(|_| missing())?;
        let control = control.acting_as(inner.actor.clone());
        self.put(Some(Opened {
            control: control.clone(),
            file,
        }));
        Ok(control)
    }

    /// Whether the file that is open still is the store's; one that isn't is closed.
    pub(super) fn still_there(&self) -> bool {
        let Some(opened) = self.opened() else {
            return false;
        };
        let there = identity(&self.inner.dir) == Some(opened.file);
        if !there {
            self.put(None);
        }
        there
    }
}

fn identity(dir: &Path) -> Option<Identity> {
    let file = std::fs::metadata(Store::database(dir)).ok()?;
    Some((file.dev(), file.ino()))
}
