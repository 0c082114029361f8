//! Where the store is, when nobody says so.

use std::path::{Path, PathBuf};

use crate::configuration::{Configuration, ConfigurationError, NamedStore, is_store_name};

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
    /// A word that is neither the name of a store nor a folder that is there.
    #[error("no store is named {word}, and there is no folder {word} here")]
    Unknown {
        /// What was given.
        word: String,
    },
    /// The configuration file, which might name one, can't be understood.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
}

/// The store's folder: `given` if it is, else `$LONGHAUL_STORE`, else the `store` of the user's
/// configuration file, else that of the machine's, else `longhaul` in `$XDG_STATE_HOME` or
/// `~/.local/state`. What is given can be the name of a store that a configuration file knows.
///
/// # Errors
/// [`PlaceError`].
pub fn store_dir(given: Option<PathBuf>) -> Result<PathBuf, PlaceError> {
    let given = given.or_else(|| std::env::var_os("LONGHAUL_STORE").map(PathBuf::from));
    let Some(given) = given else {
        return configured();
    };
    if given.as_os_str().is_empty() {
        return Err(PlaceError::Empty);
    }
    match given.to_str().filter(|word| is_store_name(word)) {
        Some(word) => by_name(word),
        None => Ok(given),
    }
}

/// The store of this name; else the folder, if one is there: a name that was misspelt must not make
/// a store.
fn by_name(word: &str) -> Result<PathBuf, PlaceError> {
    let named = named_stores()?.into_iter().find(|store| store.name == word);
    match named {
        Some(store) => Ok(store.dir),
        None if Path::new(word).symlink_metadata().is_ok() => Ok(word.into()),
        None => Err(PlaceError::Unknown { word: word.into() }),
    }
}

fn configured() -> Result<PathBuf, PlaceError> {
    let system = Configuration::read_system()?;
    let systems = system
        .as_ref()
        .map_or(Ok(Vec::new()), Configuration::stores)?;
    let user = Configuration::read()?;
    for (file, others) in [(user, &systems[..]), (system, &[])] {
        if let Some(file) = file
            && let Some(dir) = file.store(others)?
        {
            return Ok(dir);
        }
    }
    state_home()
        .map(|state| state.join("longhaul"))
        .ok_or(PlaceError::Nowhere)
}

/// All stores that have a name, in the order of these; where the user's file and the machine's know
/// the same, the user's counts.
///
/// # Errors
/// [`ConfigurationError`].
pub fn named_stores() -> Result<Vec<NamedStore>, ConfigurationError> {
    let mut stores = Vec::new();
    for file in [Configuration::read()?, Configuration::read_system()?]
        .into_iter()
        .flatten()
    {
        stores.extend(file.stores()?);
    }
    // Stable: the user's came first.
    stores.sort_by(|one, other| one.name.cmp(&other.name));
    stores.dedup_by(|later, first| later.name == first.name);
    Ok(stores)
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
