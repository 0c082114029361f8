//! A store with a few tasks, for the tests of what reads it.

use tempfile::TempDir;

use super::{Absent, Ask, Haste, NewTask, Opening, Store};
use crate::actor::Actor;
use crate::id::TaskNumber;
use crate::spec::TaskSpec;
use crate::state::Desired;

pub(super) fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(&dir.path().join("store"), opening).unwrap();
    (dir, store)
}

pub(super) fn submit(store: &Store, name: &str) -> TaskNumber {
    let task = NewTask {
        spec: TaskSpec {
            id: crate::id::TaskId::new(),
            name: name.into(),
            ..TaskSpec::default()
        },
        items_total: None,
        reason: None,
        claim_for: None,
    };
    store.submit(task).unwrap().number
}

pub(super) fn terminate(store: &Store, task: TaskNumber) {
    let ask = Ask {
        done: super::Done::AsBrought,
        hooks: crate::store::Hooks::Run,
        blocking: crate::store::Blocking::Again,
        want: Desired::Terminate,
        haste: Haste::AtBoundary,
        by: Actor::default(),
        reason: None,
        until: None,
        claim_for: None,
    };
    store.request(vec![task], ask).unwrap();
}
