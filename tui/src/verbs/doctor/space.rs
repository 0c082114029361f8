//! Room on the store's file system.

use std::path::Path;

use indicatif::BinaryBytes;
use nix::sys::statvfs::statvfs;

use super::check::Check;

const CHECK: &str = "space";

/// Less room than this is little, whatever the disk's size.
const LITTLE: u64 = 64 * 1024 * 1024;

pub(super) fn check(dir: &Path) -> Check {
    match statvfs(dir) {
        Ok(found) => {
            let unit = found.fragment_size();
            judge(
                found.blocks_available().saturating_mul(unit),
                found.blocks().saturating_mul(unit),
            )
        }
        Err(error) => Check::warn(
            CHECK,
            format!("not checked: {error}"),
            format!("look with: df {}", super::folders::quoted(dir)),
        ),
    }
}

pub(super) fn judge(available: u64, total: u64) -> Check {
    let detail = format!(
        "{} of {} free on its file system",
        BinaryBytes(available),
        BinaryBytes(total)
    );
    if available < LITTLE || available < total / 100 {
        Check::warn(
            CHECK,
            detail,
            "make room before the store is full: a full disk stops every task",
        )
    } else {
        Check::ok(CHECK, detail)
    }
}
