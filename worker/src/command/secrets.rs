//! Variables that a task wants of the worker: their values are stored nowhere.

use longhaul_common::spec::CommandWork;

use crate::failure::Failure;

/// Commands get the worker's own variables; here a missing one is noticed before they run.
pub(super) fn has_secrets(work: &CommandWork) -> Result<(), Failure> {
    let names = work.secret_env.iter();
    let mut missing = names.filter(|name| std::env::var_os(name.as_os_str()).is_none());
    missing.next().map_or(Ok(()), |name| {
        let name = name.to_text();
        Err(Failure::Suspend(format!(
            "the worker has no variable {name}, which this task wants of it (--secret-env): start one that has it, then resume"
        )))
    })
}
