//! Submitting tasks of a registered kind.

use longhaul_common::id::TaskId;
use longhaul_common::spec::{Input, RegisteredWork, TaskSpec, Work};
use longhaul_common::store::NewTask;

use crate::task::Task;

/// A task of kind `T`, ready to be submitted with
/// [`Control::submit`](longhaul_common::control::Control::submit). Batch size, retries and so on
/// have their defaults; set them in `spec`.
///
/// # Errors
/// When the parameters can't be written as JSON.
pub fn new_task<T: Task>(params: &T::Params) -> Result<NewTask, serde_json::Error> {
    Ok(NewTask {
        spec: TaskSpec {
            id: TaskId::new(),
            kind: T::KIND.into(),
            work: Work::Registered(RegisteredWork {
                params: serde_json::to_string(params)?,
            }),
            input: Input::None,
            ..TaskSpec::default()
        },
        items_total: None,
        reason: None,
        claim_for: None,
    })
}
