//! What batches that run beside each other note of themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::harness::{World, wait_until};

/// A file that each batch appends a line to when it begins and one when it ends. A lock of its own for
/// each number, which its processes hold, tells whether the same one runs twice at once.
pub(crate) struct Witness {
    dir: PathBuf,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) is_end: bool,
    pub(crate) batch: u64,
    pub(crate) attempt: u32,
    pub(crate) pid: u32,
    /// The worker's process.
    pub(crate) worker: u32,
    pub(crate) key: String,
    pub(crate) items: Vec<String>,
}

impl Witness {
    pub(crate) fn new(world: &World, name: &str) -> Self {
        let dir = world.path(name);
        fs::create_dir(&dir).expect("the test's folder can be written");
        Self { dir }
    }

    /// The shell's words that note a beginning.
    pub(crate) fn begin(&self) -> String {
        let dir = self.dir.display();
        format!(
            r#"exec 8>>'{dir}'/$LONGHAUL_BATCH.lock
flock -n 8 || {{ echo "$LONGHAUL_BATCH" >>'{dir}/twice'; exit 1; }}
items=
while IFS= read -r item || [ -n "$item" ]; do items="$items $item"; done
note() {{ printf '%s\n' "$1 $LONGHAUL_BATCH $LONGHAUL_ATTEMPT $$ $PPID $LONGHAUL_BATCH_KEY$items" >>'{dir}/notes'; }}
note begin
"#
        )
    }

    /// The shell's words that note an end.
    pub(crate) fn end(&self) -> String {
        "note end\n".into()
    }

    /// The shell's words that wait until the batch is let go.
    pub(crate) fn hold(&self) -> String {
        let dir = self.dir.display();
        format!("until [ -e '{dir}/go' ] || [ -e '{dir}/go-'$LONGHAUL_BATCH ]; do sleep 0.01; done")
    }

    /// The shell's words that print how many have begun and not ended, where none was killed.
    pub(crate) fn in_flight(&self) -> String {
        let notes = self.dir.join("notes");
        format!(
            "awk '/^begin/ {{ n++ }} /^end/ {{ n-- }} END {{ print n + 0 }}' '{0}' 2>/dev/null || echo 0",
            notes.display()
        )
    }

    /// Lets one batch go.
    pub(crate) fn let_go(&self, batch: u64) {
        let path = self.dir.join(format!("go-{batch}"));
        fs::write(path, "").expect("the test's folder can be written");
    }

    /// Lets all go, also those that come later.
    pub(crate) fn let_all_go(&self) {
        fs::write(self.dir.join("go"), "").expect("the test's folder can be written");
    }

    /// A whole batch that does `between`.
    pub(crate) fn around(&self, between: &str) -> String {
        format!("{}{between}\n{}", self.begin(), self.end())
    }

    /// All notes so far, in the order they were made.
    #[track_caller]
    pub(crate) fn notes(&self) -> Vec<Note> {
        let twice = fs::read_to_string(self.dir.join("twice"));
        assert!(twice.is_err(), "one batch twice at once: {twice:?}");
        let text = fs::read_to_string(self.dir.join("notes")).unwrap_or_default();
        // A line that is being written is none yet.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(Note::parse).collect()
    }

    /// The beginnings so far.
    #[track_caller]
    pub(crate) fn begun(&self) -> Vec<Note> {
        let mut notes = self.notes();
        notes.retain(|note| !note.is_end);
        notes
    }

    /// The numbers of the batches that began, in that order.
    #[track_caller]
    pub(crate) fn order(&self) -> Vec<u64> {
        self.begun().iter().map(|note| note.batch).collect()
    }

    /// The attempts at one batch.
    #[track_caller]
    pub(crate) fn attempts(&self, batch: u64) -> Vec<u32> {
        let mut begun = self.begun();
        begun.retain(|note| note.batch == batch);
        begun.iter().map(|note| note.attempt).collect()
    }

    /// Waits until so many batches have begun.
    #[track_caller]
    pub(crate) fn wait_for(&self, batches: usize) {
        wait_until(&format!("{batches} batches that began"), || {
            self.begun().len() >= batches
        });
        assert_eq!(self.begun().len(), batches);
    }

    /// The most that ran at once, where none was killed.
    #[track_caller]
    pub(crate) fn most_at_once(&self) -> usize {
        let (mut now, mut most) = (0_usize, 0);
        for note in self.notes() {
            now = if note.is_end { now - 1 } else { now + 1 };
            most = most.max(now);
        }
        most
    }

    /// Every batch ran to its end at least once, and each time with the items that its key means. Gives
    /// how many runs were repeated.
    #[track_caller]
    pub(crate) fn assert_whole(&self, batches: u64, items: u64) -> u64 {
        let notes = self.notes();
        let mut first = BTreeMap::new();
        for note in &notes {
            let known = first.entry(note.batch).or_insert(note);
            assert_eq!((&known.key, &known.items), (&note.key, &note.items));
        }
        let ended: BTreeSet<u64> = notes
            .iter()
            .filter(|note| note.is_end)
            .map(|note| note.batch)
            .collect();
        assert_eq!(ended, (0..batches).collect());
        let ran: Vec<String> = first
            .values()
            .flat_map(|note| note.items.iter().cloned())
            .collect();
        let expected: Vec<String> = (1..=items).map(|item| item.to_string()).collect();
        assert_eq!(ran, expected);
        let begun = notes.iter().filter(|note| !note.is_end).count() as u64;
        begun - batches
    }
}

impl Note {
    fn parse(line: &str) -> Self {
        let mut words = line.split(' ').map(str::to_owned);
        let mut word = || words.next().expect("a line has six words and the items");
        Self {
            is_end: word() == "end",
            batch: word().parse().expect("a batch number"),
            attempt: word().parse().expect("an attempt"),
            pid: word().parse().expect("a process number"),
            worker: word().parse().expect("a process number"),
            key: word(),
            items: words.collect(),
        }
    }
}
