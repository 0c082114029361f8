//! Panics become errors: one inside the database, as a damaged page can cause, is damage; one in our
//! own code is a fault of ours, and says nothing of the store.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::DATABASE;
use super::error::StoreError;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
    /// Whether the database panicked in the piece of our code that runs: what it does afterwards, as
    /// when a table is closed, is no fault of ours.
    static DAMAGED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread, at this moment, is turned into an error of the store that says
/// all there is to say. A panic hook has nothing to print then.
#[must_use]
pub fn panic_is_contained() -> bool {
    CONTAINED.get()
}

/// Runs calls into the database; a panic in there is reported as damage.
pub(super) fn contain<T>(
    dir: &Path,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let before = CONTAINED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(before);
    outcome.unwrap_or_else(|panic| {
        DAMAGED.set(true);
        Err(damaged(dir, &*panic))
    })
}

/// Runs code of ours between calls into the database; a panic in it is reported as a fault of ours.
/// The panic hook may print it: it is a bug somebody has to mend.
pub(super) fn own<T>(
    dir: &Path,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let contained = CONTAINED.replace(false);
    let damage = DAMAGED.replace(false);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(contained);
    let damage = DAMAGED.replace(damage);
    outcome.unwrap_or_else(|panic| {
        Err(if damage {
            damaged(dir, &*panic)
        } else {
            StoreError::Bug {
                path: dir.to_owned(),
                what: words(&*panic),
            }
        })
    })
}

fn damaged(dir: &Path, panic: &(dyn Any + Send)) -> StoreError {
    StoreError::Corrupted {
        path: dir.join(DATABASE),
        what: words(panic),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "an unknown fault".into())
}
