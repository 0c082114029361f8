//! Who of this process is inside the database. Another process can't go on while this one is stopped
//! in there, so it stops itself only while nobody is.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Held shared by each thread that is inside, whichever store it is in.
static INSIDE: RwLock<()> = RwLock::new(());

thread_local! {
    /// How deep this thread is inside: a second shared hold of the same thread would wait for ever
    /// behind somebody who waits for all to leave.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Marks that this thread is inside the database, for as long as it lives.
pub(super) struct Inside {
    held: Option<RwLockReadGuard<'static, ()>>,
    /// It belongs to the thread that entered.
    _here: PhantomData<*const ()>,
}

/// Enters; a thread that is inside already enters once more without waiting.
pub(super) fn enter() -> Inside {
    let outermost = DEPTH.get() == 0;
    let held = outermost.then(|| INSIDE.read().unwrap_or_else(PoisonError::into_inner));
    DEPTH.set(DEPTH.get() + 1);
    Inside {
        held,
        _here: PhantomData,
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        self.held = None;
    }
}

/// Runs `work` while no thread of this process is inside the database of any store. A process that
/// is stopped there freezes every other, so whoever stops itself does it in here. Not to be called
/// by a thread that is inside.
pub fn while_idle(work: impl FnOnce()) {
    let _nobody_inside = INSIDE.write().unwrap_or_else(PoisonError::into_inner);
    work();
}

#[cfg(test)]
mod tests;
