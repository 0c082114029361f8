//! What is typed of where the items come from.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where the items come from; none: one item, one batch. A FILE may be compressed with gzip or zstd.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct InputArgs {
    /// Take the lines of FILE as items; - is standard input
    #[arg(long, value_name = "FILE", group = "input")]
    pub(crate) lines: Option<PathBuf>,

    /// Take what NUL bytes end in FILE as items, as find -print0 writes it; - is standard input
    #[arg(long, value_name = "FILE", group = "input")]
    pub(crate) null: Option<PathBuf>,

    /// Take the records of a CSV FILE as items: every batch reads the header, then its records as they are in the
    /// file; {} stands for their text; - is standard input
    #[arg(long, value_name = "FILE", group = "input")]
    pub(crate) csv: Option<PathBuf>,

    /// With --csv: the character between two fields; tab or \t is a tab [default: ,]
    #[arg(long, value_name = "CHAR", value_parser = delimiter_of)]
    pub(crate) delimiter: Option<u8>,

    /// With --csv: the first record is an item too
    #[arg(long)]
    pub(crate) no_header: bool,

    /// With --csv: what an item is [default: csv]
    #[arg(long = "as", value_name = "FORM")]
    pub(crate) form: Option<Form>,

    /// Take the paths of the files below DIR as items, sorted, as they are now; links are not followed. A batch
    /// reads them with a NUL byte after each
    #[arg(long, value_name = "DIR", group = "input")]
    pub(crate) files: Option<PathBuf>,

    /// With --files: only what matches, as in .gitignore: *.csv anywhere, /a/*.csv from DIR on; !PATTERN leaves out.
    /// Can be given several times, the last that matches counts
    #[arg(long, value_name = "PATTERN")]
    pub(crate) glob: Vec<String>,

    /// Take the numbers from A to B as items, both included
    #[arg(long, value_name = "A..B", group = "input", allow_hyphen_values = true)]
    pub(crate) range: Option<String>,

    /// Take page after page: each run gets LONGHAUL_CURSOR, empty at first, and writes where the next page starts to
    /// the file that LONGHAUL_CURSOR_OUT names; nothing written ends the task
    #[arg(long, group = "input", conflicts_with = "batch_size")]
    pub(crate) pages: bool,

    /// Take the items that `longhaul feed` appends while it runs, until `longhaul close`; without --queue,
    /// through the store
    #[arg(long, group = "input")]
    pub(crate) feed: bool,
}

impl InputArgs {
    /// Whether any is named.
    pub(crate) fn is_given(&self) -> bool {
        let files = [&self.lines, &self.null, &self.csv, &self.files];
        files.iter().any(|file| file.is_some()) || self.range.is_some() || self.pages || self.feed
    }
}

/// What the record of a CSV file becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Its own text
    Csv,
    /// A JSON object, its keys from the header: a line each on standard input
    Json,
}

fn delimiter_of(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [b'"' | b'\n' | b'\r' | b'\0'] => Err("that character means something else in CSV".into()),
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err("one ASCII character, or tab".into()),
    }
}
