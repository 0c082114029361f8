//! Undoing a request: back to what was wanted before it, and never over what came after it.

use super::{Home, W1, ask, named, submit};
use crate::actor::Actor;
use crate::event::What;
use crate::id::TaskNumber;
use crate::rules::{Happened, Refused};
use crate::state::{Current, Desired, Ending, Outcome, StateWord};
use crate::store::{AfterFailure, Answer, Ask, FailedAttempt, Haste, Hooks, StoreError, Undo};

fn lea() -> Actor {
    Actor {
        user: "lea".into(),
        ..Actor::default()
    }
}

/// What undoes the one request that was answered so.
fn undo_of(answer: &Answer) -> Undo {
    Undo::of(answer).expect("something was written")
}

fn undo(home: &Home, answers: &[Answer]) -> Vec<Answer> {
    let undos = answers.iter().map(undo_of).collect();
    home.store.undo(undos, lea()).unwrap()
}

fn undo_one(home: &Home, answer: &Answer) -> Answer {
    undo(home, std::slice::from_ref(answer)).remove(0)
}

fn ask_of(home: &Home, tasks: &[TaskNumber], ask: Ask) -> Vec<Answer> {
    home.store.request(tasks.to_vec(), ask).unwrap()
}

#[test]
fn a_suspension_undone_before_the_boundary_costs_nothing() {
    let home = Home::new();
    let held = home.running();
    let before = home.row(held.key.task);
    let asked = home.ask(held.key.task, Desired::Suspend);
    let undone = undo_one(&home, &asked);
    assert_eq!((undone.desired, undone.refused), (Desired::Run, None));
    let stays = home.settle(held.key, Happened::Boundary, Ending::Suspended);
    assert!(stays.is_err(), "it runs on");
    let row = home.row(held.key.task);
    assert_eq!(
        (row.state, row.progress, row.claim),
        (before.state, before.progress, before.claim)
    );
    assert_eq!(row.wish.desired, before.wish.desired);
    assert_eq!(row.wish.by, before.wish.by, "as it was wanted before");
    assert_eq!(row.wish.reason, before.wish.reason);
}

#[test]
fn a_suspension_undone_after_the_boundary_lets_a_worker_claim_the_task_again() {
    let home = Home::new();
    let held = home.running();
    let asked = home.ask(held.key.task, Desired::Suspend);
    let settled = home.settle(held.key, Happened::Boundary, Ending::Suspended);
    assert!(matches!(settled, Ok(Current::Suspend { .. })));
    assert!(home.waits().now.is_empty());
    undo_one(&home, &asked);
    assert_eq!(home.run(W1).key.task, held.key.task);
}

#[test]
fn a_resumption_undone_before_it_is_claimed_suspends_as_it_was_suspended() {
    let home = Home::new();
    let task = home.bare();
    home.ask(task, Desired::Suspend);
    let before = home.row(task).wish;
    let asked = home.ask(task, Desired::Run);
    assert_eq!(undo_one(&home, &asked).current, StateWord::Suspend);
    let wish = home.row(task).wish;
    assert_eq!(
        (wish.desired, wish.by, wish.reason),
        (before.desired, before.by, before.reason)
    );
    assert!(home.waits().now.is_empty(), "nobody claims it");
}

#[test]
fn what_was_asked_before_an_undone_request_is_undone_next() {
    let home = Home::new();
    let task = home.running().key.task;
    let mut first = undo_of(&home.ask(task, Desired::Suspend));
    let second = undo_of(&home.ask(task, Desired::Run));
    let undone = home.store.undo(vec![second.clone()], lea()).unwrap();
    assert_eq!(undone[0].desired, Desired::Suspend);
    first.uncover(&second, undone[0].request.expect("it was undone"));
    let seen = home.last_event();
    let undone = home.store.undo(vec![first.clone()], lea()).unwrap();
    assert_eq!(
        (undone[0].desired, &undone[0].refused),
        (Desired::Run, &None)
    );
    let said = home.store.events(seen, Some(task), 9).unwrap().events;
    assert_eq!(
        said[0].detail,
        Some(format!("undoes request {}", first.request)),
        "not of the undoing between"
    );
}

#[test]
fn a_request_between_two_of_which_the_later_is_undone_keeps_the_earlier() {
    let home = Home::new();
    let task = home.running().key.task;
    let mut first = undo_of(&home.ask(task, Desired::Suspend));
    home.ask(task, Desired::Run);
    let last = undo_of(&home.ask(task, Desired::Suspend));
    let undone = home.store.undo(vec![last.clone()], lea()).unwrap();
    first.uncover(&last, undone[0].request.expect("it was undone"));
    let kept = home.store.undo(vec![first], lea()).unwrap().remove(0);
    assert!(matches!(kept.refused, Some(Refused::AskedSince { .. })));
    assert_eq!(home.row(task).wish.desired, Desired::Run);
}

#[test]
fn the_trail_says_who_undid_what() {
    let home = Home::new();
    let task = home.bare();
    let asked = home.ask(task, Desired::Suspend);
    let seen = home.last_event();
    let undone = undo_one(&home, &asked);
    let event = home
        .store
        .events(seen, Some(task), 9)
        .unwrap()
        .events
        .remove(0);
    assert_eq!(
        (event.what, event.want, event.request),
        (What::Requested, Some(Desired::Run), undone.request)
    );
    assert_eq!(event.actor, Some(lea()));
    let request = asked.request.unwrap();
    assert_eq!(event.detail, Some(format!("undoes request {request}")));
}

#[test]
fn several_tasks_are_undone_under_one_number_each_to_what_was_wanted_of_it() {
    let home = Home::new();
    let tasks = ["a", "b", "c"].map(|name| submit(&home.store, named(name)));
    home.ask(tasks[0], Desired::Suspend);
    let asked = ask_of(&home, &tasks, ask(Desired::Run));
    assert_eq!(Undo::of(&asked[1]), None, "it was wanted already");
    let undone = undo(&home, &asked[..1]);
    assert_eq!(undone[0].desired, Desired::Suspend);
    let both = ask_of(&home, &tasks[1..], ask(Desired::Suspend));
    let undone = undo(&home, &both);
    assert_eq!(undone[0].request, undone[1].request);
    assert!(undone[0].request > both[0].request);
    let wanted = tasks.map(|task| home.row(task).wish.desired);
    assert_eq!(wanted, [Desired::Suspend, Desired::Run, Desired::Run]);
}

#[test]
fn a_task_that_has_ended_refuses_and_nothing_is_written() {
    let home = Home::new();
    let task = home.bare();
    let asked = home.ask(task, Desired::Terminate);
    let before = home.last_event();
    let undone = undo_one(&home, &asked);
    let outcome = Outcome::Terminated;
    assert_eq!(undone.refused, Some(Refused::Ended { outcome }));
    assert_eq!(undone.request, None);
    assert_eq!(home.last_event(), before);
}

#[test]
fn nothing_is_undone_over_what_somebody_asked_for_since_and_the_others_are() {
    let home = Home::new();
    let tasks = ["a", "b"].map(|name| submit(&home.store, named(name)));
    let asked = ask_of(&home, &tasks, ask(Desired::Suspend));
    home.ask(tasks[0], Desired::Run);
    let later = ask_of(&home, &tasks[..1], ask(Desired::Suspend));
    let wish = home.row(tasks[0]).wish;
    let undone = undo(&home, &asked);
    assert_eq!(
        undone[0].refused,
        Some(Refused::AskedSince {
            by: "kim".into(),
            want: Desired::Suspend,
            request: wish.request,
            at: wish.at,
        })
    );
    assert_eq!(home.row(tasks[0]).wish, wish);
    assert_eq!(undone[1].refused, None);
    assert_eq!(home.row(tasks[1]).wish.desired, Desired::Run);
    assert_eq!(undo_one(&home, &later[0]).refused, None, "that one can be");
}

#[test]
fn nothing_is_undone_twice() {
    let home = Home::new();
    let task = home.bare();
    let asked = home.ask(task, Desired::Suspend);
    undo_one(&home, &asked);
    let before = home.last_event();
    let again = undo_one(&home, &asked);
    assert!(matches!(again.refused, Some(Refused::AskedSince { .. })));
    let twice = vec![undo_of(&asked), undo_of(&asked)];
    assert_eq!(home.store.undo(twice, lea()).unwrap().len(), 1);
    assert_eq!(home.last_event(), before);
}

#[test]
fn nothing_is_undone_over_what_a_policy_asked_for_since() {
    let home = Home::new();
    let task = home.bare();
    home.ask(task, Desired::Suspend);
    let asked = home.ask(task, Desired::Run);
    let held = home.run(W1);
    let wish = home.row(task).wish;
    let mut progress = held.row.progress.clone();
    progress.attempts = 1;
    let failed = FailedAttempt {
        progress,
        error: "no such table".into(),
        then: AfterFailure::Suspend(wish.request),
    };
    home.store.attempt_failed(held.key, failed).unwrap();
    let wish = home.row(task).wish;
    assert!(wish.policy);
    let refused = undo_one(&home, &asked).refused;
    assert!(matches!(refused, Some(Refused::AskedSince { .. })));
    assert_eq!(home.row(task).wish, wish);
}

#[test]
fn a_termination_is_undone_until_its_hooks_begin() {
    let home = Home::new();
    let held = home.running();
    let asked = home.ask(held.key.task, Desired::Terminate);
    assert_eq!(undo_one(&home, &asked).refused, None);
    assert_eq!(home.row(held.key.task).wish.desired, Desired::Run);
    let asked = home.ask(held.key.task, Desired::Terminate);
    home.settle(held.key, Happened::Boundary, Ending::Terminated)
        .expect("it is wanted");
    let refused = undo_one(&home, &asked).refused;
    assert!(matches!(refused, Some(Refused::Ended { .. })));
}

#[test]
fn what_was_forced_is_undone_without_force() {
    let home = Home::new();
    let held = home.running();
    let by_force = || Ask {
        haste: Haste::ByForce,
        ..ask(Desired::Suspend)
    };
    let task = held.key.task;
    let first = ask_of(&home, &[task], by_force()).remove(0);
    let second = home.ask(task, Desired::Run);
    // Undoing the resumption wants the suspension again, at the boundary: no batch dies for it.
    assert_eq!(undo_one(&home, &second).desired, Desired::Suspend);
    assert!(!home.orders(task).force);
    home.ask(task, Desired::Run);
    let forced = ask_of(&home, &[task], by_force()).remove(0);
    assert_eq!(undo_one(&home, &forced).desired, Desired::Run);
    assert!(!home.orders(task).force);
    let refused = undo_one(&home, &first).refused;
    assert!(matches!(refused, Some(Refused::AskedSince { .. })));
}

#[test]
fn hooks_that_were_to_be_passed_over_run_once_that_is_undone() {
    let home = Home::new();
    let held = home.running();
    let task = held.key.task;
    let without = Ask {
        hooks: Hooks::PassOver,
        ..ask(Desired::Terminate)
    };
    let asked = ask_of(&home, &[task], without).remove(0);
    assert!(home.row(task).wish.no_hooks);
    undo_one(&home, &asked);
    assert!(!home.row(task).wish.no_hooks);
}

#[test]
fn nothing_is_undone_in_a_store_that_has_another_task_of_that_number() {
    let (home, other) = (Home::new(), Home::new());
    let task = home.bare();
    let asked = home.ask(task, Desired::Suspend);
    assert_eq!(other.bare(), task);
    assert_eq!(other.ask(task, Desired::Suspend).request, asked.request);
    let before = other.last_event();
    let undos = vec![undo_of(&asked)];
    let refused = super::refused(other.store.undo(undos, lea()));
    assert!(matches!(refused, StoreError::NoTask(_)), "{refused}");
    assert_eq!(other.last_event(), before);
}
