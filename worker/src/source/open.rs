//! From an input as a task has it to the source that reads it.

use std::sync::atomic::AtomicBool;

use longhaul_common::id::TaskNumber;
use longhaul_common::spec::{FileInput, Input, PartsInput};
use longhaul_common::store::Store;

use super::parts::{Part, PartsSource};
use super::position::position;
use super::told_pages::ToldPages;
use super::{
    CsvSource, FedSource, Fingerprint, LinesSource, NullSource, RangeSource, SingleSource, Source,
    SourceError,
};

/// Opens an input as it was at submission.
pub(crate) fn open(
    input: &Input,
    store: &Store,
    task: TaskNumber,
) -> Result<Box<dyn Source<Vec<u8>>>, SourceError> {
    Ok(match input {
        Input::Fed => Box::new(FedSource::new(store.clone(), task, Ok)),
        Input::Parts(parts) => {
            let inner = open(&parts.of, store, parts.task)?;
            Box::new(PartsSource::new(inner, failed_parts(parts, store)?))
        }
        other => open_kept(other)?.unwrap_or_else(|| Box::new(SingleSource)),
    })
}

/// The same of an input that is not in the database; None: of one that is.
///
/// # Errors
///
/// When a file cannot be opened, or is not the one that was submitted.
pub fn open_kept(input: &Input) -> Result<Option<Box<dyn Source<Vec<u8>>>>, SourceError> {
    let source: Box<dyn Source<Vec<u8>>> = match input {
        Input::None => Box::new(SingleSource),
        Input::Fed | Input::Parts(_) => return Ok(None),
        Input::Range(range) => {
            let width = usize::try_from(range.width).unwrap_or(0);
            Box::new(RangeSource::new(range.first, range.last).filled_up(width))
        }
        Input::Pages => Box::new(ToldPages),
        Input::Lines(file) => Box::new(LinesSource::open(file.path.as_path(), submitted(file))?),
        Input::Null(file) => Box::new(NullSource::open(file.path.as_path(), submitted(file))?),
        Input::Files(files) => {
            let list = &files.list;
            Box::new(NullSource::open(list.path.as_path(), submitted(list))?)
        }
        Input::Csv(csv) => {
            let (file, form) = (&csv.file, csv.form);
            let path = file.path.as_path();
            Box::new(CsvSource::open(path, submitted(file), csv.into(), form)?)
        }
    };
    Ok(Some(source))
}

/// Counts the items of a file, from its beginning; `None` once `stop` is set, and of an input without a file.
///
/// # Errors
///
/// When the file cannot be read, or its content is not what it should be.
pub fn count(input: &Input, stop: &AtomicBool) -> Result<Option<u64>, SourceError> {
    match input {
        Input::Lines(file) => LinesSource::count(file.path.as_path(), stop),
        Input::Null(file) => NullSource::count(file.path.as_path(), stop),
        Input::Files(files) => NullSource::count(files.list.path.as_path(), stop),
        Input::Csv(csv) => CsvSource::count(csv.file.path.as_path(), csv.into(), stop),
        Input::None | Input::Range(_) | Input::Pages | Input::Parts(_) | Input::Fed => Ok(None),
    }
}

fn submitted(file: &FileInput) -> Fingerprint {
    Fingerprint {
        size: file.size,
        modified_ns: file.modified_ns,
        dev: file.dev,
        inode: file.inode,
    }
}

/// What failed of a task, in the order of its input.
pub(crate) fn failed_parts(parts: &PartsInput, store: &Store) -> Result<Vec<Part>, SourceError> {
    let failures = store.failures(parts.task)?;
    let mut placed = Vec::with_capacity(failures.len());
    // What waited to be tried again as the task ended is left, and did not fail.
    for failure in failures.into_iter().filter(|failure| !failure.waits()) {
        let part = Part::of(&failure);
        placed.push((position(&parts.of, &part.cursor), part));
    }
    placed.sort_by_key(|(position, _)| *position);
    Ok(placed.into_iter().map(|(_, part)| part).collect())
}
