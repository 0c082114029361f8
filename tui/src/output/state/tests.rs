use jiff::tz::TimeZone;
use longhaul_common::gate::StoreGates;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::state::Desired;
use longhaul_common::store::{Claim, TaskRow};
use longhaul_common::time::Timestamp;
use longhaul_common::view::Surroundings;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn row(desired: Desired, current: StateWord) -> TaskRow {
    let mut row = TaskRow::default();
    row.spec.number = TaskNumber(7);
    row.wish.desired = desired;
    row.state.word = current;
    row
}

fn held(mut row: TaskRow) -> TaskRow {
    row.claim = Some(Claim {
        worker: WorkerNumber(3),
        epoch: row.state.epoch,
    });
    row
}

fn view(row: &TaskRow, worker_lives: bool) -> TaskView {
    let lives = |_| worker_lives;
    Surroundings::new(&[], &StoreGates::default(), &lives, NOW).view(row)
}

fn told(row: &TaskRow) -> String {
    state(&view(row, true))
}

fn clock() -> Clock {
    Clock::at(NOW, TimeZone::UTC)
}

#[test]
fn a_running_task_needs_one_word() {
    assert_eq!(told(&held(row(Desired::Run, StateWord::Run))), "RUN");
}

#[test]
fn an_arrow_is_shown_only_while_a_request_is_pending() {
    let suspending = held(row(Desired::Suspend, StateWord::Run));
    assert_eq!(told(&suspending), "RUN → SUSPEND");
    assert_eq!(told(&row(Desired::Suspend, StateWord::Suspend)), "SUSPEND");
    assert_eq!(told(&row(Desired::Run, StateWord::Init)), "INIT queued");
    assert_eq!(
        told(&row(Desired::Run, StateWord::Suspend)),
        "SUSPEND → RUN queued"
    );
}

#[test]
fn an_ended_task_says_how_it_ended() {
    let mut ended = row(Desired::Suspend, StateWord::Terminate);
    ended.state.outcome = Some(Outcome::Completed);
    assert_eq!(told(&ended), "TERMINATE completed");
}

#[test]
fn the_task_of_a_dead_worker_is_orphaned() {
    let orphan = view(&held(row(Desired::Run, StateWord::Run)), false);
    assert_eq!(state(&orphan), "RUN orphaned");
    assert_eq!(
        remark(&orphan, &clock()).unwrap(),
        "waits for a worker: none is alive (worker 3 died)"
    );
}

#[test]
fn a_retry_says_when_and_what_went_wrong() {
    let mut row = held(row(Desired::Run, StateWord::Run));
    row.progress.next_attempt_at = Some(Timestamp::from_millis(1_012_000));
    row.progress.error = Some("exit status 1".into());
    let view = view(&row, true);
    assert_eq!(state(&view), "RUN backing-off");
    assert_eq!(
        remark(&view, &clock()).unwrap(),
        "retry in 12s: exit status 1"
    );
}

#[test]
fn a_request_that_is_pending_says_why() {
    let mut row = held(row(Desired::Terminate, StateWord::Run));
    row.wish.reason = Some("wrong input".into());
    assert_eq!(
        remark(&view(&row, true), &clock()).unwrap(),
        "waits for the batch boundary, because wrong input"
    );
}

#[test]
fn what_an_error_suspended_stands_out_from_what_a_human_did() {
    let mut row = row(Desired::Suspend, StateWord::Suspend);
    // It failed before, and was being tried again.
    row.progress.error = Some("exit status 1".into());
    assert_eq!(tone(&view(&row, true)), Tone::Attention);
    assert_eq!(remark(&view(&row, true), &clock()), None);
    row.wish.policy = true;
    assert_eq!(tone(&view(&row, true)), Tone::Bad);
    assert_eq!(
        remark(&view(&row, true), &clock()).unwrap(),
        "exit status 1"
    );
}
