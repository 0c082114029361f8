//! Counts the items of a file in the background, so that progress starts at once and percent and
//! ETA appear when they can.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use longhaul_common::store::TaskRow;

use crate::source;

const UNKNOWN: u64 = u64::MAX;

/// A count under way. Dropping it ends the counting.
pub(crate) struct Total {
    count: Option<Arc<Count>>,
}

struct Count {
    items: AtomicU64,
    stop: AtomicBool,
}

impl Total {
    /// Starts counting, if the task needs it.
    pub(crate) fn count(row: &TaskRow) -> Self {
        if row.progress.items_total.is_some() || row.spec.input.file().is_none() {
            return Self { count: None };
        }
        let count = Arc::new(Count {
            items: AtomicU64::new(UNKNOWN),
            stop: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&count);
        let input = row.spec.input.clone();
        let counting = std::thread::Builder::new()
            .name("count".into())
            .spawn(move || {
                // A file that can't be counted is one the task itself will stumble over.
                if let Ok(Some(items)) = source::count(&input, &theirs.stop) {
                    theirs.items.store(items, Ordering::Release);
                }
            });
        Self {
            count: counting.is_ok().then_some(count),
        }
    }

    /// The count, once it is there.
    pub(crate) fn known(&mut self) -> Option<u64> {
        let items = self.count.as_ref()?.items.load(Ordering::Acquire);
        if items == UNKNOWN {
            return None;
        }
        self.count = None;
        Some(items)
    }
}

impl Drop for Total {
    fn drop(&mut self) {
        if let Some(count) = &self.count {
            count.stop.store(true, Ordering::Release);
        }
    }
}
