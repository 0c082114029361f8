//! What operators and policies ask for.

use super::{Home, W1, W2, ask, moved_on, with_cleanup};
use crate::event::What;
use crate::id::{EventNumber, RequestNumber, TaskNumber};
use crate::rules::{Happened, Refused};
use crate::state::{Current, Desired, Ending, Hook, Outcome, StateWord};
use crate::store::{AfterFailure, FailedAttempt, Haste, Held, StoreError};
use crate::time::Timestamp;

#[test]
fn a_request_on_a_task_that_nobody_holds_moves_the_state_in_its_own_transaction() {
    let home = Home::new();
    let task = home.submit();
    let before = home.last_event();
    let answer = home.ask(task, Desired::Suspend);
    assert_eq!(answer.current, StateWord::Suspend);
    let events = home.store.events(before, Some(task), 9).unwrap().events;
    assert_eq!(
        events.iter().map(|event| event.what).collect::<Vec<_>>(),
        [What::Requested, What::State]
    );
    assert_eq!(events[0].at, events[1].at);
    assert_eq!(events[1].request, answer.request);
    assert!(
        home.store
            .claim(super::appetite(W1))
            .unwrap()
            .held
            .is_empty()
    );

    assert_eq!(home.ask(task, Desired::Run).current, StateWord::Suspend);
    assert_eq!(home.run(W1).key.task, task);
}

#[test]
fn a_suspended_task_is_terminated_though_nobody_is_left_to_obey() {
    let home = Home::new();
    let task = home.submit();
    home.ask(task, Desired::Suspend);
    assert_eq!(
        home.ask(task, Desired::Terminate).current,
        StateWord::Terminate
    );
    assert_eq!(home.row(task).state.outcome, Some(Outcome::Terminated));
}

#[test]
fn a_request_on_a_held_task_waits_for_its_holder() {
    let home = Home::new();
    let held = home.running();
    assert_eq!(
        home.ask(held.key.task, Desired::Suspend).current,
        StateWord::Run
    );
    let current = home.settle(held.key, Happened::Boundary, Ending::Suspended);
    assert!(matches!(current, Ok(Current::Suspend { .. })));
    let row = home.row(held.key.task);
    assert_eq!(row.claim, None, "a suspended task holds nothing");
    assert!(home.store.claims().unwrap().is_empty());
    let waits = home.waits();
    assert!(waits.now.is_empty());
}

#[test]
fn a_task_that_has_ended_refuses_every_request_and_nothing_is_written() {
    let home = Home::new();
    let task = home.submit();
    home.ask(task, Desired::Terminate);
    let row = home.row(task);
    let before = home.last_event();
    for want in [Desired::Run, Desired::Suspend, Desired::Terminate] {
        for haste in [Haste::AtBoundary, Haste::ByForce] {
            let ask = crate::store::Ask { haste, ..ask(want) };
            let answers = home.store.request(vec![task], ask).unwrap();
            assert_eq!(
                answers[0].refused,
                Some(Refused::Ended {
                    outcome: Outcome::Terminated
                })
            );
            assert_eq!(answers[0].request, None);
        }
    }
    assert_eq!(home.last_event(), before);
    assert_eq!(home.row(task), row);
    let other = home.submit();
    let number = home.ask(other, Desired::Suspend).request;
    assert_eq!(number, Some(RequestNumber(2)), "refusals use no number");
}

#[test]
fn asking_for_what_is_wanted_already_writes_nothing() {
    let home = Home::new();
    let task = home.submit();
    let before = home.last_event();
    let answer = home.ask(task, Desired::Run);
    assert_eq!((answer.request, answer.refused), (None, None));
    home.ask(task, Desired::Suspend);
    let after = home.last_event();
    assert!(after > before);
    assert_eq!(home.ask(task, Desired::Suspend).request, None);
    assert_eq!(home.last_event(), after);
}

#[test]
fn force_can_be_added_to_a_request_that_is_under_way() {
    let home = Home::new();
    let held = home.running();
    home.ask(held.key.task, Desired::Suspend);
    let by_force = crate::store::Ask {
        haste: Haste::ByForce,
        ..ask(Desired::Suspend)
    };
    let answers = home.store.request(vec![held.key.task], by_force).unwrap();
    assert!(answers[0].request.is_some());
    assert!(home.orders(held.key.task).force);
    home.ask(held.key.task, Desired::Run);
    assert!(!home.orders(held.key.task).force);
}

#[test]
fn a_request_is_withdrawn_before_the_boundary_and_costs_nothing() {
    let home = Home::new();
    let held = home.running();
    let before = home.row(held.key.task);
    for want in [Desired::Suspend, Desired::Terminate] {
        home.ask(held.key.task, want);
        home.ask(held.key.task, Desired::Run);
        let ending = match want {
            Desired::Terminate => Ending::Terminated,
            Desired::Run | Desired::Suspend => Ending::Suspended,
        };
        let stays = home.settle(held.key, Happened::Boundary, ending);
        assert!(stays.is_err(), "it runs on");
        let row = home.row(held.key.task);
        assert_eq!(
            (&row.state, &row.progress),
            (&before.state, &before.progress)
        );
        assert_eq!(row.claim, before.claim);
    }
}

#[test]
fn a_terminate_whose_hook_has_begun_can_t_be_withdrawn() {
    let home = Home::new();
    let task = home.submit();
    let held = home.run(W1);
    home.ask(task, Desired::Terminate);
    let ending = Some(Ending::Terminated);
    home.store
        .begin_hook(held.key, Happened::Boundary, Hook::Cleanup, ending)
        .unwrap();
    let row = home.row(task);
    let before = home.last_event();
    for want in [Desired::Run, Desired::Suspend] {
        assert_eq!(
            home.ask(task, want).refused,
            Some(Refused::Ending {
                ending: Ending::Terminated
            })
        );
    }
    assert_eq!(home.last_event(), before);
    assert_eq!(home.row(task), row);
    home.store.end_hook(held.key, Hook::Cleanup, None).unwrap();
    assert!(home.ask(task, Desired::Run).refused.is_some());
    home.settle(held.key, Happened::Boundary, Ending::Terminated)
        .unwrap();
}

#[test]
fn a_suspension_whose_hook_has_begun_ends_and_then_the_task_resumes() {
    let home = Home::new();
    let task = home.submit();
    let held = home.run(W1);
    home.ask(task, Desired::Suspend);
    let ending = Some(Ending::Suspended);
    home.hook(held.key, Happened::Boundary, Hook::Cleanup, ending);
    home.ask(task, Desired::Run);
    home.settle(held.key, Happened::Boundary, Ending::Suspended)
        .unwrap();
    let again = home.run(W2);
    assert_eq!(again.key.task, task);
    assert!(again.row.state.owed.cleanup && !again.row.state.owed.leftover);
}

#[test]
fn a_terminate_during_a_suspensions_hooks_still_ends_the_task() {
    let home = Home::new();
    let task = home.submit();
    let held = home.run(W1);
    home.ask(task, Desired::Suspend);
    let ending = Some(Ending::Suspended);
    home.hook(held.key, Happened::Boundary, Hook::Cleanup, ending);
    home.ask(task, Desired::Terminate);
    let current = home.settle(held.key, Happened::Boundary, Ending::Terminated);
    assert!(matches!(current, Ok(Current::Terminate { .. })));
}

fn gave_up(home: &Home, held: &Held, answered: RequestNumber) -> Desired {
    let mut progress = home.row(held.key.task).progress;
    progress.attempt_failed(
        "no".into(),
        None,
        std::time::Duration::ZERO,
        Timestamp::now(),
    );
    let failed = FailedAttempt {
        progress,
        error: "no".into(),
        then: AfterFailure::Suspend(answered),
    };
    home.store.attempt_failed(held.key, failed).unwrap().desired
}

#[test]
fn a_policy_suspends_if_nobody_asked_for_anything_since() {
    let home = Home::new();
    let held = home.running();
    let before = home.last_event();
    assert_eq!(gave_up(&home, &held, RequestNumber(0)), Desired::Suspend);
    let row = home.row(held.key.task);
    assert!(row.wish.policy);
    assert_eq!(row.wish.request, RequestNumber(1));
    assert!(row.wish.reason.unwrap().contains("no"));
    let events = home.store.events(before, None, 9).unwrap().events;
    assert_eq!(
        events.iter().map(|event| event.what).collect::<Vec<_>>(),
        [What::GaveUp, What::Requested]
    );
    assert_eq!(
        row.progress.cursor.len(),
        0,
        "a failure never moves the cursor"
    );
    home.settle(held.key, Happened::Boundary, Ending::Suspended)
        .unwrap();
}

#[test]
fn a_policy_never_suspends_over_a_later_request() {
    let home = Home::new();
    let held = home.running();
    let task = held.key.task;
    for (wants, expected) in [
        (vec![Desired::Suspend, Desired::Run], Desired::Run),
        (vec![Desired::Terminate], Desired::Terminate),
    ] {
        for want in wants {
            home.ask(task, want);
        }
        let wish = home.row(task).wish;
        assert_eq!(gave_up(&home, &held, RequestNumber(0)), expected);
        assert_eq!(home.row(task).wish, wish);
    }
    let answered = home.row(task).wish.request;
    assert_eq!(
        gave_up(&home, &held, answered),
        Desired::Terminate,
        "never over TERMINATE, not even over the one it answers"
    );
}

#[test]
fn several_tasks_in_one_request_share_its_number_and_one_refused_keeps_no_other() {
    let home = Home::new();
    let tasks: Vec<TaskNumber> = (0..4).map(|_| home.bare()).collect();
    home.ask(tasks[1], Desired::Terminate);
    let before = home.last_event();
    let answers = home
        .store
        .request(tasks.clone(), ask(Desired::Suspend))
        .unwrap();
    let numbers: Vec<_> = answers.iter().map(|answer| answer.request).collect();
    let two = Some(RequestNumber(2));
    assert_eq!(numbers, [two, None, two, two]);
    assert!(answers[1].refused.is_some());
    assert_eq!(
        answers
            .iter()
            .map(|answer| answer.number)
            .collect::<Vec<_>>(),
        tasks
    );
    for task in [0, 2, 3] {
        assert_eq!(home.row(tasks[task]).state.word, StateWord::Suspend);
    }
    let events = home.store.events(before, None, 99).unwrap().events;
    assert_eq!(events.len(), 6);
    assert!(events.iter().all(|event| event.request == two));
}

#[test]
fn an_unknown_number_refuses_the_whole_request_and_nothing_is_written() {
    let home = Home::new();
    let task = home.bare();
    let before = home.last_event();
    let row = home.row(task);
    let error = home
        .store
        .request(vec![task, TaskNumber(77)], ask(Desired::Terminate))
        .unwrap_err();
    assert!(matches!(error, StoreError::NoTask(TaskNumber(77))));
    assert_eq!(home.last_event(), before);
    assert_eq!(home.row(task), row);
    assert_eq!(
        home.ask(task, Desired::Suspend).request,
        Some(RequestNumber(1))
    );
}

#[test]
fn a_task_named_twice_in_one_request_is_asked_once() {
    let home = Home::new();
    let task = home.bare();
    let other = home.bare();
    let before = home.last_event();
    let answers = home
        .store
        .request(vec![task, other, task], ask(Desired::Terminate))
        .unwrap();
    assert_eq!(
        answers
            .iter()
            .map(|answer| answer.number)
            .collect::<Vec<_>>(),
        [task, other]
    );
    assert!(answers.iter().all(|answer| answer.refused.is_none()));
    assert_eq!(home.last_event(), EventNumber(before.0 + 4));
}

#[test]
fn the_operators_request_and_the_holders_checkpoint_never_overwrite_each_other() {
    let home = Home::new();
    super::submit(&home.store, with_cleanup());
    let held = home.run(W1);
    let store = home.store.clone();
    let task = held.key.task;
    let operator = std::thread::spawn(move || {
        for _ in 0..25 {
            for want in [Desired::Suspend, Desired::Run] {
                store.request(vec![task], ask(want)).unwrap();
            }
        }
    });
    let mut progress = home.row(task).progress;
    for _ in 0..50 {
        progress = home
            .store
            .checkpoint(held.key, moved_on(&progress))
            .unwrap()
            .0;
    }
    operator.join().unwrap();
    let row = home.row(task);
    assert_eq!(row.progress.items_done, 500);
    assert_eq!(row.wish.request, RequestNumber(50));
    assert_eq!(row.wish.desired, Desired::Run);
}
