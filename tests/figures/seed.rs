//! Stores with many tasks in them.

use std::fs;
use std::path::Path;

use longhaul_common::actor::Actor;
use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::spec::TaskSpec;
use longhaul_common::state::Desired;
use longhaul_common::store::{Ask, Done, Haste, Hooks, NewTask, Store};

use crate::lab::{folder_in_memory, new_store};

/// Requests are sent on so many tasks at once.
const AT_ONCE: usize = 1000;

/// Makes a store of suspended tasks: in memory, where a commit waits for no disk. Then it is brought
/// to the disk.
pub(crate) fn suspended(dir: &Path, tasks: u64, spec: impl Fn(u64) -> TaskSpec) {
    let memory = folder_in_memory();
    let made = memory.path().join("store");
    let control = new_store(&made);
    let numbers = submit_some(control.store(), tasks, spec);
    for some in numbers.chunks(AT_ONCE) {
        ask(control.store(), some.to_vec(), Desired::Suspend);
    }
    drop(control);
    drop(new_store(dir));
    bring(&Store::database(&made), &Store::database(dir));
}

/// A command task without input.
pub(crate) fn plain_task() -> TaskSpec {
    TaskSpec {
        id: TaskId::new(),
        created_by: Actor::this_process(),
        ..TaskSpec::default()
    }
}

/// Submits tasks, each as it is told for its place among them.
pub(crate) fn submit_some(
    store: &Store,
    tasks: u64,
    spec: impl Fn(u64) -> TaskSpec,
) -> Vec<TaskNumber> {
    let submit = |place| {
        let task = NewTask {
            spec: spec(place),
            items_total: None,
            reason: None,
            claim_for: None,
        };
        store.submit(task).expect("it can be submitted").number
    };
    (0..tasks).map(submit).collect()
}

/// Wants a state of tasks that are all in another.
pub(crate) fn ask(store: &Store, tasks: Vec<TaskNumber>, want: Desired) {
    let ask = Ask {
        done: Done::AsBrought,
        hooks: Hooks::Run,
        blocking: longhaul_common::store::Blocking::Again,
        want,
        haste: Haste::AtBoundary,
        by: Actor::default(),
        reason: None,
        until: None,
        claim_for: None,
    };
    let answers = store.request(tasks, ask).expect("it can be requested");
    let written = answers.iter().all(|answer| answer.request.is_some());
    assert!(written, "every request changes something");
}

fn bring(from: &Path, to: &Path) {
    fs::copy(from, to)
        .and_then(|_| fs::File::open(to)?.sync_all())
        .expect("there is room for it");
}
