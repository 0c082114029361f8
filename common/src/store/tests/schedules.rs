//! Tasks that wait for a time.

use std::time::Duration;

use super::{Home, W1, appetite, submit};
use crate::id::TaskNumber;
use crate::settings::Assignment;
use crate::spec::TaskSpec;
use crate::state::{Desired, StateWord};
use crate::store::{Forget, Look, Setting};
use crate::time::Timestamp;

fn at(at: Timestamp) -> TaskSpec {
    TaskSpec {
        at: Some(at),
        ..TaskSpec::default()
    }
}

fn soon() -> Timestamp {
    Timestamp::now().after(Duration::from_millis(300))
}

fn later() -> Timestamp {
    Timestamp::now().after(Duration::from_secs(3600))
}

fn next(home: &Home) -> Option<Timestamp> {
    home.store.glance(Look::default()).unwrap().timer
}

fn set(home: &Home, task: TaskNumber, typed: &str) {
    let setting = Setting {
        assignments: vec![Assignment::parse(typed).unwrap()],
        by: crate::actor::Actor::default(),
        reason: None,
        undoes: None,
    };
    let answers = home.store.set(vec![task], setting).unwrap();
    assert!(answers[0].refused.is_none());
}

#[test]
fn what_waits_for_a_time_is_out_of_sight_until_then() {
    let home = Home::new();
    let time = soon();
    let task = submit(&home.store, at(time));
    let waits = home.waits();
    assert!(waits.now.is_empty() && waits.next.is_none(), "{waits:?}");
    assert_eq!(next(&home), Some(time));
    assert_eq!(home.store.go_off(W1).unwrap(), Some(time));
    assert!(home.waits().now.is_empty());
    super::wait_for("its time", || Timestamp::now() >= time);
    assert!(home.waits().now.is_empty(), "somebody has to look");
    assert_eq!(home.store.go_off(W1).unwrap(), None);
    assert_eq!(home.waits().now, [task]);
    assert_eq!(home.run(W1).key.task, task);
}

#[test]
fn a_time_that_is_taken_back_or_changed_counts_at_once() {
    let home = Home::new();
    let (first, second) = (later(), later().after(Duration::from_secs(60)));
    let task = submit(&home.store, at(first));
    set(&home, task, &format!("at={second}"));
    assert_eq!(next(&home), Some(second));
    set(&home, task, "at=now");
    assert_eq!(next(&home), None);
    assert_eq!(home.waits().now, [task]);
    set(&home, task, &format!("at={second}"));
    assert!(home.waits().now.is_empty());
    assert_eq!(next(&home), Some(second));
}

#[test]
fn one_whose_gate_closed_again_while_it_waited_is_out_of_sight_again() {
    let home = Home::new();
    let task = submit(
        &home.store,
        at(Timestamp::now().before(Duration::from_secs(1))),
    );
    assert_eq!(home.waits().now, [task]);
    // As a window does, or a clock that is set back.
    let time = later();
    let database = super::raw(&home.database());
    let txn = database.begin_write().unwrap();
    {
        let mut row = home.row(task).spec;
        row.at = Some(time);
        let bytes = rmp_serde::to_vec_named(&row).unwrap();
        let specs = crate::store::schema::SPECS.table;
        txn.open_table(specs)
            .unwrap()
            .insert(task.0, bytes.as_slice())
            .unwrap();
    }
    txn.commit().unwrap();
    drop(database);
    assert!(home.store.claim(appetite(W1)).unwrap().held.is_empty());
    assert!(home.waits().now.is_empty());
    assert_eq!(next(&home), Some(time));
}

#[test]
fn requests_on_a_task_that_waits_for_a_time_act_at_once_and_its_row_goes_with_it() {
    let home = Home::new();
    let task = submit(&home.store, at(later()));
    assert_eq!(home.ask(task, Desired::Suspend).current, StateWord::Suspend);
    home.ask(task, Desired::Run);
    assert!(home.waits().now.is_empty(), "it waits on");
    assert!(next(&home).is_some());
    assert_eq!(
        home.ask(task, Desired::Terminate).current,
        StateWord::Terminate
    );
    home.store.prune(&[task], &Forget::default()).unwrap();
    assert_eq!(next(&home), None);
}

#[test]
fn an_older_store_is_closed_to_older_versions_by_what_they_would_run_too_early_or_too_far() {
    let home = Home::new();
    let with = |change: fn(&mut TaskSpec)| {
        let mut spec = TaskSpec::default();
        change(&mut spec);
        spec
    };
    for spec in [
        at(later()),
        with(|spec| spec.stop_at = Some(3)),
        with(|spec| {
            let window = crate::window::Window::parse("22:00-06:00 UTC", None);
            spec.window = Some(window.unwrap());
        }),
    ] {
        super::records::schema(&home, 2);
        submit(&home.store, TaskSpec::default());
        assert_eq!(home.store.schema().unwrap().0, 2);
        submit(&home.store, spec);
        assert_eq!(home.store.schema().unwrap().0, 3);
    }
    super::records::schema(&home, 2);
    set(&home, TaskNumber(1), "stop-at=9");
    assert_eq!(home.store.schema().unwrap().0, 3);
}
