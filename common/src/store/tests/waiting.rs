//! A store that another process keeps to itself.

use std::time::Duration;

use super::{Home, OPENING, new_task, raw, wait_for};
use crate::spec::TaskSpec;
use crate::store::{Store, StoreError};

const SOON: Duration = Duration::from_millis(100);

/// A store whose calls wait only a moment, though its opening may take longer.
fn hasty(home: &Home) -> Store {
    let mut store = Store::open(&home.dir(), OPENING).unwrap();
    store.patience = SOON;
    store
}

#[test]
fn a_call_that_began_is_unknown_one_that_waits_behind_it_is_busy_and_never_runs() {
    let home = Home::new();
    let hasty = hasty(&home);
    let other = raw(&home.database());
    let held = other.begin_write().unwrap();
    let first = new_task(TaskSpec::default());
    let second = new_task(TaskSpec::default());
    wait_for("the first call's start", || {
        matches!(hasty.submit(first.clone()), Err(StoreError::Unknown { .. }))
    });
    let error = hasty.submit(second.clone()).unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert_eq!(
        hasty.list(9, |_| true).unwrap().total,
        0,
        "reading goes on meanwhile"
    );
    drop(held);
    drop(other);
    // One after the other: had the second been going to run, it would have by then.
    let all_done = || {
        hasty.inner.writer.call(
            &home.dir(),
            OPENING.patience,
            crate::store::Effect::Writes,
            || Ok(()),
        )
    };
    all_done().unwrap();
    let found = home.store.list(9, |_| true).unwrap().rows;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].spec.id, first.spec.id);
}

#[test]
fn a_refusal_is_no_failure_of_the_store() {
    let home = Home::new();
    let error = home
        .store
        .request(
            vec![crate::id::TaskNumber(5)],
            super::ask(crate::state::Desired::Run),
        )
        .unwrap_err();
    assert!(!error.spends_the_handle());
    home.bare();
}
