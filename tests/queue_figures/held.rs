//! Tasks that are held without a worker, so that their checkpoints can be written alone.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use longhaul_common::progress::{Progress, as_f64};
use longhaul_common::spec::Way;
use longhaul_common::store::{Accepts, Appetite, Key, Store};

use crate::beat;

/// Whoever holds a task.
pub(crate) struct Holder {
    store: Store,
    key: Key,
    progress: Progress,
}

impl Holder {
    /// Commits what a finished batch does, together with the others who come at the same time.
    pub(crate) fn checkpoint(&self) {
        let written = self.store.checkpoint(self.key, self.progress.clone());
        written.expect("the claim lasts");
    }
}

/// So many tasks of their own that are held.
pub(crate) fn holders(store: &Store, tasks: NonZeroUsize) -> Vec<Holder> {
    for _ in 0..tasks.get() {
        let task = beat::task(Way::Direct);
        store.submit(task).expect("a task can be submitted");
    }
    let appetite = Appetite {
        worker: store.next_worker().expect("the store counts workers"),
        slots: tasks.get(),
        accepts: Accepts {
            registered: [beat::KIND.to_owned()].into(),
            ..Accepts::default()
        },
        orphans: Vec::new(),
    };
    let caught = store.claim(appetite).expect("it can be claimed");
    assert_eq!(caught.held.len(), tasks.get(), "they all wait");
    let held = caught.held.into_iter();
    held.map(|held| Holder {
        store: store.clone(),
        key: held.key,
        progress: store.prepared(held.key).expect("the claim lasts").progress,
    })
    .collect()
}

/// Has each holder do something again and again for a slice, all at once; gives how often a second.
pub(crate) fn slice<H: Sync>(holders: &[H], slice: Duration, one: impl Fn(&H) + Sync) -> f64 {
    let (over, done) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for holder in holders {
            let (over, done, one) = (&over, &done, &one);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    one(holder);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(slice / 8);
        let (before, since) = (done.load(Ordering::Relaxed), Instant::now());
        std::thread::sleep(slice);
        let (after, took) = (done.load(Ordering::Relaxed), since.elapsed());
        over.store(true, Ordering::Relaxed);
        as_f64(after - before) / took.as_secs_f64()
    })
}
