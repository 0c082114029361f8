//! What batches note of themselves: in the order they ran, each alone.

use std::fs;
use std::path::{Path, PathBuf};

/// A file that each batch appends a line to, under a lock that two can't hold at once.
pub(crate) struct Record {
    path: PathBuf,
}

/// One run of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) batch: u64,
    pub(crate) attempt: u32,
    pub(crate) key: String,
    pub(crate) pid: u32,
    pub(crate) items: Vec<String>,
}

impl Record {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// The shell's words that note a run. The lock is held until all processes of the batch are
    /// gone, so that one that was left behind counts as an overlap too.
    pub(crate) fn note(&self) -> String {
        let path = self.path.display();
        format!(
            r#"exec 8>>'{path}.lock'
flock -n 8 || {{ echo "$LONGHAUL_BATCH" >>'{path}.overlap'; exit 1; }}
items=
while IFS= read -r item || [ -n "$item" ]; do items="$items $item"; done
printf '%s\n' "$LONGHAUL_BATCH $LONGHAUL_ATTEMPT $LONGHAUL_BATCH_KEY $$$items" >>'{path}'
"#
        )
    }

    /// Where they are noted.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The runs so far.
    #[track_caller]
    pub(crate) fn runs(&self) -> Vec<Run> {
        let overlap = self.path.with_extension("overlap");
        assert!(
            !overlap.exists(),
            "two batches at once: {}",
            fs::read_to_string(&overlap).unwrap_or_default()
        );
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        // A line that is being written is none yet.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(Run::parse).collect()
    }

    /// How many runs so far.
    #[track_caller]
    pub(crate) fn count(&self) -> usize {
        self.runs().len()
    }

    /// The items of all runs, in order.
    #[track_caller]
    pub(crate) fn items(&self) -> Vec<String> {
        self.runs().into_iter().flat_map(|run| run.items).collect()
    }

    /// The attempts of all runs, in order.
    #[track_caller]
    pub(crate) fn attempts(&self) -> Vec<u32> {
        self.runs().into_iter().map(|run| run.attempt).collect()
    }
}

impl Run {
    fn parse(line: &str) -> Self {
        let mut words = line.split(' ').map(str::to_owned);
        let mut word = || words.next().expect("a line has four words and the items");
        Self {
            batch: word().parse().expect("a batch number"),
            attempt: word().parse().expect("an attempt"),
            key: word(),
            pid: word().parse().expect("a process number"),
            items: words.collect(),
        }
    }

    /// What must be the same when a batch is repeated.
    pub(crate) fn same(&self) -> (u64, &str, &[String]) {
        (self.batch, &self.key, &self.items)
    }
}
