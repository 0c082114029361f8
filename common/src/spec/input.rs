//! Where the items of a task come from.

use serde::{Deserialize, Serialize};

use super::OsBytes;
use crate::id::TaskNumber;

/// Where the items come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// No input: one item, one batch. Of a registered kind: its own source.
    #[default]
    None,
    /// The lines of a file.
    Lines(FileInput),
    /// What NUL bytes end in a file.
    Null(FileInput),
    /// The records of a CSV file.
    Csv(CsvInput),
    /// The files below a folder, as they were at submission.
    Files(FilesInput),
    /// The whole numbers from one to the other, both included.
    Range(RangeInput),
    /// Pages, each of which says where the next one starts: only the command knows. A page is a batch.
    Pages,
    /// What failed of another task.
    Parts(PartsInput),
    /// Items that any program appends until somebody closes it. Its batches go through a queue.
    Fed,
}

/// The items of another task that failed: one that has ended, so that they stay what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartsInput {
    /// The task.
    pub task: TaskNumber,
    /// Its input.
    pub of: Box<Input>,
}

/// A file as it was at submission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileInput {
    /// Absolute.
    pub path: OsBytes,
    /// True where the file is in the store: standard input, or a list that was made at submission.
    pub spooled: bool,
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub modified_ns: i64,
    /// Device.
    pub dev: u64,
    /// Inode.
    pub inode: u64,
}

/// A CSV file, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CsvInput {
    /// The file.
    pub file: FileInput,
    /// The byte between two fields.
    pub delimiter: u8,
    /// Whether the first record names the columns.
    pub header: bool,
    /// What an item is.
    pub form: CsvForm,
}

impl Default for CsvInput {
    fn default() -> Self {
        Self {
            file: FileInput::default(),
            delimiter: b',',
            header: true,
            form: CsvForm::Csv,
        }
    }
}

/// What the record of a CSV file becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CsvForm {
    /// Its own bytes.
    #[default]
    Csv,
    /// A JSON object, its keys from the header.
    Json,
}

/// The files below a folder, listed at submission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilesInput {
    /// The folder, absolute.
    pub dir: OsBytes,
    /// Only what these match; those that begin with `!` leave out.
    pub globs: Vec<String>,
    /// Their paths, sorted, each with a NUL byte after it.
    pub list: FileInput,
}

/// Both ends of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RangeInput {
    /// The first number.
    pub first: i64,
    /// The last number; smaller than the first counts down.
    pub last: i64,
    /// Numbers are filled up with zeros to so many characters.
    pub width: u64,
}

impl Input {
    /// The input that its items come from in the end.
    #[must_use]
    pub fn whole(&self) -> &Self {
        match self {
            Self::Parts(parts) => parts.of.whole(),
            Self::None
            | Self::Lines(_)
            | Self::Null(_)
            | Self::Csv(_)
            | Self::Files(_)
            | Self::Range(_)
            | Self::Pages
            | Self::Fed => self,
        }
    }

    /// The file that is read for it.
    #[must_use]
    pub fn file(&self) -> Option<&FileInput> {
        match self {
            Self::Lines(file) | Self::Null(file) => Some(file),
            Self::Csv(csv) => Some(&csv.file),
            Self::Files(files) => Some(&files.list),
            Self::None | Self::Range(_) | Self::Pages | Self::Parts(_) | Self::Fed => None,
        }
    }

    /// The same, to be filled in.
    pub fn file_mut(&mut self) -> Option<&mut FileInput> {
        match self {
            Self::Lines(file) | Self::Null(file) => Some(file),
            Self::Csv(csv) => Some(&mut csv.file),
            Self::Files(files) => Some(&mut files.list),
            Self::None | Self::Range(_) | Self::Pages | Self::Parts(_) | Self::Fed => None,
        }
    }

    /// For people, as the command line takes it.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Lines(file) => Some(format!("--lines {}", file.text())),
            Self::Null(file) => Some(format!("--null {}", file.text())),
            Self::Csv(csv) => Some(csv.text()),
            Self::Files(files) => Some(files.text()),
            Self::Range(range) => {
                let width = usize::try_from(range.width).unwrap_or(0);
                Some(format!(
                    "--range {:0width$}..{:0width$}",
                    range.first, range.last
                ))
            }
            Self::Pages => Some("--pages".into()),
            Self::Parts(parts) => Some(format!("what failed of task {}", parts.task)),
            Self::Fed => Some("--feed".into()),
        }
    }
}

impl FileInput {
    fn text(&self) -> String {
        if self.spooled {
            "-".into()
        } else {
            self.path.to_text()
        }
    }
}

impl CsvInput {
    fn text(&self) -> String {
        let mut text = format!("--csv {}", self.file.text());
        match self.delimiter {
            b',' => {}
            b'\t' => text.push_str(" --delimiter tab"),
            other => {
                text.push_str(" --delimiter '");
                text.push(char::from(other));
                text.push('\'');
            }
        }
        if !self.header {
            text.push_str(" --no-header");
        }
        if self.form == CsvForm::Json {
            text.push_str(" --as json");
        }
        text
    }
}

impl FilesInput {
    fn text(&self) -> String {
        let mut text = format!("--files {}", self.dir.to_text());
        for glob in &self.globs {
            text.push_str(" --glob '");
            text.push_str(glob);
            text.push('\'');
        }
        text
    }
}
