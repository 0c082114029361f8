//! Listening to bells.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf, absolute};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{BELLS, BellError, CONTROL, PROGRESS, make_folder};

/// The folder whose files are held open by those who live.
const ALIVE: &str = "alive";

/// What a [`Watcher`] listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// Requests and changes of state.
    Control,
    /// These, and progress.
    ControlAndProgress,
    /// Requests and changes of state, and the death of workers.
    ControlAndAlive,
    /// All there is.
    Everything,
}

impl Watch {
    fn folders(self) -> Vec<Vec<&'static str>> {
        let (control, progress) = (vec![BELLS, CONTROL], vec![BELLS, PROGRESS]);
        match self {
            Self::Control => vec![control],
            Self::ControlAndProgress => vec![control, progress],
            Self::ControlAndAlive => vec![control, vec![ALIVE]],
            Self::Everything => vec![control, progress, vec![ALIVE]],
        }
    }
}

/// What a [`Watcher`] heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heard {
    /// The bell of progress: no state changed.
    Progress,
    /// A bell: something in the store changed.
    Bell,
    /// A worker may have gone; or it can't be told what happened, so look at everything.
    Departure,
}

/// How a [`Watcher`] or a [`FileFollower`](super::FileFollower) learns of changes.
#[derive(Debug)]
pub enum Watching {
    /// The kernel tells at once; the [`TICK`](super::TICK) catches what was missed.
    Notified,
    /// Only the [`TICK`](super::TICK) tells, for this reason. The caller says so, once.
    TickOnly(BellError),
}

/// Listens to bells until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    watching: Watching,
    _notify: Option<RecommendedWatcher>,
}

impl Watcher {
    /// Starts to listen. It can't fail: without notification the caller's tick is all there is,
    /// and [`watching`](Self::watching) tells. What changed before the start is not reported:
    /// start, then read.
    ///
    /// `on_dirty` means "read again", no more. It is called from a thread of the watcher, often
    /// several times for one change, so it must be cheap and must not panic: set a flag, wake a
    /// channel. One call may still come after the drop.
    #[must_use]
    pub fn start(store_dir: &Path, what: Watch, on_dirty: impl Fn() + Send + 'static) -> Self {
        Self::start_telling(store_dir, what, move |_| on_dirty())
    }

    /// As [`start`](Self::start); `on_dirty` is also told what was heard.
    #[must_use]
    pub fn start_telling(
        store_dir: &Path,
        what: Watch,
        on_dirty: impl Fn(Heard) + Send + 'static,
    ) -> Self {
        match listen(store_dir, what, on_dirty) {
            Ok(notify) => Self {
                watching: Watching::Notified,
                _notify: Some(notify),
            },
            Err(error) => Self {
                watching: Watching::TickOnly(error),
                _notify: None,
            },
        }
    }

    /// Whether changes are notified, or why not.
    #[must_use]
    pub fn watching(&self) -> &Watching {
        &self.watching
    }
}

fn listen(
    store_dir: &Path,
    what: Watch,
    on_dirty: impl Fn(Heard) + Send + 'static,
) -> Result<RecommendedWatcher, BellError> {
    // The paths of events are absolute, and are compared with ours.
    let store_dir = absolute(store_dir).map_err(|source| BellError::Folder {
        path: store_dir.to_owned(),
        source,
    })?;
    let alive = store_dir.join(ALIVE);
    let progress = store_dir.join(BELLS).join(PROGRESS);
    let mut notify = start_notify(&store_dir, move |event| {
        if is_news(event, &alive) {
            on_dirty(heard(event, &alive, &progress));
        }
    })?;
    for names in what.folders() {
        let folder = make_folder(&store_dir, &names)?;
        add(&mut notify, folder.path())?;
    }
    Ok(notify)
}

/// What news an event is.
fn heard(event: &notify::Result<notify::Event>, alive: &Path, progress: &Path) -> Heard {
    match event {
        Ok(event) if event.need_rescan() || event.paths.is_empty() => Heard::Departure,
        Ok(event) if event.paths.iter().any(|path| path.starts_with(alive)) => Heard::Departure,
        Ok(event) if event.paths.iter().all(|path| path.starts_with(progress)) => Heard::Progress,
        Ok(_) => Heard::Bell,
        Err(_) => Heard::Departure,
    }
}

pub(super) fn start_notify(
    path: &Path,
    on_event: impl Fn(&notify::Result<notify::Event>) + Send + 'static,
) -> Result<RecommendedWatcher, BellError> {
    notify::recommended_watcher(move |event| {
        // A panic would end the thread of notify, which its own drop insists on finding alive.
        let _ = catch_unwind(AssertUnwindSafe(|| on_event(&event)));
    })
    .map_err(|source| cannot_watch(path.to_owned(), source))
}

pub(super) fn add(notify: &mut RecommendedWatcher, folder: &Path) -> Result<(), BellError> {
    notify
        .watch(folder, RecursiveMode::NonRecursive)
        .map_err(|source| cannot_watch(folder.to_owned(), source))
}

fn cannot_watch(path: PathBuf, source: notify::Error) -> BellError {
    BellError::Watch {
        path,
        source: Box::new(source),
    }
}

/// Whether an event says "read again". Opens and reads are events too: heeding them, a reader
/// would wake itself and its peers for ever.
pub(super) fn is_news(event: &notify::Result<notify::Event>, alive: &Path) -> bool {
    let Ok(event) = event else { return true };
    if event.need_rescan() || event.paths.is_empty() {
        return true;
    }
    let of_alive = event.paths.iter().all(|path| path.starts_with(alive));
    match event.kind {
        EventKind::Any | EventKind::Other => true,
        EventKind::Modify(_) => !of_alive,
        // The kernel closes the files of the dead.
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => of_alive,
        EventKind::Access(_) | EventKind::Create(_) | EventKind::Remove(_) => false,
    }
}
