//! Workers that claim nothing new, and give back what they have.

use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};

use crate::WAYS;
use crate::harness::{World, wait_until};

#[test]
fn cordoned_workers_go_on_with_what_they_have_and_claim_nothing_new() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("--concurrency 4");
        let script = record.note() + &gate.pass();
        let options = format!("--range 1..3 --batch-size 1 {way}");
        let held = world.submit(&options, &script);
        wait_until("the first batch", || record.count() == 1);
        let told = world.expect(0, "cordon --reason release");
        assert_eq!(told.stdout, "the store is cordoned: 1 worker alive\n");
        let waits = world.submit(way, "exit 0");
        gate.release(3);
        world.wait_exits(held, 0);
        let view = world.view(waits);
        assert_eq!(view.phase, Phase::Blocked, "{way}");
        let words = "the end of the store's cordon (longhaul uncordon)";
        assert_eq!(view.waiting_for.as_deref(), Some(words));
        assert_eq!(view.current_state, StateWord::Init);
        let listed = world.expect(0, "list");
        assert!(
            listed.stderr.contains("the store is cordoned by"),
            "{listed:?}"
        );
        assert!(listed.stderr.contains("(release)"), "{listed:?}");
        let lifted = world.expect(0, "uncordon");
        assert_eq!(lifted.stdout, "the store was cordoned, and is no more\n");
        world.wait_exits(waits, 0);
    }
}

#[test]
fn drained_workers_give_everything_back_at_the_boundary_after_cleanup() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let cleaned = world.path("cleaned");
        let worker = world.worker("");
        let script = record.note() + &gate.pass();
        let clean = format!("echo >>'{}'", cleaned.display());
        let clean = world.script("clean.sh", &clean);
        let mut options: Vec<String> = "--range 1..60 --batch-size 1 --cleanup"
            .split(' ')
            .map(str::to_owned)
            .collect();
        options.push(clean);
        options.extend(way.split_whitespace().map(str::to_owned));
        let task = world.submit_args(options, &script);
        wait_until("the first batch", || record.count() == 1);
        let told = world.expect(0, "drain");
        assert!(told.stderr.contains("1 task with them"), "{told:?}");
        let longest = "the longest batch in flight is of task 1";
        assert!(told.stderr.contains(longest), "{told:?}");
        let mut waits = world.start(["drain", "--wait"]);
        // A worker that is slow to see it may begin another batch.
        wait_until("the end of the drain", || {
            gate.release(1);
            waits.has_ended()
        });
        let ended = waits.ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let view = world.view(task);
        assert_eq!((view.phase, view.worker), (Phase::Blocked, None), "{way}");
        assert_eq!(view.desired_state, Desired::Run);
        assert_eq!(view.current_state, StateWord::Init);
        assert!(cleaned.exists(), "{way}");
        assert!(view.items_done < 60);
        let state = world.events_that(task, What::State).pop();
        let told = state.expect("it was given back").sentence();
        assert!(told.contains("the store is drained by"), "{told}");
        // A reboot: nobody of before is there.
        drop(worker);
        let _worker = world.worker("");
        gate.release(100);
        assert_eq!(world.view(task).phase, Phase::Blocked, "{way}");
        world.expect(0, "uncordon");
        world.wait_exits(task, 0);
        let mut items: Vec<u64> = record
            .items()
            .iter()
            .flat_map(|item| item.parse())
            .collect();
        items.sort_unstable();
        items.dedup();
        assert_eq!(items, (1..=60).collect::<Vec<_>>(), "{way}");
    }
}

#[test]
fn what_one_worker_is_drained_of_another_goes_on_with() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let first = world.worker("");
        let script = record.note() + &gate.pass();
        let options = format!("--range 1..6 --batch-size 1 {way}");
        let task = world.submit(&options, &script);
        wait_until("the first batch", || record.count() == 1);
        let second = world.worker("");
        world.expect(0, &format!("drain --worker {}", first.number()));
        gate.release(100);
        world.wait_exits(task, 0);
        assert_eq!(record.items().len(), 6, "{way}");
        let claims = world.events_that(task, What::Claimed);
        assert!(
            claims
                .iter()
                .any(|event| event.worker == Some(second.number())),
            "{way}: {claims:?}"
        );
        let last = world.submit(way, "exit 0");
        world.wait_exits(last, 0);
        let claims = world.events_that(last, What::Claimed);
        assert_eq!(claims[0].worker, Some(second.number()), "{way}");
    }
}

#[test]
fn a_drain_that_is_lifted_before_the_boundary_costs_nothing() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("--concurrency 2");
        let script = record.note() + &gate.pass();
        let options = format!("--range 1..3 --batch-size 1 {way}");
        let task = world.submit(&options, &script);
        wait_until("the first batch", || record.count() == 1);
        world.expect(0, "drain");
        world.expect(0, "uncordon");
        // Whoever saw the drain sees its end: a task that is claimed after it says so.
        let probe = world.submit(way, "exit 0");
        world.wait_for_state(probe, StateWord::Terminate);
        gate.release(100);
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2", "3"], "{way}");
        assert_eq!(record.attempts(), [1, 1, 1], "{way}");
        if way.is_empty() {
            // Who coordinates others stands at a boundary all the time.
            assert_eq!(world.events_that(task, What::Claimed).len(), 1);
        }
    }
}

#[test]
fn a_host_is_drained_by_its_name_for_those_that_start_later_too() {
    let world = World::new();
    let host = longhaul_common::actor::host_name();
    let nobody = world.expect(0, "cordon --host elsewhere.example");
    assert!(
        nobody
            .stderr
            .contains("no worker of host elsewhere.example")
    );
    world.expect(0, &format!("drain --host {host} --wait --timeout 10s"));
    let _worker = world.worker("");
    let task = world.submit("", "exit 0");
    world.wait_for_phase(task, Phase::Blocked);
    let words = "a worker that is not cordoned (longhaul uncordon)";
    assert_eq!(world.view(task).waiting_for.as_deref(), Some(words));
    let not = world.expect(0, "uncordon");
    assert_eq!(not.stdout, "the store is not cordoned\n");
    assert!(
        not.stderr
            .contains(&format!("longhaul uncordon --host {host}")),
        "{not:?}"
    );
    let doctor = world.expect(0, "doctor");
    assert!(
        doctor.stdout.contains(&format!("host {host} is drained")),
        "{doctor:?}"
    );
    let lifted = world.expect(0, "uncordon --all --json").json();
    assert_eq!(lifted["lifted"].as_array().map(Vec::len), Some(2));
    assert_eq!(lifted["cordons"].as_array().map(Vec::len), Some(0));
    world.wait_exits(task, 0);
    world.expect(3, "drain --worker 4711");
}

#[test]
fn a_drain_waits_no_longer_than_it_was_told() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("");
    world.submit(
        "--range 1..2 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    let late = world
        .expect(124, "drain --wait --timeout 100ms --json")
        .json();
    assert_eq!(late["hold"], "drained");
    assert_eq!(late["reach"], "store");
    assert_eq!(late["left"][0]["number"], 1);
    assert!(late["left"][0]["batch_since"].is_string(), "{late}");
}
