//! Where the items come from.

use std::path::Path;

use longhaul_common::spec::{CsvForm, CsvInput, FileInput, FilesInput, Input, OsBytes, RangeInput};
use longhaul_worker::Source;
use longhaul_worker::report::in_one_line;
use longhaul_worker::source::{Fingerprint, RangeSource, open_kept};

use super::listing::Listing;
use super::spool::readable_stdin;
use crate::cli::{Form, InputArgs, TaskArgs};
use crate::exit::Failure;

/// An input that was checked.
pub(super) struct Checked {
    pub(super) input: Input,
    pub(super) total: Option<u64>,
    pub(super) spools: Spools,
}

/// What is to be kept in the store for it, before the task is submitted.
pub(super) enum Spools {
    Nothing,
    Stdin,
    Files(Listing),
}

impl Spools {
    /// What it is, for people.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Stdin => "standard input",
            Self::Files(_) => "the list of files",
        }
    }
}

impl Checked {
    fn known(input: Input, total: Option<u64>) -> Self {
        Self {
            input,
            total,
            spools: Spools::Nothing,
        }
    }
}

pub(super) fn input(args: &TaskArgs, here: &Path) -> Result<Checked, Failure> {
    let typed = &args.input;
    of_another_input(typed)?;
    if let Some(range) = &typed.range {
        let source = RangeSource::parse(range)
            .map_err(|error| Failure::mistake(format!("--range: {error}")))?;
        let (first, last, width) = source.parts();
        let width = width as u64;
        let range = RangeInput { first, last, width };
        return Ok(Checked::known(Input::Range(range), source.total()));
    }
    if let Some(dir) = &typed.files {
        return files(dir, &typed.glob, here);
    }
    if typed.feed {
        return Ok(Checked::known(Input::Fed, None));
    }
    if typed.pages {
        return Ok(Checked::known(Input::Pages, None));
    }
    let stdin = Path::new("-");
    let (option, file, input) = if let Some(file) = &typed.null {
        ("--null", file.as_path(), Input::Null(FileInput::default()))
    } else if let Some(file) = &typed.csv {
        ("--csv", file.as_path(), Input::Csv(csv(args)?))
    } else if let Some(file) = &typed.lines {
        (
            "--lines",
            file.as_path(),
            Input::Lines(FileInput::default()),
        )
    } else if args.kind_or_stdin.is_some() {
        ("-", stdin, Input::Lines(FileInput::default()))
    } else {
        return Ok(Checked::known(Input::None, Some(1)));
    };
    if file == stdin {
        readable_stdin()?;
        return Ok(Checked {
            input,
            total: None,
            spools: Spools::Stdin,
        });
    }
    let path = here.join(file);
    let path = path.canonicalize().map_err(|error| {
        Failure::mistake(format!(
            "{option}: {} can't be read: {error}",
            path.display()
        ))
    })?;
    let fingerprint = Fingerprint::of_path(&path)
        .map_err(|error| Failure::mistake(format!("{option}: {}", in_one_line(&error))))?;
    let mut input = input;
    if let Some(place) = input.file_mut() {
        *place = file_input(&path, fingerprint, Spooled::No);
    }
    // A first record that is malformed is told at once.
    open_kept(&input)
        .map_err(|error| Failure::mistake(format!("{option}: {}", in_one_line(&error))))?;
    Ok(Checked::known(input, None))
}

/// An option that says how another input is read.
fn of_another_input(typed: &InputArgs) -> Result<(), Failure> {
    let options = [
        (
            "--delimiter",
            typed.delimiter.is_some(),
            "--csv",
            typed.csv.is_some(),
        ),
        ("--no-header", typed.no_header, "--csv", typed.csv.is_some()),
        ("--as", typed.form.is_some(), "--csv", typed.csv.is_some()),
        (
            "--glob",
            !typed.glob.is_empty(),
            "--files",
            typed.files.is_some(),
        ),
    ];
    match options.iter().find(|(_, given, _, there)| *given && !there) {
        None => Ok(()),
        Some((option, _, input, _)) => Err(Failure::mistake(format!(
            "{option} is for a task with {input}"
        ))
        .hint("leave it out")),
    }
}

fn csv(args: &TaskArgs) -> Result<CsvInput, Failure> {
    let typed = &args.input;
    let form = match typed.form {
        None | Some(Form::Csv) => CsvForm::Csv,
        Some(Form::Json) if typed.no_header => {
            return Err(Failure::mistake(
                "--as json takes its keys from the header, and --no-header says that there is none",
            )
            .hint("leave one of them out"));
        }
        Some(Form::Json) => CsvForm::Json,
    };
    Ok(CsvInput {
        delimiter: typed.delimiter.unwrap_or(b','),
        header: !typed.no_header,
        form,
        ..CsvInput::default()
    })
}

fn files(dir: &Path, globs: &[String], here: &Path) -> Result<Checked, Failure> {
    let listing = Listing::new(&here.join(dir), globs)?;
    let input = Input::Files(FilesInput {
        dir: OsBytes::from(listing.dir()),
        globs: globs.to_vec(),
        list: FileInput::default(),
    });
    Ok(Checked {
        input,
        total: None,
        spools: Spools::Files(listing),
    })
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
