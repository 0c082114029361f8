//! Workers that were stopped or killed, and what they leave.

use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::cli::{Place, ran, wait_until};
use crate::fixtures::{Inside, Stopped, Worker};
use crate::report::Report;

/// Starts a worker, and waits until it runs task 1.
fn at_work(place: &Place) -> Worker {
    let worker = Worker::on(place, &[]);
    wait_until("the task runs", || {
        let shown = ran(&mut place.longhaul(["show", "--json", "1"]));
        shown.stdout.contains("\"current_state\": \"RUN\"")
    });
    worker
}

/// Submits a task whose batch runs for long.
fn submit_long(place: &Place) {
    ran(&mut place.longhaul(["submit", "--", "sleep", "60"])).succeeds();
}

/// Ends what is left of the task's batch as the doctor says.
fn end_leftovers(report: &Report) {
    let check = report.says("batches", "warn", "there still runs");
    let (_, pids) = check
        .hint
        .as_ref()
        .unwrap()
        .split_once("kill -KILL ")
        .unwrap();
    let ended = Command::new("kill")
        .arg("-KILL")
        .args(pids.split(' '))
        .status()
        .unwrap();
    assert!(ended.success());
}

#[test]
fn a_working_worker_is_shown_with_its_claim_and_a_killed_one_with_what_it_left() {
    let place = Place::new();
    submit_long(&place);
    let worker = at_work(&place);
    let report = Report::on(&place);
    report.ends(0);
    report.says("processes", "ok", "1 other process");
    let alive = format!("1 alive: worker 1 (pid {})", worker.pid());
    report.says("workers", "ok", &alive);
    report.says("claims", "ok", "task 1 by worker 1");

    drop(worker);
    let report = Report::on(&place);
    report.ends(0);
    report.says("workers", "ok", "1 died without stopping");
    report.says(
        "claims",
        "warn",
        "task 1 is claimed by worker 1, which is dead",
    );
    report.says("batches", "warn", "(sleep)");
    end_leftovers(&report);
    wait_until("nothing is left", || {
        let report = Report::on(&place);
        report
            .checks
            .iter()
            .any(|check| check.check == "batches" && check.status == "ok")
    });
}

#[test]
fn a_stopped_worker_is_named_with_the_way_to_wake_it() {
    let place = Place::new();
    submit_long(&place);
    let worker = at_work(&place);
    worker.signal(Signal::SIGSTOP);
    let stopped = format!("worker 1 (pid {}) is stopped", worker.pid());
    wait_until("it is stopped", || {
        let report = Report::on(&place);
        let named = report
            .checks
            .iter()
            .any(|check| check.check == "processes" && check.detail.contains(&stopped));
        assert!(!named || report.code == Some(1), "{report:#?}");
        named
    });
    let report = Report::on(&place);
    let check = report.says("processes", "fail", &stopped);
    let wake = format!("kill -CONT {}", worker.pid());
    assert!(check.hint.as_ref().unwrap().contains(&wake));
    worker.signal(Signal::SIGCONT);
    drop(worker);
    end_leftovers(&Report::on(&place));
}

#[test]
fn a_process_stopped_inside_the_database_is_named_while_nobody_gets_in() {
    let place = Place::new();
    place.submit(&[]);
    let stopped = Stopped::inside(&place, Inside::Write);
    let examined = ran(&mut place.longhaul(["--json", "doctor"]));
    assert!(examined.took < Duration::from_secs(9), "{examined:?}");
    let report = Report::of(&examined);
    report.ends(1);
    let check = report.says("processes", "fail", &format!("process {}", stopped.pid()));
    let wake = format!("kill -CONT {}", stopped.pid());
    assert!(check.hint.as_ref().unwrap().contains(&wake));
    stopped.continues();
    Report::on(&place).ends(0);
}

#[test]
fn a_process_stopped_beside_the_database_is_named_all_the_same() {
    let place = Place::new();
    place.submit(&[]);
    let stopped = Stopped::inside(&place, Inside::Nothing);
    let report = Report::on(&place);
    report.ends(1);
    report.says("processes", "fail", &format!("process {}", stopped.pid()));
    report.says("database", "ok", "schema 3");
    report.says("integrity", "ok", "every page is whole");
    stopped.continues();
}
