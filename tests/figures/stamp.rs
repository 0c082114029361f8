//! A batch that notes who started it and when.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The argument that makes this program such a batch.
pub(crate) const WORD: &str = "--stamp";

/// How long a batch lasts, so that one is in flight at most times.
const LASTS: Duration = Duration::from_millis(5);

/// The start of a batch.
pub(crate) struct Stamp {
    pub(crate) worker: u32,
    pub(crate) at: u128,
}

/// Nanoseconds since 1970.
pub(crate) fn now() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("it is later than 1970").as_nanos()
}

pub(crate) fn stamp(file: &str) {
    let line = format!("{} {}\n", std::os::unix::process::parent_id(), now());
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .expect("the file can be written");
    std::thread::sleep(LASTS);
}

/// The stamps in a file from byte `from` on, and the byte after the last.
pub(crate) fn read(file: &std::path::Path, from: usize) -> (Vec<Stamp>, usize) {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let whole = text.rfind('\n').map_or(0, |last| last + 1);
    let stamps = text[from.min(whole)..whole].lines().map(|line| {
        let (worker, at) = line.split_once(' ').expect("two words");
        Stamp {
            worker: worker.parse().expect("a process number"),
            at: at.parse().expect("an instant"),
        }
    });
    (stamps.collect(), whole)
}
