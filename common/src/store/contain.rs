//! Panics inside the database, as a damaged page can cause, become errors.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::DATABASE;
use super::error::StoreError;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread, at this moment, is turned into an error of the store. A panic
/// hook has nothing to print then.
#[must_use]
pub fn panic_is_contained() -> bool {
    CONTAINED.get()
}

/// Runs `work`; a panic in it is reported as a damaged database.
pub(super) fn contain<T>(
    dir: &Path,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let before = CONTAINED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(before);
    outcome.unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "an unknown fault".into());
        Err(StoreError::Corrupted {
            path: dir.join(DATABASE),
            what,
        })
    })
}
