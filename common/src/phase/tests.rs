use super::{Owner, Phase, Prospect, Scene, phase};
use crate::id::WorkerNumber;
use crate::rules::Standing;
use crate::state::{Current, Desired, Ending, Hook, Outcome, Owed};
use crate::time::Timestamp;

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
            exhausted: false,
        },
        owner,
        hook: None,
        stuck: None,
        next_attempt_at: None,
        wants_items: None,
        prospect: Prospect::Worker,
        kind: "import",
        now: NOW,
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
