//! What keeps a task from running, as far as it has to be looked up.

use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;

use crate::cli::GateArgs;
use crate::exit::Failure;
use crate::session::resolve;

/// The tasks that have to complete first.
pub(super) fn after(control: &Control, args: &GateArgs) -> Result<Vec<TaskNumber>, Failure> {
    if args.after.is_empty() {
        return Ok(Vec::new());
    }
    let mut tasks = resolve(control, &args.after)?;
    tasks.sort_unstable();
    Ok(tasks)
}
