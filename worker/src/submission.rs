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
    task_with::<T>(params, Input::None)
}

/// A task of kind `T` that is fed: its items come from [`Control::feed`](longhaul_common::control::Control::feed)
/// while it runs, each [written](fed_item) as JSON, until somebody closes it.
///
/// # Errors
/// When the parameters can't be written as JSON.
pub fn new_fed_task<T: Task>(params: &T::Params) -> Result<NewTask, serde_json::Error> {
    task_with::<T>(params, Input::Fed)
}

/// An item of kind `T`, as it is fed.
///
/// # Errors
/// When it can't be written as JSON.
pub fn fed_item<T: Task>(item: &T::Item) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(item)
}

fn task_with<T: Task>(params: &T::Params, input: Input) -> Result<NewTask, serde_json::Error> {
    Ok(NewTask {
        spec: TaskSpec {
            id: TaskId::new(),
            kind: T::KIND.into(),
            work: Work::Registered(RegisteredWork {
                params: serde_json::to_string(params)?,
                rolls_back: T::ROLLS_BACK,
            }),
            input,
            ..TaskSpec::default()
        },
        items_total: None,
        reason: None,
        claim_for: None,
    })
}
