//! Files of tasks that are gone.

use indicatif::BinaryBytes;
use longhaul_common::prune::{Orphan, orphans};
use longhaul_common::store::Store;
use longhaul_worker::report::in_one_line;

use super::check::Check;
use super::folders::quoted;
use super::processes::counted;

const CHECK: &str = "files";

/// So many are named.
const NAMED: usize = 5;

pub(super) fn check(store: &Store) -> Check {
    match orphans(store) {
        Ok(found) => judge(&found, &quoted(store.dir())),
        Err(error) => Check::warn(
            CHECK,
            format!("not looked at: {}", in_one_line(&error)),
            "see the lines above",
        ),
    }
}

pub(super) fn judge(found: &[Orphan], store: &str) -> Check {
    if found.is_empty() {
        return Check::ok(CHECK, "every log and every spooled input is a task's");
    }
    let bytes = found.iter().map(|orphan| orphan.bytes).sum();
    let named: Vec<String> = found
        .iter()
        .take(NAMED)
        .filter_map(|orphan| Some(orphan.path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let more = if found.len() > NAMED { ", …" } else { "" };
    Check::warn(
        CHECK,
        format!(
            "{} of tasks that are gone, {}: {}{more}",
            counted(found.len(), "file", "files"),
            BinaryBytes(bytes),
            named.join(", ")
        ),
        format!("longhaul prune --orphans --store {store}"),
    )
}
