//! Gates: what waits for them stands in no lane, and whoever opens one lets it run.

use super::{Home, W1, W2, ask, claim, new_task, submit};
use crate::event::What;
use crate::id::TaskNumber;
use crate::rules::Happened;
use crate::settings::Assignment;
use crate::spec::TaskSpec;
use crate::state::{Desired, Ending, Outcome, StateWord};
use crate::store::{Forget, NotSet, SetAnswer, Setting, StoreError};

fn after(home: &Home, tasks: &[TaskNumber]) -> TaskNumber {
    let spec = TaskSpec {
        after: tasks.to_vec(),
        ..TaskSpec::default()
    };
    submit(&home.store, spec)
}

/// Ends the first task that waits, completed.
fn complete_one(home: &Home) -> TaskNumber {
    let held = home.run(W1);
    let mut progress = home.row(held.key.task).progress;
    progress.exhausted = true;
    home.store.checkpoint(held.key, progress).unwrap();
    home.settle(held.key, Happened::Boundary, Ending::Completed)
        .unwrap();
    held.key.task
}

fn set(home: &Home, task: TaskNumber, what: &str) -> SetAnswer {
    let setting = Setting {
        assignments: vec![Assignment::parse(what).unwrap()],
        by: ask(Desired::Run).by,
        undoes: None,
        reason: None,
    };
    home.store.set(vec![task], setting).unwrap().remove(0)
}

fn told(home: &Home, task: TaskNumber, what: What) -> Vec<Option<String>> {
    let events = home
        .store
        .events(crate::id::EventNumber(0), Some(task), 100);
    let events = events.unwrap().events.into_iter();
    let found = events.filter(|event| event.what == what);
    found.map(|event| event.detail).collect()
}

fn outcomes(home: &Home, task: TaskNumber) -> Vec<Option<Outcome>> {
    let row = home.row(task);
    row.awaited.iter().map(|one| one.outcome).collect()
}

#[test]
fn a_task_that_waits_for_others_is_in_nobodys_sight_until_the_last_has_completed() {
    let home = Home::new();
    let (first, second) = (home.bare(), home.bare());
    let follower = after(&home, &[first, second]);
    assert_eq!(home.waits().now.len(), 1);
    assert_eq!(complete_one(&home), first);
    assert_eq!(home.waits().now, [second]);
    assert_eq!(outcomes(&home, follower), [Some(Outcome::Completed), None]);
    assert_eq!(told(&home, follower, What::Freed), []);
    assert_eq!(complete_one(&home), second);
    assert_eq!(home.waits().now, [follower]);
    let freed = Some("task 2 completed".to_owned());
    assert_eq!(told(&home, follower, What::Freed), [freed]);
    assert_eq!(claim(&home.store, W2).key.task, follower);
}

#[test]
fn one_that_is_terminated_blocks_whoever_waits_and_pruning_it_changes_nothing() {
    let home = Home::new();
    let first = home.bare();
    let follower = after(&home, &[first]);
    home.ask(first, Desired::Terminate);
    let blocked = Some("task 1 was terminated".to_owned());
    assert_eq!(told(&home, follower, What::Blocked), [blocked]);
    assert_eq!(home.waits().now, []);
    home.store.prune(&[first], &Forget::default()).unwrap();
    assert_eq!(outcomes(&home, follower), [Some(Outcome::Terminated)]);
    assert_eq!(home.waits().now, []);
    let freed = set(&home, follower, "after=none");
    assert_eq!(freed.changed[0].to_string(), "after 1 → none");
    assert_eq!(home.waits().now, [follower]);
}

#[test]
fn one_that_had_completed_before_holds_nobody_and_one_that_was_pruned_is_unknown() {
    let home = Home::new();
    let first = home.bare();
    complete_one(&home);
    let follower = after(&home, &[first]);
    assert_eq!(home.waits().now, [follower]);
    home.store.prune(&[first], &Forget::default()).unwrap();
    assert_eq!(home.waits().now, [follower]);
    let spec = TaskSpec {
        after: vec![first],
        ..TaskSpec::default()
    };
    let refused = home.store.submit(new_task(spec)).map(|task| task.number);
    assert!(matches!(refused, Err(StoreError::NoTask(task)) if task == first));
    assert_eq!(home.bare(), TaskNumber(3), "nothing was counted");
}

#[test]
fn a_gate_that_closes_on_a_running_task_has_it_given_back_and_desired_stays_run() {
    let home = Home::new();
    let held = home.running();
    let other = home.bare();
    assert!(set(&home, held.key.task, "after=2").refused.is_none());
    let seen = home.store.settings(held.key).unwrap();
    assert_eq!(seen.awaited.len(), 1);
    home.settle(held.key, Happened::Gated, Ending::Released)
        .unwrap();
    let row = home.row(held.key.task);
    assert_eq!(row.state.word, StateWord::Init);
    assert_eq!(row.wish.desired, Desired::Run);
    assert_eq!(home.waits().now, [other]);
    let state = told(&home, held.key.task, What::State);
    let told = state.last().unwrap().as_deref();
    assert_eq!(told, Some("waits for task 2 to complete"));
}

#[test]
fn nothing_can_be_made_to_wait_for_itself_or_for_what_is_not_there() {
    let home = Home::new();
    let first = home.bare();
    let second = after(&home, &[first]);
    let third = after(&home, &[second]);
    for task in [first, second, third] {
        let refused = set(&home, first, &format!("after={task}")).refused;
        assert_eq!(refused, Some(NotSet::Circle), "{task}");
    }
    let refused = set(&home, first, "after=99").refused;
    assert_eq!(refused, Some(NotSet::NoSuchTask(TaskNumber(99))));
    assert_eq!(home.waits().now, [first]);
    assert_eq!(complete_one(&home), first);
    assert_eq!(complete_one(&home), second);
    assert_eq!(complete_one(&home), third);
}

#[test]
fn a_task_that_waits_is_suspended_terminated_and_resumed_like_any_other() {
    let home = Home::new();
    let first = home.bare();
    let follower = after(&home, &[first]);
    let current = |want| home.ask(follower, want).current;
    assert_eq!(current(Desired::Suspend), StateWord::Suspend);
    assert_eq!(current(Desired::Run), StateWord::Suspend);
    assert_eq!(home.waits().now, [first], "it waits again");
    assert_eq!(current(Desired::Suspend), StateWord::Suspend);
    complete_one(&home);
    assert_eq!(home.waits().now, [], "it was suspended when it became free");
    assert_eq!(current(Desired::Run), StateWord::Suspend);
    assert_eq!(home.waits().now, [follower]);
    assert_eq!(current(Desired::Terminate), StateWord::Terminate);
}

#[test]
fn a_task_of_a_dead_worker_is_taken_over_though_its_gate_closed() {
    let home = Home::new();
    let held = home.running();
    home.bare();
    set(&home, held.key.task, "after=2");
    let taken = super::take_over(&home.store, W2, held.key);
    let taken = taken.expect("what the dead left is cleared first");
    home.settle(taken.key, Happened::Gated, Ending::Released)
        .unwrap();
    assert_eq!(home.waits().now, [TaskNumber(2)]);
}

#[test]
fn an_older_program_is_kept_out_once_a_task_has_a_gate() {
    let home = Home::new();
    let first = home.bare();
    super::records::schema(&home, 2);
    home.bare();
    assert_eq!(home.store.schema().unwrap().0, 2);
    after(&home, &[first]);
    assert_eq!(home.store.schema().unwrap().0, 3);
}
