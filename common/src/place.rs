//! Where the store is, when nobody says so.

use std::path::PathBuf;

use crate::configuration::{Configuration, ConfigurationError};

/// There is no place for a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// No option, no variable, no home.
    #[error(
        "there is no place for a store: neither --store, LONGHAUL_STORE, XDG_STATE_HOME nor HOME is set"
    )]
    Nowhere,
    /// The option or the variable is empty.
    #[error("the store's folder is empty text")]
    Empty,
    /// The configuration file, which might name one, can't be understood.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
}

/// The store's folder: `given` if it is, else `$LONGHAUL_STORE`, else the configuration file's
/// `store`, else `longhaul` in `$XDG_STATE_HOME` or `~/.local/state`.
///
/// # Errors
/// [`PlaceError`].
pub fn store_dir(given: Option<PathBuf>) -> Result<PathBuf, PlaceError> {
    let named = given.or_else(|| std::env::var_os("LONGHAUL_STORE").map(PathBuf::from));
    if let Some(dir) = named {
        return if dir.as_os_str().is_empty() {
            Err(PlaceError::Empty)
        } else {
            Ok(dir)
        };
    }
    if let Some(file) = Configuration::read()?
        && let Some(dir) = file.store()?
    {
        return Ok(dir);
    }
    state_home()
        .map(|state| state.join("longhaul"))
        .ok_or(PlaceError::Nowhere)
}

/// Where programs keep what is their user's and may get lost: `$XDG_STATE_HOME`, else
/// `~/.local/state`.
#[must_use]
pub fn state_home() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))
}
