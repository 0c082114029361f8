//! The configuration file: where it is, and what every program takes from it. What is the
//! dashboard's alone is understood by the dashboard.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use toml::Spanned;
pub use toml::de::{DeTable, DeValue};

/// What can stand at the top of the file.
const TOP: [&str; 4] = ["store", "stores", "dashboard", "keys"];

/// The machine's file.
const SYSTEM: &str = "/etc/longhaul/config.toml";

/// What is wrong with the configuration file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// The file is there and can't be read.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Something in it can't be meant so.
    #[error("{}, line {line}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what can stand there.
        what: String,
    },
}

/// A configuration file that was read.
#[derive(Clone, Debug)]
pub struct Configuration {
    path: PathBuf,
    text: String,
}

impl Configuration {
    /// Reads `longhaul/config.toml` in `$XDG_CONFIG_HOME` or `~/.config`. None: there is none.
    ///
    /// # Errors
    /// [`ConfigurationError::Unreadable`].
    pub fn read() -> Result<Option<Self>, ConfigurationError> {
        path().map_or(Ok(None), Self::read_file)
    }

    /// Reads the machine's: `/etc/longhaul/config.toml`, or the file that `$LONGHAUL_SYSTEM_CONFIG`
    /// names. None: there is none.
    ///
    /// # Errors
    /// [`ConfigurationError::Unreadable`].
    pub fn read_system() -> Result<Option<Self>, ConfigurationError> {
        let named = std::env::var_os("LONGHAUL_SYSTEM_CONFIG").filter(|path| !path.is_empty());
        Self::read_file(named.map_or_else(|| SYSTEM.into(), PathBuf::from))
    }

    fn read_file(path: PathBuf) -> Result<Option<Self>, ConfigurationError> {
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self { path, text })),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(ConfigurationError::Unreadable {
                path,
                why: error.to_string(),
            }),
        }
    }

    /// A file's text.
    #[must_use]
    pub fn of(path: &Path, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Where it was read.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says, as far as that can be understood without knowing what it is for: at the top
    /// stand only keys that are known.
    ///
    /// # Errors
    /// [`ConfigurationError::Wrong`].
    pub fn table(&self) -> Result<DeTable<'_>, ConfigurationError> {
        let table = DeTable::parse(&self.text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            self.wrong(span, error.message().replace('\n', ", "))
        })?;
        let table = table.into_inner();
        for (key, _) in &table {
            if !TOP.contains(&key.get_ref().as_ref()) {
                let what = format!(
                    "`{}` is no key; there are {}",
                    key.get_ref(),
                    TOP.join(", ")
                );
                return Err(self.wrong(key.span(), what));
            }
        }
        Ok(table)
    }

    /// The store's folder, if it names one, by its path or by the name of one of the stores it knows;
    /// `others` are known besides.
    ///
    /// # Errors
    /// [`ConfigurationError::Wrong`].
    pub fn store(&self, others: &[NamedStore]) -> Result<Option<PathBuf>, ConfigurationError> {
        let table = self.table()?;
        let Some((_, value)) = table.get_key_value("store") else {
            return Ok(None);
        };
        if let DeValue::String(name) = value.get_ref() {
            let own = self.stores()?;
            let named = own.iter().chain(others).find(|store| store.name == *name);
            if let Some(store) = named {
                return Ok(Some(store.dir.clone()));
            }
        }
        self.folder_of("store", value).map(Some)
    }

    /// The stores it gives names to, in the order of these.
    ///
    /// # Errors
    /// [`ConfigurationError::Wrong`].
    pub fn stores(&self) -> Result<Vec<NamedStore>, ConfigurationError> {
        let table = self.table()?;
        let Some((_, section)) = table.get_key_value("stores") else {
            return Ok(Vec::new());
        };
        let DeValue::Table(section) = section.get_ref() else {
            let what = "stores is a section, [stores], with lines NAME = \"PATH\"".into();
            return Err(self.wrong(section.span(), what));
        };
        let mut stores = Vec::new();
        for (key, value) in section {
            let name = key.get_ref();
            if !is_store_name(name) {
                let what = format!(
                    "`{name}` can't be the name of a store; letters, digits, dashes, dots and underscores, a letter or digit first"
                );
                return Err(self.wrong(key.span(), what));
            }
            stores.push(NamedStore {
                name: name.to_string(),
                dir: self.folder_of(name, value)?,
                file: self.path.clone(),
            });
        }
        stores.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(stores)
    }

    fn folder_of(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<PathBuf, ConfigurationError> {
        let needs = || {
            let known = if key == "store" {
                ", or the name of one in [stores]"
            } else {
                ""
            };
            let what =
                format!("{key} needs a path in quotes: absolute, or beginning with ~/{known}");
            self.wrong(value.span(), what)
        };
        let DeValue::String(path) = value.get_ref() else {
            return Err(needs());
        };
        let path = match path.strip_prefix("~/") {
            None => PathBuf::from(path.as_ref()),
            Some(below) => match home() {
                Some(home) => home.join(below),
                None => {
                    let what = format!("{key} begins with ~/ and HOME is not set");
                    return Err(self.wrong(value.span(), what));
                }
            },
        };
        if path.is_absolute() {
            Ok(path)
        } else {
            Err(needs())
        }
    }

    /// An error about a part of the text.
    #[must_use]
    pub fn wrong(&self, span: Range<usize>, what: String) -> ConfigurationError {
        let before = self.text.as_bytes().iter().take(span.start);
        ConfigurationError::Wrong {
            path: self.path.clone(),
            line: 1 + before.filter(|byte| **byte == b'\n').count(),
            what,
        }
    }
}

/// A store that a configuration file gives a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStore {
    /// Its name.
    pub name: String,
    /// Its folder, absolute.
    pub dir: PathBuf,
    /// The file that says so.
    pub file: PathBuf,
}

/// Whether a word can be the name of a store: no path can be taken for one.
#[must_use]
pub fn is_store_name(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(fits)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Where the file is, whether or not it exists.
#[must_use]
pub fn path() -> Option<PathBuf> {
    folder("XDG_CONFIG_HOME")
        .or_else(|| home().map(|home| home.join(".config")))
        .map(|config| config.join("longhaul/config.toml"))
}

fn home() -> Option<PathBuf> {
    folder("HOME")
}

fn folder(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests;
