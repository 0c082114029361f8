//! Finds the program of a command line, the way a shell would.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Why a command line can't be run.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// Nothing there.
    #[error("the command is empty")]
    Empty,
    /// A quote is not closed.
    #[error("the command `{0}` has a quote that is not closed")]
    Quotes(String),
    /// No such program.
    #[error("the command `{program}` was not found{place}")]
    NotFound {
        /// The program as it was typed.
        program: String,
        /// Where it was looked for.
        place: &'static str,
    },
    /// The file is there and may not be run.
    #[error("the command {} is not an executable file{mend}", path.display(), mend = mend(path))]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
}

fn mend(path: &Path) -> &'static str {
    if path.is_file() {
        "; if it is one: chmod +x"
    } else {
        ""
    }
}

/// Splits one string into words like a shell does; nothing is expanded.
///
/// # Errors
/// [`LookupError::Quotes`] and [`LookupError::Empty`].
pub fn split_words(line: &str) -> Result<Vec<OsString>, LookupError> {
    let words = shell_words::split(line).map_err(|_| LookupError::Quotes(line.to_owned()))?;
    if words.first().is_none_or(String::is_empty) {
        return Err(LookupError::Empty);
    }
    Ok(words.into_iter().map(OsString::from).collect())
}

/// The absolute path of `program`: a path of its own, seen from `dir`, or a name looked up in
/// `path`.
///
/// # Errors
/// [`LookupError`].
pub fn find_program(
    program: &OsStr,
    path: Option<&OsStr>,
    dir: &Path,
) -> Result<PathBuf, LookupError> {
    if program.is_empty() {
        return Err(LookupError::Empty);
    }
    let named = || program.to_string_lossy().into_owned();
    let is_path = program.as_encoded_bytes().contains(&b'/');
    which::which_in(program, path, dir)
        .map(|found| dir.join(found))
        .map_err(|_| {
            let file: PathBuf = dir.join(program).components().collect();
            if is_path && file.exists() {
                LookupError::NotExecutable { path: file }
            } else {
                LookupError::NotFound {
                    program: named(),
                    place: if is_path { "" } else { " in PATH" },
                }
            }
        })
}
