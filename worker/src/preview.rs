//! What a task would do first, found out without a store.

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use longhaul_common::spec::{CommandWork, Input, OsBytes};

use crate::failure::chain;
use crate::process::{ArgumentRoom, Feed, FillError, fill, write_items};
use crate::source::{self, Cursor, SourceError};

/// The first batch of a command task.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Its items.
    pub items: Vec<Vec<u8>>,
    /// The command line, its items in place.
    pub args: Vec<OsString>,
    /// The first bytes that the command finds on standard input; None: it finds nothing there.
    pub stdin: Option<Vec<u8>>,
}

/// Why there is no first batch.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The input gives none.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its items can't be arguments.
    #[error(transparent)]
    Fill(#[from] FillError),
}

/// Cuts the first batch as a worker would, and says what its command gets: of standard input what the first
/// `shown` items are there. None: the input is empty, or comes only later.
///
/// # Errors
/// What would suspend the task at its first batch.
pub fn preview(
    input: &Input,
    work: &CommandWork,
    size: u64,
    shown: usize,
) -> Result<Option<Preview>, PreviewError> {
    let Some(mut source) = source::open_kept(input)? else {
        return Ok(None);
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let Some(chunk) = source.read(&Cursor::default(), size)? else {
        return Ok(None);
    };
    let words = |words: &[OsBytes]| -> Vec<OsString> {
        words.iter().map(|word| word.as_os_str().into()).collect()
    };
    if matches!(input, Input::None | Input::Pages) {
        return Ok(Some(Preview {
            items: Vec::new(),
            args: words(&work.argv),
            stdin: None,
        }));
    }
    let env: Vec<(OsString, OsString)> = work
        .env
        .iter()
        .map(|(name, value)| (name.as_os_str().into(), value.as_os_str().into()))
        .collect();
    let room = ArgumentRoom::beside(work.program.as_path(), &env);
    let filled = fill(&words(&work.argv), &chunk.items, room)?;
    let stdin = match filled.feed {
        Feed::Arguments => None,
        Feed::Stdin => {
            let mut bytes = source.head().to_vec();
            let items = &chunk.items[..chunk.items.len().min(shown)];
            write_items(&mut bytes, items, source.framing()).expect("memory can be written");
            Some(bytes)
        }
    };
    Ok(Some(Preview {
        items: chunk.items,
        args: filled.args,
        stdin,
    }))
}

/// Counts the items of an input, for at most so long; None: it took longer, or only time tells.
///
/// # Errors
/// In words, when it can't be counted.
pub fn count_within(input: &Input, patience: Duration) -> Result<Option<u64>, String> {
    let stop = Arc::new(AtomicBool::new(false));
    let (told, hears) = mpsc::channel();
    let (input, theirs) = (input.clone(), Arc::clone(&stop));
    let counting = std::thread::Builder::new()
        .name("count".into())
        .spawn(move || {
            // Nobody listens any more: it took too long.
            let _ = told.send(source::count(&input, &theirs));
        });
    if let Err(error) = counting {
        return Err(chain(&error));
    }
    let counted = hears.recv_timeout(patience);
    stop.store(true, Ordering::Release);
    match counted {
        Ok(counted) => counted.map_err(|error| chain(&error)),
        Err(_) => Ok(None),
    }
}
