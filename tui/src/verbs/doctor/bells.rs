//! Change notifications.

use std::path::Path;

use longhaul_common::bell::{Watch, Watcher, Watching};
use longhaul_worker::report::in_one_line;

use super::check::Check;

const CHECK: &str = "bells";

pub(super) fn check(dir: &Path) -> Check {
    // Listening makes the folders; whoever only looks leaves that to the first who writes.
    if !dir.join("bells").is_dir() || !dir.join("alive").is_dir() {
        return Check::ok(
            CHECK,
            "none yet: the first who works in the store makes them",
        );
    }
    let watcher = Watcher::start(dir, Watch::Everything, || ());
    match watcher.watching() {
        Watching::Notified => Check::ok(CHECK, "changes are notified at once"),
        Watching::TickOnly(error) => Check::warn(
            CHECK,
            format!(
                "no change notifications, so changes are seen up to 2 s late: {}",
                in_one_line(error)
            ),
            "raise the limits fs.inotify.max_user_instances and fs.inotify.max_user_watches, or check the folder's permissions",
        ),
    }
}
