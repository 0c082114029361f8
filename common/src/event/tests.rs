use super::*;

fn event(what: What) -> Event {
    Event {
        worker: Some(WorkerNumber(3)),
        ..Event::of(TaskNumber(7), what, Timestamp::default())
    }
}

fn ann() -> Option<Actor> {
    Some(Actor {
        user: "ann".into(),
        ..Actor::default()
    })
}

#[test]
fn a_request_says_who_asked_for_what_and_why() {
    let request = Event {
        actor: ann(),
        worker: None,
        want: Some(Desired::Suspend),
        force: true,
        reason: Some("release".into()),
        ..event(What::Requested)
    };
    assert_eq!(
        request.sentence(),
        "ann asked for SUSPEND by force because \"release\""
    );
}

#[test]
fn who_undoes_a_request_is_told_with_the_request() {
    let undoing = Event {
        actor: ann(),
        worker: None,
        want: Some(Desired::Run),
        detail: Some("undoes request 4".into()),
        ..event(What::Requested)
    };
    assert_eq!(undoing.sentence(), "ann asked for RUN: undoes request 4");
}

#[test]
fn what_a_policy_asked_for_is_not_laid_upon_a_person() {
    let request = Event {
        want: Some(Desired::Suspend),
        reason: Some("batch 0 failed".into()),
        detail: Some("error policy".into()),
        ..event(What::Requested)
    };
    assert_eq!(
        request.sentence(),
        "the error policy asked for SUSPEND because \"batch 0 failed\""
    );
}

#[test]
fn a_change_of_state_says_from_where_and_how_it_ended() {
    let change = Event {
        from: Some(StateWord::Run),
        to: Some(StateWord::Terminate),
        outcome: Some(Outcome::Completed),
        ..event(What::State)
    };
    assert_eq!(change.sentence(), "RUN → TERMINATE completed by worker 3");
}

#[test]
fn a_takeover_says_from_whom() {
    let takeover = Event {
        from: Some(StateWord::Run),
        to: Some(StateWord::Init),
        detail: Some("from worker 1, which died".into()),
        ..event(What::TakenOver)
    };
    assert_eq!(
        takeover.sentence(),
        "RUN → INIT, taken over by worker 3: from worker 1, which died"
    );
    assert_eq!(event(What::Claimed).sentence(), "claimed by worker 3");
}

#[test]
fn a_failed_attempt_names_batch_attempt_and_error() {
    let retry = Event {
        batch: Some(BatchNumber(12)),
        attempt: Some(2),
        detail: Some("exit status 1".into()),
        ..event(What::Retry)
    };
    assert_eq!(
        retry.sentence(),
        "batch 12 failed (attempt 2): exit status 1"
    );
    let given_up = Event {
        what: What::GaveUp,
        ..retry
    };
    assert_eq!(
        given_up.sentence(),
        "batch 12 given up after 2 attempts: exit status 1"
    );
}

#[test]
fn a_hook_that_begins_is_named() {
    let hook = Event {
        attempt: Some(1),
        detail: Some("cleanup".into()),
        ..event(What::HookStarted)
    };
    assert_eq!(hook.sentence(), "cleanup begins (attempt 1) by worker 3");
}

#[test]
fn a_worker_says_who_started_it() {
    let started = Event {
        actor: ann(),
        task: None,
        ..event(What::WorkerStarted)
    };
    assert_eq!(started.sentence(), "worker 3 started by ann");
}

#[test]
fn every_kind_of_event_has_a_sentence() {
    use What as W;
    for what in [
        W::Submitted,
        W::Requested,
        W::Claimed,
        W::TakenOver,
        W::State,
        W::Retry,
        W::Skipped,
        W::Halved,
        W::GaveUp,
        W::HookStarted,
        W::HookFailed,
        W::HookDropped,
        W::Killed,
        W::WorkerStarted,
        W::WorkerStopped,
        W::Other,
    ] {
        assert!(!event(what).sentence().is_empty());
    }
}

#[test]
fn killed_processes_are_named() {
    let killed = Event {
        detail: Some("4711 (sh)".into()),
        ..event(What::Killed)
    };
    assert_eq!(killed.sentence(), "processes killed by worker 3: 4711 (sh)");
}
