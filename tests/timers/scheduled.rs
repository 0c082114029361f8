//! `--at` and `--window`: gates of time.

use std::time::Duration;

use jiff::ToSpan as _;
use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};
use longhaul_common::time::Timestamp;

use crate::WAYS;
use crate::clock::Clock;
use crate::harness::{World, wait_until};

/// A window that opens and closes so many minutes from now on, in UTC.
fn window(opens: i64, closes: i64) -> String {
    let at = |minutes: i64| {
        let at = jiff::Timestamp::now() + minutes.minutes();
        at.strftime("%H:%M").to_string()
    };
    format!("window={}-{} UTC", at(opens), at(closes))
}

/// The same as an option.
fn option(opens: i64, closes: i64) -> Vec<String> {
    let window = window(opens, closes);
    let value = window.trim_start_matches("window=").to_owned();
    vec!["--window".into(), value]
}

fn with(options: &str, mut more: Vec<String>) -> Vec<String> {
    more.extend(options.split_whitespace().map(str::to_owned));
    more
}

#[test]
fn a_task_runs_once_its_time_has_come() {
    for way in WAYS {
        let world = World::new();
        let record = world.record();
        let _worker = world.worker("");
        let at = Timestamp::now().after(Duration::from_millis(2500));
        let task = world.submit(&format!("--at {at} --range 1..3 {way}"), &record.note());
        let view = world.view(task);
        assert_eq!(view.phase, Phase::Scheduled, "{way}");
        assert_eq!((view.at, view.next_attempt_at), (Some(at), Some(at)));
        let waits = view.waiting_for.expect("it waits");
        assert!(waits.starts_with("until "), "{waits}");
        let listed = world.expect(0, "list").stdout;
        assert!(listed.contains("INIT scheduled"), "{listed}");
        assert!(listed.contains("waits until "), "{listed}");
        // The worker looked meanwhile.
        let other = world.submit("", "exit 0");
        world.wait_exits(other, 0);
        assert_eq!(record.count(), 0, "{way}: before its time");
        wait_until("its batch", || record.count() == 1);
        assert!(Timestamp::now() >= at, "{way}: before its time");
        world.wait_exits(task, 0);
        let claims = world.events_that(task, What::Claimed);
        assert_eq!(claims.len(), 1, "{way}");
    }
}

#[test]
fn the_answer_tells_the_time_with_its_date() {
    let world = World::new();
    let args = ["submit", "--at", "2199-12-24 06:30", "--", "true"];
    let mut command = world.command(args);
    command.env("TZ", "Europe/Berlin");
    let said = world.finish(command, b"").stderr;
    assert!(
        said.contains("it waits until 2199-12-24 06:30:00 +01:00"),
        "{said}"
    );
}

#[test]
fn a_time_is_changed_while_the_task_waits_and_while_it_runs() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let options = format!("--at 2199-12-24T06:30 --range 1..4 --batch-size 1 {way}");
        let task = world.submit(&options, &(record.note() + &gate.pass()));
        world.wait_for_phase(task, Phase::Scheduled);
        world.expect(0, "set 1 at=now");
        wait_until("the first batch", || record.count() == 1);
        world.expect(0, "set 1 at=2199-12-24T06:30");
        let waits = world.view(task).waiting_for.expect("it waits");
        assert!(waits.contains("and then until 2199-12-24"), "{waits}");
        gate.release(1);
        world.wait_for_phase(task, Phase::Scheduled);
        let view = world.view(task);
        assert_eq!((view.items_done, view.worker), (1, None), "{way}");
        assert_eq!(view.desired_state, Desired::Run);
        world.expect(0, "set 1 at=now");
        gate.release(9);
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2", "3", "4"], "{way}");
    }
}

#[test]
fn a_task_waits_for_its_window_and_says_so() {
    for way in WAYS {
        let world = World::new();
        let record = world.record();
        let _worker = world.worker("");
        let task = world.submit_args(
            with(&format!("--range 1..2 {way}"), option(120, 240)),
            &record.note(),
        );
        let view = world.view(task);
        assert_eq!(view.phase, Phase::Scheduled, "{way}");
        let waits = view.waiting_for.expect("it waits");
        assert!(waits.starts_with("its window "), "{waits}");
        assert!(waits.contains(" UTC, which opens at "), "{waits}");
        let opens = view.next_attempt_at.expect("it opens");
        let ahead = opens.since(Timestamp::now());
        assert!(ahead > Duration::from_secs(118 * 60) && ahead <= Duration::from_secs(120 * 60));
        let shown = world.expect(0, "show 1").stdout;
        assert!(shown.contains("waits for its window"), "{shown}");
        assert!(shown.contains("within "), "{shown}");
        let other = world.submit("", "exit 0");
        world.wait_exits(other, 0);
        assert_eq!(record.count(), 0, "{way}");
        // Whatever is wanted of it is done all the same.
        world.expect(0, "suspend 1 --wait --timeout 10s");
        world.expect(0, "resume 1");
        world.wait_for_phase(task, Phase::Scheduled);
        let args = ["set", "1", &window(-60, 60)];
        assert_eq!(world.cli(args).code, Some(0));
        world.wait_exits(task, 0);
        assert_eq!(record.count(), 1, "{way}");
    }
}

#[test]
fn a_window_that_closes_has_a_running_task_given_back_and_one_that_opens_lets_it_go_on() {
    for way in WAYS {
        let world = World::new();
        let clock = Clock::new(&world);
        let (record, gate, cleaned) = (world.record(), world.gate(), world.record());
        let mut command = world.command(["worker"]);
        clock.give(&mut command);
        let worker = world.worker_of(command);
        let cleanup = world.script("cleanup", &cleaned.note());
        let mut options = with(
            &format!("--range 1..3 --batch-size 1 {way}"),
            option(-60, 60),
        );
        options.extend(["--cleanup".into(), cleanup]);
        let task = world.submit_args(options, &(record.note() + &gate.pass()));
        wait_until("the first batch", || record.count() == 1);
        clock.set("+3h");
        wait_until("no other batch may begin", || {
            let backlog = world.row(task).backlog;
            backlog.is_none_or(|backlog| !backlog.serving)
        });
        gate.release(1);
        wait_until("it is given back", || world.view(task).worker.is_none());
        let row = world.row(task);
        assert_eq!(
            (row.state.word, row.claim),
            (StateWord::Init, None),
            "{way}"
        );
        assert_eq!(row.wish.desired, Desired::Run);
        assert_eq!((row.progress.items_done, record.count()), (1, 1), "{way}");
        assert_eq!(cleaned.count(), 1, "{way}");
        let states = world.events_that(task, What::State);
        let told = states.last().and_then(|event| event.detail.clone());
        assert!(told.is_some_and(|told| told.starts_with("waits for its window ")));
        clock.set("+1d");
        gate.release(9);
        world.wait_for_state(task, StateWord::Terminate);
        assert_eq!(record.items(), ["1", "2", "3"], "{way}");
        assert_eq!(worker.stop(), Some(0));
    }
}

#[test]
fn a_window_that_closes_has_a_task_given_back_that_waits() {
    let world = World::new();
    let clock = Clock::new(&world);
    let mut command = world.command(["worker"]);
    clock.give(&mut command);
    let _worker = world.worker_of(command);
    let fed = world.submit_args(with("--feed", option(-60, 60)), "exit 0");
    let retried = with("--range 1..2 --backoff 60s", option(-60, 60));
    let retried = world.submit_args(retried, "exit 1");
    world.wait_for_state(fed, StateWord::Run);
    world.wait_for_phase(retried, Phase::BackingOff);
    clock.set("+3h");
    wait_until("both are given back", || {
        [fed, retried]
            .iter()
            .all(|task| world.view(*task).worker.is_none())
    });
    assert_eq!(world.view(retried).retries, 1);
}

#[test]
fn nobody_claims_what_waits_for_a_window_that_closed_again_meanwhile() {
    let world = World::new();
    let clock = Clock::new(&world);
    let (record, gate) = (world.record(), world.gate());
    let mut command = world.command(["worker", "--concurrency", "1"]);
    clock.give(&mut command);
    let _worker = world.worker_of(command);
    let busy = world.submit("", &gate.pass());
    world.wait_for_state(busy, StateWord::Run);
    let task = world.submit_args(with("--range 1..2", option(-60, 60)), &record.note());
    clock.set("+3h");
    gate.release(1);
    world.wait_for_state(busy, StateWord::Terminate);
    let next = world.submit("", "exit 0");
    world.wait_for_state(next, StateWord::Terminate);
    assert_eq!(record.count(), 0);
    clock.set("+1d");
    world.wait_for_state(task, StateWord::Terminate);
    assert_eq!(record.count(), 1);
}

#[test]
fn a_worker_that_ends_once_nothing_is_claimable_does_not_wait_for_a_time() {
    let world = World::new();
    let at = world.submit("--at 2199-12-24T06:30", "exit 0");
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    assert_eq!(world.view(at).phase, Phase::Scheduled);
}

#[test]
fn a_gate_of_time_that_cannot_be_meant_is_a_mistake_and_nothing_is_submitted() {
    let world = World::new();
    for (option, value, told) in [
        ("--at", "noon", "\"noon\" is no time"),
        ("--at", "2001-01-01 00:00", "is over"),
        ("--window", "22-06", "is no window"),
        ("--window", "22:00-22:00", "ends as it begins"),
        ("--window", "22:00-06:00 Europe/Nowhere", "no time zone"),
    ] {
        let output = world.cli(["submit", option, value, "--", "true"]);
        assert_eq!(output.code, Some(2), "{output:?}");
        assert!(output.stderr.contains(told), "{output:?}");
    }
    world.submit("", "exit 0");
    for typed in ["at=noon", "at=none", "window=22-06", "window=now"] {
        let output = world.cli(["set", "1", typed]);
        assert_eq!(output.code, Some(2), "{typed}: {output:?}");
    }
    assert_eq!(world.expect(0, "list --all --json").json()["total"], 1);
}
