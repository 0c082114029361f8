//! Following one file.

use std::ffi::OsStr;
use std::path::{Path, absolute};

use notify::{EventKind, RecommendedWatcher};

use super::watch::{add, start_notify};
use super::{BellError, Watching};

/// Tells when one file changed, until it is dropped. The file may be missing at first, be
/// replaced by a rename, vanish and come back.
///
/// It is the file's folder that is watched, and names are compared: a watch on the file itself
/// would stay with the replaced one.
#[derive(Debug)]
pub struct FileFollower {
    watching: Watching,
    _notify: Option<RecommendedWatcher>,
}

impl FileFollower {
    /// Starts to follow: the file may be missing, its folder must be there, else only the tick is
    /// left. `on_change` is called as [`Watcher::start`](super::Watcher::start) calls its own.
    #[must_use]
    pub fn start(path: &Path, on_change: impl Fn() + Send + 'static) -> Self {
        match follow(path, on_change) {
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

fn follow(
    path: &Path,
    on_change: impl Fn() + Send + 'static,
) -> Result<RecommendedWatcher, BellError> {
    let failed = |source| BellError::Folder {
        path: path.to_owned(),
        source,
    };
    let file = absolute(path).map_err(failed)?;
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
        return Err(failed(std::io::Error::from(
            std::io::ErrorKind::InvalidFilename,
        )));
    };
    let name = name.to_owned();
    let mut notify = start_notify(folder, move |event| {
        if is_change(event, &name) {
            on_change();
        }
    })?;
    add(&mut notify, folder)?;
    Ok(notify)
}

fn is_change(event: &notify::Result<notify::Event>, name: &OsStr) -> bool {
    let Ok(event) = event else { return true };
    if event.need_rescan() || event.paths.is_empty() {
        return true;
    }
    let named = event
        .paths
        .iter()
        .any(|path| path.file_name() == Some(name));
    match event.kind {
        EventKind::Any | EventKind::Other => true,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) => named,
        EventKind::Access(_) => false,
    }
}
