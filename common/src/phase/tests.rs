use jiff::tz::TimeZone;

use super::{Flow, Owner, Phase, Prospect, Scene, phase};
use crate::backlog::Unreachable;
use crate::gate::Closed;
use crate::id::{TaskNumber, WorkerNumber};
use crate::rules::Standing;
use crate::state::{Current, Desired, Ending, Hook, Outcome, Owed, RollbackStage};
use crate::time::Timestamp;

static UTC: TimeZone = TimeZone::UTC;
const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_060_000);
const LIVES: Owner = Owner::Living(WorkerNumber(7));
const DIED: Owner = Owner::Dead(WorkerNumber(7));
const RESTS: Current = Current::Suspend { since: NOW };
const ENDED: Current = Current::Terminate {
    outcome: Outcome::Completed,
    at: NOW,
};

fn scene(desired: Desired, current: Current, owner: Owner) -> Scene<'static> {
    Scene {
        standing: Standing {
            desired,
            current,
            owed: Owed::default(),
            begun: None,
            rollback: RollbackStage::None,
            exhausted: false,
        },
        owner,
        hook: None,
        stuck: None,
        next_attempt_at: None,
        throttled: None,
        wants_items: None,
        checked: None,
        braked: None,
        until: None,
        gate: None,
        flow: None,
        prospect: Prospect::Worker,
        kind: "import",
        now: NOW,
        zone: &UTC,
    }
}

#[test]
fn the_phase_follows_from_what_is_wanted_what_is_and_who_holds_it() {
    use Desired::{Run, Suspend, Terminate};
    let table = [
        (Run, Current::Init, Owner::Nobody, Phase::Queued),
        (Run, Current::Init, LIVES, Phase::Starting),
        (Run, Current::Init, DIED, Phase::Orphaned),
        (Run, Current::Run, LIVES, Phase::Running),
        (Run, Current::Run, DIED, Phase::Orphaned),
        (Run, RESTS, Owner::Nobody, Phase::Queued),
        (Run, RESTS, LIVES, Phase::Starting),
        (Suspend, Current::Init, Owner::Nobody, Phase::Suspending),
        (Suspend, Current::Init, LIVES, Phase::Suspending),
        (Suspend, Current::Run, LIVES, Phase::Suspending),
        (Suspend, Current::Run, DIED, Phase::Orphaned),
        (Suspend, RESTS, Owner::Nobody, Phase::Suspended),
        (Terminate, Current::Init, Owner::Nobody, Phase::Terminating),
        (Terminate, Current::Run, LIVES, Phase::Terminating),
        (Terminate, Current::Run, DIED, Phase::Orphaned),
        (Terminate, RESTS, Owner::Nobody, Phase::Terminating),
        (Terminate, RESTS, LIVES, Phase::Terminating),
        (Run, ENDED, Owner::Nobody, Phase::Ended),
        (Suspend, ENDED, Owner::Nobody, Phase::Ended),
        (Terminate, ENDED, Owner::Nobody, Phase::Ended),
    ];
    for (desired, current, owner, expected) in table {
        let (found, _) = phase(&scene(desired, current, owner));
        assert_eq!(found, expected, "{desired} {current:?} {owner:?}");
    }
}

#[test]
fn a_hook_that_runs_is_named_by_the_phase() {
    for (hook, begun, expected) in [
        (Hook::Rollback, Ending::Terminated, Phase::RollingBack),
        (Hook::Cleanup, Ending::Terminated, Phase::CleaningUp),
        (Hook::Cleanup, Ending::Suspended, Phase::CleaningUp),
        (Hook::OnSuspend, Ending::Suspended, Phase::Suspending),
    ] {
        let mut scene = scene(Desired::Terminate, Current::Run, LIVES);
        if begun == Ending::Suspended {
            scene.standing.desired = Desired::Suspend;
        }
        scene.standing.begun = Some(begun);
        scene.hook = Some(hook);
        assert_eq!(phase(&scene).0, expected, "{hook} {begun:?}");
    }
}

#[test]
fn a_task_past_its_last_batch_is_cleaning_up_whatever_is_wanted() {
    for desired in [Desired::Run, Desired::Suspend, Desired::Terminate] {
        let mut scene = scene(desired, Current::Run, LIVES);
        scene.standing.begun = Some(Ending::Completed);
        assert_eq!(phase(&scene).0, Phase::CleaningUp, "{desired}");
    }
}

#[test]
fn a_task_that_waits_for_its_next_attempt_backs_off_until_then() {
    for owner in [LIVES, Owner::Nobody] {
        let mut scene = scene(Desired::Run, Current::Run, owner);
        scene.next_attempt_at = Some(LATER);
        let (found, waits) = phase(&scene);
        assert_eq!(found, Phase::BackingOff);
        assert!(waits.unwrap().contains(&LATER.to_string()));
        scene.now = LATER;
        assert_ne!(phase(&scene).0, Phase::BackingOff);
    }
}

#[test]
fn a_request_shows_even_while_the_task_backs_off() {
    for (desired, expected) in [
        (Desired::Suspend, Phase::Suspending),
        (Desired::Terminate, Phase::Terminating),
    ] {
        let mut scene = scene(desired, Current::Run, LIVES);
        scene.next_attempt_at = Some(LATER);
        assert_eq!(phase(&scene).0, expected);
    }
}

#[test]
fn a_task_that_waits_says_for_what() {
    let mut scene = scene(Desired::Run, Current::Init, Owner::Nobody);
    for (prospect, words) in [
        (Prospect::Worker, "a free slot of a worker"),
        (Prospect::NoWorker, "a worker: none is alive"),
        (
            Prospect::NoWorkerOfKind,
            "a worker of kind import: none is alive",
        ),
    ] {
        scene.prospect = prospect;
        assert_eq!(phase(&scene).1.as_deref(), Some(words));
    }
}

#[test]
fn a_gate_holds_what_nobody_has_and_what_runs_until_its_boundary() {
    let gate = Closed::After(vec![TaskNumber(4)]);
    let gated = |current, owner| {
        let scene = Scene {
            gate: Some(&gate),
            next_attempt_at: Some(LATER),
            ..scene(Desired::Run, current, owner)
        };
        phase(&scene)
    };
    let waits = Some("task 4 to complete".to_owned());
    for current in [Current::Init, RESTS] {
        let held = gated(current, Owner::Nobody);
        assert_eq!(held, (Phase::Blocked, waits.clone()));
    }
    let leaves = "the batch boundary, and then for task 4 to complete";
    let leaves = Some(leaves.to_owned());
    let running = gated(Current::Run, LIVES);
    assert_eq!(running, (Phase::Running, leaves.clone()));
    assert_eq!(gated(Current::Init, LIVES), (Phase::Starting, leaves));
    assert_eq!(gated(Current::Run, DIED).0, Phase::Orphaned);
}

#[test]
fn a_task_that_only_cordoned_workers_would_take_is_blocked() {
    for prospect in [Prospect::Cordoned, Prospect::StoreCordoned] {
        let (phase, waits) = phase(&Scene {
            prospect,
            ..scene(Desired::Run, Current::Init, Owner::Nobody)
        });
        assert_eq!(phase, Phase::Blocked);
        assert!(waits.is_some_and(|words| words.contains("longhaul uncordon")));
    }
}

#[test]
fn an_orphan_names_the_worker_that_died() {
    let mut scene = scene(Desired::Run, Current::Run, DIED);
    assert_eq!(phase(&scene).1.as_deref(), Some("takeover: worker 7 died"));
    scene.prospect = Prospect::NoWorker;
    let waits = phase(&scene).1.unwrap();
    assert!(waits.contains("none is alive") && waits.contains("worker 7 died"));
}

#[test]
fn a_task_that_rests_or_has_ended_waits_for_nothing() {
    for (desired, current) in [(Desired::Suspend, RESTS), (Desired::Terminate, ENDED)] {
        assert_eq!(phase(&scene(desired, current, Owner::Nobody)).1, None);
    }
}

#[test]
fn a_task_that_is_stuck_says_on_what_whatever_is_wanted_of_it() {
    for (desired, expected) in [
        (Desired::Run, Phase::Starting),
        (Desired::Suspend, Phase::Suspending),
        (Desired::Terminate, Phase::Terminating),
    ] {
        let (phase, waiting_for) = phase(&Scene {
            stuck: Some("process 7"),
            ..scene(desired, Current::Run, LIVES)
        });
        assert_eq!(phase, expected);
        assert_eq!(waiting_for.as_deref(), Some("process 7"));
    }
}

const IDLE: Flow<'static> = Flow {
    in_flight: 0,
    ready: false,
    unreachable: None,
};

/// What a held task with a queue of its own waits for.
#[track_caller]
fn flows(desired: Desired, current: Current, flow: Flow<'_>, expected: (Phase, Option<&str>)) {
    let (found, waits) = phase(&Scene {
        flow: Some(flow),
        ..scene(desired, current, LIVES)
    });
    assert_eq!((found, waits.as_deref()), expected);
}

#[test]
fn whatever_ends_or_prepares_a_task_waits_for_its_batches_in_flight() {
    let three = Flow {
        in_flight: 3,
        ..IDLE
    };
    let waits = Some("3 batches in flight");
    flows(
        Desired::Suspend,
        Current::Run,
        three,
        (Phase::Suspending, waits),
    );
    flows(
        Desired::Terminate,
        Current::Run,
        three,
        (Phase::Terminating, waits),
    );
    flows(Desired::Run, Current::Init, three, (Phase::Starting, waits));
    let one = Flow {
        in_flight: 1,
        ..IDLE
    };
    let waits = Some("1 batch in flight");
    flows(
        Desired::Suspend,
        Current::Run,
        one,
        (Phase::Suspending, waits),
    );
    let waits = Some("the batch boundary");
    flows(
        Desired::Suspend,
        Current::Run,
        IDLE,
        (Phase::Suspending, waits),
    );
}

#[test]
fn batches_that_nobody_begins_wait_for_a_slot() {
    let ready = Flow {
        ready: true,
        ..IDLE
    };
    let waits = Some("a free slot of a worker");
    flows(Desired::Run, Current::Run, ready, (Phase::Running, waits));
    let performed = Flow {
        in_flight: 1,
        ..ready
    };
    for flow in [performed, IDLE] {
        flows(Desired::Run, Current::Run, flow, (Phase::Running, None));
    }
}

#[test]
fn a_queue_that_cannot_be_reached_is_told_whatever_is_in_flight() {
    let why = Unreachable {
        since: NOW,
        why: "connection refused".into(),
    };
    for in_flight in [0, 2] {
        let lost = Flow {
            in_flight,
            ready: true,
            unreachable: Some(&why),
        };
        let waits = format!("its queue, unreachable since {NOW}: connection refused");
        flows(
            Desired::Run,
            Current::Run,
            lost,
            (Phase::Running, Some(&waits)),
        );
    }
}

#[test]
fn a_task_backs_off_only_while_nothing_else_of_it_can_run() {
    for (in_flight, ready, expected) in [
        (0, false, Phase::BackingOff),
        (1, false, Phase::Running),
        (0, true, Phase::Running),
    ] {
        let found = phase(&Scene {
            next_attempt_at: Some(LATER),
            flow: Some(Flow {
                in_flight,
                ready,
                ..IDLE
            }),
            ..scene(Desired::Run, Current::Run, LIVES)
        });
        assert_eq!(found.0, expected, "{in_flight} {ready}");
    }
}
