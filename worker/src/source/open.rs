//! From an input as a task has it to the source that reads it.

use longhaul_common::id::TaskNumber;
use longhaul_common::spec::{Input, PartsInput};
use longhaul_common::store::Store;

use super::parts::{Part, PartsSource};
use super::position::position;
use super::{FedSource, Fingerprint, LinesSource, RangeSource, SingleSource, Source, SourceError};

/// Opens an input as it was at submission.
pub(crate) fn open(
    input: &Input,
    store: &Store,
    task: TaskNumber,
) -> Result<Box<dyn Source<Vec<u8>>>, SourceError> {
    Ok(match input {
        Input::None => Box::new(SingleSource),
        Input::Fed => Box::new(FedSource::new(store.clone(), task, Ok)),
        Input::Parts(parts) => {
            let inner = open(&parts.of, store, parts.task)?;
            Box::new(PartsSource::new(inner, failed_parts(parts, store)?))
        }
        Input::Range(range) => {
            let width = usize::try_from(range.width).unwrap_or(0);
            Box::new(RangeSource::new(range.first, range.last).filled_up(width))
        }
        Input::Lines(file) => {
            let submitted = Fingerprint {
                size: file.size,
                modified_ns: file.modified_ns,
                dev: file.dev,
                inode: file.inode,
            };
            Box::new(LinesSource::open(file.path.as_path(), submitted)?)
        }
    })
}

/// What failed of a task, in the order of its input.
pub(crate) fn failed_parts(parts: &PartsInput, store: &Store) -> Result<Vec<Part>, SourceError> {
    let failures = store.failures(parts.task)?;
    let mut placed = Vec::with_capacity(failures.len());
    for failure in failures {
        let part = Part::of(&failure);
        placed.push((position(&parts.of, &part.cursor), part));
    }
    placed.sort_by_key(|(position, _)| *position);
    Ok(placed.into_iter().map(|(_, part)| part).collect())
}
