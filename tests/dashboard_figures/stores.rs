//! Stores to look at.

use std::path::PathBuf;

use longhaul_common::spec::TaskSpec;

use crate::lab::Lab;
use crate::seed::{plain_task, suspended};

/// The most tasks of a store.
pub(crate) const MANY: u64 = 100_000;

const NAMES: [&str; 8] = [
    "nightly-import",
    "thumbnails",
    "reindex",
    "invoice-mails",
    "checksums",
    "geo-tiles",
    "log-archive",
    "export",
];
const KINDS: [&str; 5] = ["import", "media", "mail", "backup", "audit"];

/// The folder of a store of so many suspended tasks, made when it is first asked for.
pub(crate) fn store_of(lab: &Lab, tasks: u64) -> PathBuf {
    let dir = lab.path(&format!("store-of-{tasks}"));
    if !dir.exists() {
        suspended(&dir, tasks, named);
    }
    dir
}

fn named(place: u64) -> TaskSpec {
    fn pick<const N: usize>(from: [&'static str; N], place: u64) -> &'static str {
        let at = usize::try_from(place % N as u64).expect("it is below N");
        from[at]
    }
    TaskSpec {
        name: format!("{}-{place:06}", pick(NAMES, place)),
        kind: pick(KINDS, place).into(),
        ..plain_task()
    }
}
