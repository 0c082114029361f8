//! A task that this worker holds and can't run: every attempt fails for the same reason, and the
//! error policy says what becomes of it.

use longhaul_common::leftovers::{Process, Stubborn};
use longhaul_common::state::{Ending, Hook};
use longhaul_common::store::PassedItem;

use crate::engine::{Cut, Engine, Resumes, Yielded};
use crate::failure::Failure;
use crate::source::Cursor;
use crate::task::Cx;

/// Fails with what kept the task from being put together.
pub(crate) struct Unrunnable(pub(crate) Failure);

impl Engine for Unrunnable {
    fn total(&mut self) -> Option<u64> {
        None
    }

    fn init(&mut self, _resumes: Resumes, _cx: &Cx) -> Result<(), Failure> {
        Err(self.0.clone())
    }

    fn join(&mut self, _cx: &Cx) -> Result<(), Failure> {
        Err(self.0.clone())
    }

    fn cut(&mut self, _cursor: &Cursor, _size: usize) -> Result<Option<Cut>, Failure> {
        Err(self.0.clone())
    }

    fn perform(&mut self, _cut: &Cut, _cx: &Cx) -> Result<Yielded, Failure> {
        Err(self.0.clone())
    }

    fn undo(
        &mut self,
        _cut: Cut,
        _passed: &[PassedItem],
        _line: Option<&str>,
        _cx: &Cx,
    ) -> Result<(), Failure> {
        Err(self.0.clone())
    }

    fn hook(&mut self, _hook: Hook, _ending: Option<Ending>, _cx: &Cx) -> Result<(), Failure> {
        // Without an init there is nothing that a hook could release.
        Ok(())
    }

    fn clear(
        &mut self,
        _slot: u16,
        _keys: &[&str],
        _waits: &mut dyn FnMut(&Stubborn) -> bool,
    ) -> Result<Vec<Process>, Failure> {
        Ok(Vec::new())
    }
}
