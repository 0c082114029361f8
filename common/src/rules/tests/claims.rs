//! Claims, hooks and requests against the rules.

use super::{PLACES, WANTS, every_standing};
use crate::rules::{
    Change, Happened, Refused, Standing, Step, claim_change, owed_after, owed_at_claim,
    owed_once_settled, plan, request, transition, unheld,
};
use crate::state::{Current, Desired, Ending, Hook, Outcome, Owed, RollbackStage, StateWord};
use crate::time::Timestamp;

const ALL: Owed = Owed {
    leftover: false,
    on_suspend: false,
    rollback: true,
    cleanup: true,
};

fn running() -> Standing {
    Standing {
        desired: Desired::Run,
        current: Current::Run,
        owed: ALL,
        begun: None,
        rollback: RollbackStage::None,
        exhausted: false,
    }
}

#[test]
fn every_planned_ending_is_a_legal_change() {
    for standing in every_standing() {
        for happened in [
            Happened::Boundary,
            Happened::GaveUp,
            Happened::Stopping,
            Happened::Gated,
        ] {
            let change = match plan(&standing, happened) {
                Step::Settle(ending) => Change::Settle(ending),
                Step::Init => Change::Prepared,
                Step::Rest | Step::Batch | Step::Hook(..) => continue,
            };
            let next = transition(standing.current, change, Timestamp::default());
            assert!(next.is_ok(), "{happened:?} of {standing:?}: {next:?}");
        }
    }
}

#[test]
fn a_request_can_settle_only_what_is_a_legal_change() {
    for standing in every_standing() {
        if let crate::rules::Unheld::Settle(ending) = unheld(&standing) {
            let change = Change::Settle(ending);
            assert!(transition(standing.current, change, Timestamp::default()).is_ok());
        }
    }
}

#[test]
fn a_task_that_has_ended_refuses_every_change_and_every_request() {
    let ended = PLACES[3];
    for change in [
        Change::ClaimToRun,
        Change::ClaimForHooks,
        Change::Prepared,
        Change::Settle(Ending::Completed),
        Change::Settle(Ending::Terminated),
        Change::Settle(Ending::Failed),
        Change::Settle(Ending::Suspended),
        Change::Settle(Ending::Released),
    ] {
        assert_eq!(
            transition(ended, change, Timestamp::default()),
            Err(Refused::Ended {
                outcome: Outcome::Completed
            })
        );
    }
    for want in WANTS {
        let standing = Standing {
            current: ended,
            ..running()
        };
        assert!(matches!(
            request(&standing, want),
            Err(Refused::Ended { .. })
        ));
    }
}

#[test]
fn changes_lead_where_the_diagram_draws_them() {
    use StateWord::{Init, Run, Suspend, Terminate};
    let changes = [
        (
            "claim to run",
            Change::ClaimToRun,
            [Some(Init), Some(Init), Some(Init)],
        ),
        (
            "claim for hooks",
            Change::ClaimForHooks,
            [Some(Init), Some(Init), Some(Suspend)],
        ),
        ("prepared", Change::Prepared, [Some(Run), None, None]),
        (
            "suspended",
            Change::Settle(Ending::Suspended),
            [Some(Suspend); 3],
        ),
        (
            "released",
            Change::Settle(Ending::Released),
            [Some(Init), Some(Init), None],
        ),
        (
            "completed",
            Change::Settle(Ending::Completed),
            [Some(Terminate); 3],
        ),
        (
            "terminated",
            Change::Settle(Ending::Terminated),
            [Some(Terminate); 3],
        ),
        (
            "failed",
            Change::Settle(Ending::Failed),
            [Some(Terminate), Some(Terminate), None],
        ),
    ];
    for (name, change, expected) in changes {
        for (from, expected) in PLACES.into_iter().zip(expected) {
            let found = transition(from, change, Timestamp::default())
                .ok()
                .map(|next| next.word());
            assert_eq!(found, expected, "{name} from {from:?}");
        }
    }
}

#[test]
fn a_suspended_task_keeps_the_time_of_its_rest_over_a_claim_for_hooks() {
    let since = Timestamp::from_millis(7);
    let now = Timestamp::from_millis(9);
    let rests = Current::Suspend { since };
    for change in [Change::ClaimForHooks, Change::Settle(Ending::Suspended)] {
        assert_eq!(transition(rests, change, now), Ok(rests));
    }
    assert_eq!(
        transition(Current::Run, Change::Settle(Ending::Suspended), now),
        Ok(Current::Suspend { since: now })
    );
}

#[test]
fn a_request_is_withdrawn_freely_until_the_hooks_of_a_final_ending_begin() {
    for begun in [None, Some(Ending::Suspended), Some(Ending::Released)] {
        for desired in WANTS {
            for want in WANTS {
                let standing = Standing {
                    desired,
                    begun,
                    ..running()
                };
                assert_eq!(request(&standing, want), Ok(want));
            }
        }
    }
    for ending in [Ending::Terminated, Ending::Failed] {
        for want in [Desired::Run, Desired::Suspend] {
            let standing = Standing {
                desired: Desired::Terminate,
                begun: Some(ending),
                ..running()
            };
            assert_eq!(request(&standing, want), Err(Refused::Ending { ending }));
        }
    }
}

#[test]
fn run_suspend_run_before_the_boundary_changes_nothing() {
    for standing in every_standing() {
        if standing.desired != Desired::Run {
            continue;
        }
        let Ok(desired) = request(&standing, Desired::Suspend) else {
            continue;
        };
        let asked = Standing {
            desired,
            ..standing
        };
        let back = request(&asked, Desired::Run).map(|desired| Standing { desired, ..asked });
        assert_eq!(back, Ok(standing));
    }
}

#[test]
fn a_claim_after_a_death_owes_the_dead_workers_cleanup_and_its_own() {
    let owed = owed_at_claim(&running(), ALL);
    assert_eq!(
        owed,
        Owed {
            leftover: true,
            ..ALL
        }
    );
    let first = owed_after(owed, Hook::Cleanup);
    assert_eq!(first, ALL, "the leftover goes first");
    assert!(!owed_after(first, Hook::Cleanup).cleanup);
}

#[test]
fn a_claim_for_hooks_owes_one_cleanup_however_many_workers_died() {
    let standing = Standing {
        desired: Desired::Terminate,
        owed: Owed {
            leftover: true,
            ..ALL
        },
        ..running()
    };
    assert_eq!(claim_change(&standing), Change::ClaimForHooks);
    assert_eq!(owed_at_claim(&standing, ALL), ALL);
}

#[test]
fn a_rollback_of_a_suspended_task_is_followed_by_a_cleanup() {
    let standing = Standing {
        desired: Desired::Terminate,
        current: PLACES[2],
        owed: owed_once_settled(ALL, Ending::Suspended),
        ..running()
    };
    let mut owed = owed_at_claim(&standing, ALL);
    let mut hooks = Vec::new();
    while let Step::Hook(hook, ending) = plan(&Standing { owed, ..standing }, Happened::Boundary) {
        assert_eq!(ending, Some(Ending::Terminated));
        hooks.push(hook);
        owed = owed_after(owed, hook);
    }
    assert_eq!(hooks, [Hook::Rollback, Hook::Cleanup]);
}

#[test]
fn a_suspended_task_without_a_rollback_owes_nothing() {
    let settled = owed_once_settled(
        Owed {
            rollback: false,
            ..ALL
        },
        Ending::Suspended,
    );
    assert_eq!(settled, Owed::default());
    for ending in [Ending::Completed, Ending::Terminated, Ending::Failed] {
        assert_eq!(owed_once_settled(ALL, ending), Owed::default());
    }
}

#[test]
fn an_exhausted_task_is_claimed_for_its_hooks_and_completes_whatever_is_wanted() {
    for desired in WANTS {
        let standing = Standing {
            desired,
            exhausted: true,
            ..running()
        };
        assert_eq!(claim_change(&standing), Change::ClaimForHooks);
        assert_eq!(
            plan(&standing, Happened::Boundary),
            Step::Hook(Hook::Cleanup, Some(Ending::Completed))
        );
    }
}

#[test]
fn a_task_that_has_begun_to_undo_can_only_be_terminated_and_is_claimed_for_hooks_alone() {
    for standing in every_standing() {
        if standing.rollback == RollbackStage::None {
            continue;
        }
        for want in [Desired::Run, Desired::Suspend] {
            assert!(request(&standing, want).is_err(), "{want} of {standing:?}");
        }
        assert_eq!(claim_change(&standing), Change::ClaimForHooks);
    }
}

#[test]
fn a_worker_that_stops_and_a_rollback_that_failed_leave_before_the_end() {
    for (rollback, happened) in [
        (RollbackStage::None, Happened::Stopping),
        (RollbackStage::Begun, Happened::Stopping),
        (RollbackStage::Failed, Happened::Boundary),
    ] {
        let standing = Standing {
            desired: Desired::Terminate,
            rollback,
            ..running()
        };
        let leaves = Step::Hook(Hook::Cleanup, Some(Ending::Released));
        assert_eq!(plan(&standing, happened), leaves);
        let clean = Standing {
            owed: owed_after(standing.owed, Hook::Cleanup),
            begun: Some(Ending::Released),
            ..standing
        };
        assert_eq!(plan(&clean, happened), Step::Settle(Ending::Released));
    }
}

#[test]
fn a_rollback_that_failed_waits_for_somebody_and_for_no_worker() {
    let standing = Standing {
        desired: Desired::Terminate,
        owed: owed_once_settled(ALL, Ending::Released),
        rollback: RollbackStage::Failed,
        ..running()
    };
    assert_eq!(unheld(&standing), crate::rules::Unheld::Rest);
    let again = Standing {
        rollback: RollbackStage::Begun,
        ..standing
    };
    assert_eq!(unheld(&again), crate::rules::Unheld::Claim);
}

#[test]
fn a_gate_has_a_task_given_back_like_a_stop_and_keeps_none_from_ending() {
    for standing in every_standing() {
        let ends = standing.desired != Desired::Run || standing.begun == Some(Ending::Terminated);
        let like = if ends {
            Happened::Boundary
        } else {
            Happened::Stopping
        };
        let planned = plan(&standing, Happened::Gated);
        assert_eq!(planned, plan(&standing, like), "{standing:?}");
    }
}
