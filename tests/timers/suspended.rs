//! `suspend --for` and `--until`.

use std::time::Duration;

use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};
use longhaul_common::time::Timestamp;

use crate::WAYS;
use crate::harness::{World, wait_until};

#[test]
fn a_timed_suspension_ends_by_itself_at_a_worker() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let options = format!("--range 1..3 --batch-size 1 {way}");
        let task = world.submit(&options, &(record.note() + &gate.pass()));
        wait_until("the first batch", || record.count() == 1);
        let asked = Timestamp::now();
        world.expect(0, &format!("suspend {task} --for 1500ms --reason lunch"));
        gate.release(1);
        world.wait_for_state(task, StateWord::Suspend);
        let request = world.row(task).wish.request;
        // Nobody has to do anything.
        wait_until("the second batch", || record.count() == 2);
        assert!(Timestamp::now().since(asked) >= Duration::from_millis(1500));
        gate.release(2);
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2", "3"], "{way}");
        let asked_for = world.events_that(task, What::Requested);
        let last = asked_for.last().expect("it was asked for");
        assert_eq!(
            (last.want, last.answers),
            (Some(Desired::Run), Some(request))
        );
        let told = world.expect(0, &format!("events {task}")).stdout;
        assert!(told.contains("the timer asked for RUN"), "{told}");
    }
}

#[test]
fn a_suspension_says_until_when_it_lasts_everywhere() {
    for way in WAYS {
        let world = World::new();
        let task = world.submit(&format!("--range 1..3 {way}"), "exit 0");
        let mut command = world.command(["suspend", "1", "--until", "2199-12-24 06:30"]);
        command.env("TZ", "Europe/Berlin");
        let said = world.finish(command, b"").stdout;
        assert!(
            said.contains("SUSPEND, until 2199-12-24 06:30:00 +01:00"),
            "{said}"
        );
        let shown = world.expect(0, "show 1 --json").json();
        assert_eq!(shown["next_attempt_at"], "2199-12-24T05:30:00.000Z");
        let waits = shown["waiting_for"].as_str().expect("it waits");
        assert!(waits.starts_with("until 2199-12-24 "), "{waits}");
        assert_eq!(world.view(task).phase, Phase::Suspended);
        for verb in ["show 1", "list"] {
            let told = world.expect(0, verb).stdout;
            assert!(told.contains("until 2199-12-"), "{verb}: {told}");
        }
        let again = world.expect(0, "suspend 1 --for 2h --json").json();
        let until: Timestamp = serde_json::from_value(again[0]["until"].clone()).expect("a time");
        let ahead = until.since(Timestamp::now());
        assert!(ahead > Duration::from_secs(7100) && ahead <= Duration::from_secs(7200));
        world.expect(0, "suspend 1");
        assert_eq!(world.view(task).waiting_for, None);
    }
}

#[test]
fn what_nobody_lived_to_end_ends_once_a_worker_starts() {
    for way in WAYS {
        let world = World::new();
        let task = world.submit(&format!("--range 1..3 {way}"), "exit 0");
        world.expect(0, &format!("suspend {task} --for 100ms"));
        wait_until("its end", || {
            let waits = world.view(task).waiting_for.unwrap_or_default();
            waits == "a worker: none is alive"
        });
        assert_eq!(world.view(task).current_state, StateWord::Suspend);
        assert_eq!(world.worker("--once").exit_code(), Some(0), "{way}");
        assert_eq!(world.view(task).items_done, 3, "{way}");
    }
}

#[test]
fn a_timer_outlives_its_worker() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let worker = world.worker("");
        let options = format!("--range 1..2 --batch-size 1 {way}");
        let task = world.submit(&options, &(record.note() + &gate.pass()));
        wait_until("the first batch", || record.count() == 1);
        world.expect(0, &format!("suspend {task} --for 1s"));
        gate.release(1);
        world.wait_for_state(task, StateWord::Suspend);
        worker.kill();
        let _worker = world.worker("");
        gate.release(1);
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2"], "{way}");
    }
}

#[test]
fn any_worker_ends_it_though_it_takes_none_of_its_kind_and_has_no_slot_free() {
    let world = World::new();
    let gate = world.gate();
    let _worker = world.worker("--kinds other --concurrency 1");
    let busy = world.submit("--kind other", &gate.pass());
    world.wait_for_state(busy, StateWord::Run);
    let task = world.submit("--kind mine", "exit 0");
    world.expect(0, &format!("suspend {task} --for 300ms"));
    wait_until("RUN is wanted", || {
        world.view(task).desired_state == Desired::Run
    });
    gate.release(1);
}

#[test]
fn any_later_request_makes_a_timer_void() {
    let world = World::new();
    let record = world.record();
    let _worker = world.worker("--concurrency 4");
    // Four of them: the last shows when the others would have gone on.
    let tasks: Vec<_> = (0..4)
        .map(|_| world.submit("--rate 1/h --range 1..2 --batch-size 1", &record.note()))
        .collect();
    for task in &tasks {
        world.wait_for_phase(*task, Phase::Throttled);
    }
    world.expect(0, "suspend 1 2 3 --for 500ms --wait");
    world.expect(0, "suspend 1");
    world.expect(0, "resume 2");
    world.expect(0, "suspend 2");
    world.expect(0, "terminate 3 --wait");
    world.expect(0, "suspend 4 --for 700ms --wait");
    wait_until("the last goes on", || {
        world.view(tasks[3]).desired_state == Desired::Run
    });
    for (task, desired) in
        tasks
            .iter()
            .zip([Desired::Suspend, Desired::Suspend, Desired::Terminate])
    {
        assert_eq!(world.view(*task).desired_state, desired, "{task}");
    }
}

#[test]
fn a_suspension_that_ends_by_itself_is_no_end_for_those_who_wait() {
    let world = World::new();
    let _worker = world.worker("");
    let task = world.submit("--rate 1/s --range 1..2 --batch-size 1", "exit 0");
    world.wait_for_phase(task, Phase::Throttled);
    world.expect(0, &format!("suspend {task} --for 800ms --wait"));
    world.wait_exits(task, 0);
}

#[test]
fn what_runs_here_goes_on_here_after_a_timed_suspension() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let script = record.note() + &gate.pass();
    let args = [
        "run", "--range", "1..2", "-b", "1", "--", "sh", "-c", &script,
    ];
    let program = world.start(args);
    wait_until("the first batch", || record.count() == 1);
    world.expect(0, "suspend 1 --for 500ms");
    gate.release(2);
    assert_eq!(program.ended().code, Some(0));
    assert_eq!(record.items(), ["1", "2"]);
}
