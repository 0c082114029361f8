//! How tasks end, as the exit codes of those who wait for them tell.

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::cli::{Place, Ran, ran};
use crate::fixtures::Worker;

/// A store with a worker.
fn with_worker(args: &[&str]) -> (Place, Worker) {
    let place = Place::new();
    place.submit(&["--name", "first"]);
    let worker = Worker::on(&place, args);
    (place, worker)
}

/// Submits a task and waits for its end.
#[track_caller]
fn wait_for(place: &Place, options: &[&str], command: &[&str]) -> Ran {
    let args = [&["submit", "--name", "task"], options, &["--"], command].concat();
    ran(&mut place.longhaul(args)).succeeds();
    let waited = ran(&mut place.longhaul(["wait", "task", "--timeout", "9s"]));
    waited.is_clean();
    assert_eq!(waited.stderr, "", "{waited:?}");
    waited
}

#[test]
fn a_completed_task_is_success() {
    let (place, _worker) = with_worker(&[]);
    let waited = wait_for(&place, &["--range", "1..5"], &["true"]);
    assert_eq!(waited.code, Some(0), "{waited:?}");
    assert!(waited.stdout.contains("completed"), "{waited:?}");
}

#[test]
fn a_failed_task_is_a_failure() {
    let (place, _worker) = with_worker(&[]);
    let options = ["--retries", "0", "--on-error", "terminate"];
    let waited = wait_for(&place, &options, &["false"]);
    assert_eq!(waited.code, Some(1), "{waited:?}");
    assert!(waited.stdout.contains("failed"), "{waited:?}");
}

#[test]
fn a_task_that_completed_with_failures_left_is_a_failure() {
    let (place, _worker) = with_worker(&[]);
    let options = ["--retries", "0", "--on-error", "skip"];
    let waited = wait_for(&place, &options, &["false"]);
    assert_eq!(waited.code, Some(1), "{waited:?}");
    assert!(waited.stdout.contains("1 batch failed"), "{waited:?}");
}

#[test]
fn a_task_that_its_policy_suspended_waits_for_a_human_and_wait_does_not() {
    let (place, _worker) = with_worker(&[]);
    let waited = wait_for(&place, &["--retries", "0"], &["false"]);
    assert_eq!(waited.code, Some(7), "{waited:?}");
    assert!(waited.stdout.contains("SUSPEND"), "{waited:?}");
}

#[test]
fn a_task_that_takes_too_long_is_time_up_and_a_terminated_one_says_so() {
    let (place, _worker) = with_worker(&[]);
    place.submit(&["--name", "other"]);
    let args = ["submit", "--name", "long", "--", "sleep", "60"];
    ran(&mut place.longhaul(args)).succeeds();
    let waited = ran(&mut place.longhaul(["wait", "long", "--timeout", "200ms"]));
    assert_eq!(waited.code, Some(124), "{waited:?}");
    assert!(waited.took >= Duration::from_millis(200), "{waited:?}");
    let args = ["terminate", "long", "--force", "--wait", "--timeout", "9s"];
    ran(&mut place.longhaul(args)).succeeds();
    let waited = ran(&mut place.longhaul(["--json", "wait", "long"]));
    assert_eq!(waited.code, Some(8), "{waited:?}");
    let results: Value = serde_json::from_str(&waited.stdout).unwrap();
    assert_eq!(results[0]["outcome"], "terminated");
}

#[test]
fn a_task_whose_kind_nobody_takes_waits_and_says_for_what() {
    let (place, worker) = with_worker(&["--kinds", "cpu"]);
    let args = ["submit", "--kind", "gpu", "--name", "heavy", "--", "true"];
    let submitted = ran(&mut place.longhaul(args));
    submitted.succeeds();
    assert!(
        submitted.stderr.contains("no worker takes kind gpu"),
        "{submitted:?}"
    );
    assert!(
        submitted.stderr.contains("longhaul worker"),
        "{submitted:?}"
    );
    let shown = ran(&mut place.longhaul(["--json", "show", "heavy"]));
    let view: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert!(
        view["waiting_for"].as_str().unwrap().contains("gpu"),
        "{view}"
    );
    let waited = ran(&mut place.longhaul(["wait", "heavy"]));
    assert_eq!(waited.code, Some(6), "{waited:?}");
    let resumed = ran(&mut place.longhaul(["suspend", "heavy", "--wait"]));
    assert_eq!(resumed.code, Some(0), "nobody holds it: {resumed:?}");
    let resumed = ran(&mut place.longhaul(["resume", "heavy", "--wait"]));
    assert_eq!(resumed.code, Some(6), "{resumed:?}");
    worker.signal(Signal::SIGTERM);
}

#[test]
fn a_task_whose_worker_died_is_not_said_to_run() {
    let (place, worker) = with_worker(&[]);
    let args = ["submit", "--name", "orphan", "--", "sleep", "5"];
    ran(&mut place.longhaul(args)).succeeds();
    let args = ["wait", "orphan", "--for", "run", "--timeout", "9s"];
    ran(&mut place.longhaul(args)).succeeds();
    drop(worker);
    let waited = ran(&mut place.longhaul(["wait", "orphan", "--for", "run"]));
    assert_eq!(waited.code, Some(6), "{waited:?}");
    let resumed = ran(&mut place.longhaul(["resume", "orphan", "--wait"]));
    assert_eq!(resumed.code, Some(6), "{resumed:?}");
    let resumed = ran(&mut place.longhaul(["resume", "orphan"]));
    resumed.succeeds();
    assert!(resumed.stdout.contains("none is alive"), "{resumed:?}");
}
