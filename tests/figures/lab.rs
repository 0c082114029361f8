//! Where it is measured: a folder that is removed at the end, stores in it, how much effort.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use longhaul_common::control::Control;
use longhaul_common::store::{Absent, Opening, Store};
use tempfile::TempDir;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Enough for figures.
    Full,
    /// Enough to see that it works.
    Quick,
}

pub(crate) struct Lab {
    dir: TempDir,
    effort: Effort,
    load_before: String,
}

impl Lab {
    pub(crate) fn new(effort: Effort) -> Self {
        Self {
            dir: folder_in(&disk()),
            effort,
            load_before: load(),
        }
    }

    /// The one or the other, by the effort.
    pub(crate) fn pick<T>(&self, full: T, quick: T) -> T {
        match self.effort {
            Effort::Full => full,
            Effort::Quick => quick,
        }
    }

    /// A place in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Control over a new store.
    pub(crate) fn store(&self, name: &str) -> Control {
        new_store(&self.path(name))
    }

    /// What the figures depend on: the day, the machine, and what else it had to do before.
    pub(crate) fn surroundings(&self) -> String {
        let day = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        format!(
            "{day}: {}, {cores} cores, {} GB, Linux {}, {}; load before the start {}{}",
            value_in("/proc/cpuinfo", "model name"),
            memory(),
            kernel.trim(),
            self.disk_in_words(),
            self.load_before,
            self.pick("", ". A smoke run: the figures mean little"),
        )
    }

    fn disk_in_words(&self) -> String {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let dir = self.dir.path();
        mounts
            .lines()
            .filter_map(|line| {
                let mut words = line.split(' ').skip(1);
                Some((words.next()?, words.next()?))
            })
            .filter(|(place, _)| dir.starts_with(place))
            .max_by_key(|(place, _)| place.len())
            .map_or_else(|| "an unknown file system".into(), |(_, kind)| kind.into())
    }
}

/// The average load of the last minute.
fn load() -> String {
    let loads = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    loads.split(' ').next().unwrap_or_default().to_owned()
}

/// Gigabytes, rounded up: the kernel keeps a part for itself.
fn memory() -> u64 {
    let total = value_in("/proc/meminfo", "MemTotal");
    let kilobytes = total.split(' ').next().and_then(|word| word.parse().ok());
    kilobytes.map_or(0, |kilobytes: u64| kilobytes.div_ceil(1024 * 1024))
}

/// The value of the first line that begins with a word.
fn value_in(file: &str, word: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .find(|line| line.starts_with(word))
        .and_then(|line| line.split_once(':'))
        .map_or_else(|| "unknown".into(), |(_, value)| value.trim().into())
}

/// A folder in memory, for what is prepared and not measured; on the disk where there is none.
#[allow(dead_code, reason = "each bench has some of these")]
pub(crate) fn folder_in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        folder_in(memory)
    } else {
        folder_in(&disk())
    }
}

fn folder_in(place: &Path) -> TempDir {
    tempfile::Builder::new()
        .prefix("longhaul-figures-")
        .tempdir_in(place)
        .expect("the temporary folder can be written")
}

/// The temporary folder, if it is on a disk or was named on purpose.
fn disk() -> PathBuf {
    const TMPFS: i64 = 0x0102_1994;
    let usual = std::env::temp_dir();
    let in_memory = rustix::fs::statfs(&usual).is_ok_and(|found| found.f_type == TMPFS);
    if in_memory && std::env::var_os("TMPDIR").is_none() {
        PathBuf::from("/var/tmp")
    } else {
        usual
    }
}

/// Control over a store of its own handle.
pub(crate) fn new_store(dir: &Path) -> Control {
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(dir, opening).expect("a store opens");
    Control::new(store).expect("the store has its locks")
}

/// Waits until there is something. Looks seldom, so that the looking is not measured.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
