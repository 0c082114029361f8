//! Groups: a slot for each task that runs, taken in the claim and given back with it.

use super::{Home, W1, W2, ask, submit, take_over};
use crate::actor::Actor;
use crate::id::TaskNumber;
use crate::rules::Happened;
use crate::settings::Assignment;
use crate::spec::TaskSpec;
use crate::state::{Desired, Ending};
use crate::store::{Accepts, GroupRow, GroupSetting, Held, Setting};

fn member(home: &Home, priority: i32) -> TaskNumber {
    let spec = TaskSpec {
        group: "db".into(),
        priority,
        ..TaskSpec::default()
    };
    submit(&home.store, spec)
}

fn limit(home: &Home, slots: Option<u64>) {
    let setting = GroupSetting {
        name: "db".into(),
        slots,
        by: Actor::default(),
        reason: None,
    };
    home.store.set_group(setting).unwrap();
}

fn group(home: &Home) -> GroupRow {
    home.store.groups().unwrap().remove(0)
}

/// Claims all that a worker with many slots gets.
fn claim_all(home: &Home) -> Vec<Held> {
    let appetite = crate::store::Appetite {
        worker: W1,
        slots: 9,
        accepts: Accepts::default(),
        orphans: Vec::new(),
    };
    home.store.claim(appetite).unwrap().held
}

fn numbers(held: &[Held]) -> Vec<u64> {
    held.iter().map(|held| held.key.task.0).collect()
}

fn release(home: &Home, held: &Held) {
    home.settle(held.key, Happened::Stopping, Ending::Released)
        .unwrap();
}

#[test]
fn no_more_of_a_group_are_claimed_than_it_has_slots_by_priority_and_number() {
    let home = Home::new();
    for priority in [0, 0, 5, 0] {
        member(&home, priority);
    }
    let other = home.bare();
    limit(&home, Some(2));
    let held = claim_all(&home);
    assert_eq!(numbers(&held), [3, 1, other.0]);
    assert_eq!(home.waits().now, [], "a full group is in nobody's sight");
    let told = group(&home);
    assert_eq!((told.slots, told.in_use, told.tasks), (Some(2), 2, 4));
    home.ask(TaskNumber(3), Desired::Suspend);
    home.settle(held[0].key, Happened::Boundary, Ending::Suspended)
        .unwrap();
    assert_eq!(home.waits().now, [TaskNumber(2)]);
    assert_eq!(
        numbers(&claim_all(&home)),
        [2],
        "one that rests has no slot"
    );
}

#[test]
fn a_limit_is_changed_while_tasks_wait_and_run() {
    let home = Home::new();
    for _ in 0..4 {
        member(&home, 0);
    }
    limit(&home, Some(1));
    let first = claim_all(&home);
    assert_eq!(numbers(&first), [1]);
    limit(&home, Some(3));
    let more = claim_all(&home);
    assert_eq!(numbers(&more), [2, 3]);
    limit(&home, Some(1));
    release(&home, &first[0]);
    release(&home, &more[0]);
    assert_eq!(home.waits().now, [], "one still runs");
    limit(&home, None);
    assert_eq!(numbers(&claim_all(&home)), [1, 2, 4]);
    assert_eq!(group(&home).in_use, 4);
}

#[test]
fn the_slot_of_a_dead_worker_stays_taken_until_the_task_is_taken_over_and_given_back() {
    let home = Home::new();
    limit(&home, Some(1));
    member(&home, 0);
    member(&home, 0);
    let held = claim_all(&home).remove(0);
    assert_eq!(home.waits().now, []);
    let taken = take_over(&home.store, W2, held.key).expect("it has its slot");
    assert_eq!(group(&home).in_use, 1);
    release(&home, &taken);
    assert_eq!(group(&home).in_use, 0);
    assert_eq!(home.waits().now, [TaskNumber(1)]);
}

#[test]
fn hooks_of_a_task_that_ends_need_no_slot() {
    let home = Home::new();
    limit(&home, Some(1));
    let spec = TaskSpec {
        group: "db".into(),
        ..super::with_cleanup()
    };
    let owes = submit(&home.store, spec);
    let held = claim_all(&home).remove(0);
    home.store.prepared(held.key).unwrap();
    limit(&home, Some(0));
    // Its worker dies, and it is terminated: somebody has to clean up.
    home.ask(owes, Desired::Terminate);
    let taken = take_over(&home.store, W2, held.key).expect("a hook waits for nobody");
    assert_eq!(taken.key.task, owes);
}

#[test]
fn a_task_that_changes_its_group_takes_its_slot_along() {
    let home = Home::new();
    limit(&home, Some(1));
    let waits = member(&home, 0);
    let runs = home.bare();
    limit(&home, Some(0));
    let held = claim_all(&home);
    assert_eq!(numbers(&held), [runs.0]);
    let set = |task, what: &str| {
        let setting = Setting {
            assignments: vec![Assignment::parse(what).unwrap()],
            by: ask(Desired::Run).by,
            undoes: None,
            reason: None,
        };
        home.store.set(vec![task], setting).unwrap();
    };
    set(runs, "group=db");
    let told = group(&home);
    assert_eq!(
        (told.in_use, told.tasks),
        (1, 2),
        "it is not stopped for it"
    );
    set(waits, "group=none");
    assert_eq!(home.waits().now, [waits]);
    set(waits, "group=db");
    assert_eq!(home.waits().now, []);
    set(runs, "group=none");
    limit(&home, Some(1));
    assert_eq!(home.waits().now, [waits]);
}

#[test]
fn a_task_that_ended_is_in_no_group() {
    let home = Home::new();
    let task = member(&home, 0);
    let row = home.row(task);
    assert_eq!(row.spec.group, "db");
    home.ask(task, Desired::Terminate);
    assert_eq!(home.store.groups().unwrap(), []);
}

#[test]
fn one_task_alone_is_claimed_out_of_its_group_if_that_has_room() {
    let home = Home::new();
    limit(&home, Some(1));
    let (first, second) = (member(&home, 0), member(&home, 0));
    let take = |task| {
        let mut appetite = super::appetite(W1);
        appetite.accepts.only = Some(task);
        numbers(&home.store.claim(appetite).unwrap().held)
    };
    assert_eq!(take(second), [2]);
    assert_eq!(take(first), Vec::<u64>::new());
}
