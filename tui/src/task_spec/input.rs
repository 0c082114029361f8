//! Where the items come from.

use std::path::Path;

use longhaul_common::spec::{FileInput, Input, OsBytes, RangeInput};
use longhaul_worker::Source;
use longhaul_worker::report::in_one_line;
use longhaul_worker::source::{Fingerprint, RangeSource};

use super::spool::readable_stdin;
use crate::cli::TaskArgs;
use crate::exit::Failure;

pub(super) fn input(args: &TaskArgs, here: &Path) -> Result<(Input, Option<u64>, bool), Failure> {
    let stdin = args.kind_or_stdin.is_some() || args.input.lines.as_deref() == Some(Path::new("-"));
    if stdin {
        readable_stdin()?;
        return Ok((Input::None, None, true));
    }
    if args.input.feed {
        return Ok((Input::Fed, None, false));
    }
    if let Some(range) = &args.input.range {
        let source = RangeSource::parse(range)
            .map_err(|error| Failure::mistake(format!("--range: {error}")))?;
        let (first, last, width) = source.parts();
        let total = source.total();
        let width = width as u64;
        return Ok((
            Input::Range(RangeInput { first, last, width }),
            total,
            false,
        ));
    }
    match &args.input.lines {
        None => Ok((Input::None, Some(1), false)),
        Some(file) => {
            let path = here.join(file);
            let path = path.canonicalize().map_err(|error| {
                Failure::mistake(format!(
                    "--lines: {} can't be read: {error}",
                    path.display()
                ))
            })?;
            let fingerprint = Fingerprint::of_path(&path)
                .map_err(|error| Failure::mistake(format!("--lines: {}", in_one_line(&error))))?;
            let file = file_input(&path, fingerprint, Spooled::No);
            Ok((Input::Lines(file), None, false))
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spooled {
    Yes,
    No,
}

pub(super) fn file_input(path: &Path, fingerprint: Fingerprint, spooled: Spooled) -> FileInput {
    FileInput {
        path: OsBytes::from(path.as_os_str()),
        spooled: spooled == Spooled::Yes,
        size: fingerprint.size,
        modified_ns: fingerprint.modified_ns,
        dev: fingerprint.dev,
        inode: fingerprint.inode,
    }
}
