use std::path::Path;

use longhaul_common::alive::{Condition, Holder};
use longhaul_common::backlog::Begun;
use longhaul_common::id::{Epoch, TaskNumber, WorkerNumber};
use longhaul_common::leftovers;
use longhaul_common::process::{Opener, Openers};
use longhaul_common::store::{Claim, StoreError, WorkerRow};

use super::batches::Left;
use super::check::{Check, Status};
use super::folders::{Exposure, exposure};
use super::{Examined, Outcome, batches, database, processes, space, workers};

fn opener(pid: u32, condition: Condition) -> Opener {
    Opener {
        pid: pid.into(),
        name: "longhaul\u{1b}[2J".into(),
        condition,
    }
}

fn openers(seen: Vec<Opener>) -> Openers {
    Openers { seen, hidden: 0 }
}

#[test]
fn a_stopped_worker_is_named_by_its_number_and_the_hint_says_how_to_wake_it() {
    let worker = Holder {
        pid: 4711.into(),
        worker: WorkerNumber(3),
        condition: Condition::Stopped,
    };
    let found = openers(vec![
        opener(4700, Condition::Running),
        opener(4711, Condition::Stopped),
    ]);
    let checks = processes::judge(&found, &[worker]);
    let [check] = checks.as_slice() else {
        panic!("one line for one stopped process: {checks:?}");
    };
    assert_eq!(check.status, Status::Fail);
    assert!(check.detail.starts_with("worker 3 (pid 4711) is stopped"));
    assert!(check.hint.as_ref().unwrap().contains("kill -CONT 4711"));
}

#[test]
fn a_stopped_process_that_is_no_worker_is_named_and_its_name_is_made_safe() {
    let found = openers(vec![opener(4711, Condition::Stopped)]);
    let checks = processes::judge(&found, &[]);
    let lines = checks[0].lines();
    assert!(lines[0].contains("process 4711 (longhaul\\x1b[2J)"));
    assert!(lines.iter().all(|line| !line.contains('\u{1b}')));
}

#[test]
fn a_process_that_only_passes_through_the_kernel_is_not_taken_for_stuck() {
    let before = openers(vec![
        opener(1, Condition::Uninterruptible),
        opener(2, Condition::Running),
        opener(3, Condition::Uninterruptible),
    ]);
    let later = openers(vec![
        opener(1, Condition::Running),
        opener(2, Condition::Uninterruptible),
        opener(3, Condition::Uninterruptible),
    ]);
    let found = processes::still_waiting(&before, later);
    let checks = processes::judge(&found, &[]);
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].status, Status::Warn);
    assert!(checks[0].detail.contains("process 3"));
}

#[test]
fn processes_that_may_not_be_looked_into_are_counted() {
    let found = Openers {
        seen: Vec::new(),
        hidden: 7,
    };
    assert!(
        processes::judge(&found, &[])[0]
            .detail
            .contains("7 processes")
    );
}

#[test]
fn little_room_is_less_than_64_mib_or_one_percent() {
    const MIB: u64 = 1024 * 1024;
    let status = |available, total| space::judge(available, total).status;
    assert_eq!(status(64 * MIB, 1000 * MIB), Status::Ok);
    assert_eq!(status(64 * MIB - 1, 1000 * MIB), Status::Warn);
    assert_eq!(status(99 * MIB, 10_000 * MIB), Status::Warn);
    assert_eq!(status(100 * MIB, 10_000 * MIB), Status::Ok);
}

#[test]
fn modes_say_who_may_look_and_who_may_write() {
    assert_eq!(exposure(0o700), Exposure::Private);
    assert_eq!(exposure(0o600), Exposure::Private);
    assert_eq!(exposure(0o755), Exposure::Readable);
    assert_eq!(exposure(0o640), Exposure::Readable);
    assert_eq!(exposure(0o770), Exposure::Writable);
    assert_eq!(exposure(0o602), Exposure::Writable);
}

fn claim(task: u64, worker: u64) -> (TaskNumber, Claim) {
    let claim = Claim {
        worker: WorkerNumber(worker),
        epoch: Epoch(1),
    };
    (TaskNumber(task), claim)
}

#[test]
fn each_claim_of_a_dead_worker_has_a_line_of_its_own() {
    let claims = [claim(1, 1), claim(2, 2), claim(3, 2)];
    let lives = |worker| worker == WorkerNumber(1);
    let checks = workers::judge_claims(&claims, &lives, "start one");
    assert_eq!(checks.len(), 3);
    assert_eq!(checks[0].status, Status::Ok);
    assert!(checks[0].detail.contains("task 1 by worker 1"));
    assert!(checks[1].detail.contains("task 2 is claimed by worker 2"));
    assert!(checks[2].detail.contains("task 3 is claimed by worker 2"));
}

#[test]
fn that_no_worker_is_alive_is_worth_a_warning_only_while_tasks_wait() {
    let rows = [WorkerRow {
        number: WorkerNumber(1),
        ..WorkerRow::default()
    }];
    let status =
        |lives: bool, waits| workers::judge_workers(&rows, &|_| lives, waits, "start one").status;
    assert_eq!(status(false, true), Status::Warn);
    assert_eq!(status(false, false), Status::Ok);
    assert_eq!(status(true, true), Status::Ok);
}

#[test]
fn what_is_left_of_a_batch_is_named_with_its_pids() {
    let process = |pid: u32| leftovers::Process {
        pid: pid.into(),
        name: "sleep".into(),
        evidence: leftovers::Evidence::Key,
    };
    let held = Left::Held(TaskNumber(7));
    let check = batches::judge(held, &[process(11), process(12)]).unwrap();
    assert!(check.detail.contains("11 (sleep), 12 (sleep)"));
    assert!(check.hint.unwrap().ends_with("kill -KILL 11 12"));
    assert_eq!(batches::judge(held, &[]), None);
    let performed = Left::Performed(TaskNumber(7), Begun::default());
    let check = batches::judge(performed, &[process(11)]).unwrap();
    assert!(
        check
            .detail
            .starts_with("of batch 0 of task 7, whose worker is dead")
    );
}

#[test]
fn a_repaired_database_fails_the_check_and_a_busy_one_is_not_checked() {
    let dir = Path::new("/store");
    let busy = StoreError::Busy {
        path: dir.to_owned(),
        waited: std::time::Duration::from_secs(60),
    };
    assert_eq!(database::judge(dir, &Ok(true)).status, Status::Ok);
    assert_eq!(database::judge(dir, &Ok(false)).status, Status::Fail);
    let unchecked = database::judge(dir, &Err(busy));
    assert_eq!(unchecked.status, Status::Warn);
    assert!(unchecked.detail.starts_with("not checked"));
}

#[test]
fn damage_outweighs_failure_and_failure_a_warning() {
    let outcome = |checks: Vec<Check>, damaged| Examined { checks, damaged }.outcome();
    let (warn, fail) = (
        Check::warn("space", "little", "more"),
        Check::fail("folder", "open", "close"),
    );
    assert_eq!(outcome(vec![warn.clone()], false), Outcome::Done);
    assert_eq!(outcome(vec![warn, fail.clone()], false), Outcome::Failed);
    assert_eq!(outcome(vec![fail], true), Outcome::Damaged);
}
