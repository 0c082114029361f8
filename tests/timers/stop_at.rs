//! `--stop-at`: a task is suspended once so many items are behind it.

use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};

use crate::WAYS;
use crate::harness::{World, wait_until};

#[test]
fn a_task_stops_exactly_there_and_goes_on_past_it_once_resumed() {
    for way in [
        "",
        "--queue store --parallel 1",
        "--queue store --parallel 3",
    ] {
        let world = World::new();
        let seen = world.path("seen");
        let items = || {
            let text = std::fs::read_to_string(&seen).unwrap_or_default();
            let mut items: Vec<u64> = text.lines().map(|item| item.parse().unwrap()).collect();
            items.sort_unstable();
            items
        };
        let _worker = world.worker("--concurrency 3");
        let options = format!("--range 1..50 --batch-size 10 --stop-at 25 {way}");
        let task = world.submit(&options, &format!("cat >>'{}'", seen.display()));
        world.wait_for_state(task, StateWord::Suspend);
        let view = world.view(task);
        assert_eq!(
            (view.items_done, view.phase),
            (25, Phase::Suspended),
            "{way}"
        );
        assert_eq!(items(), (1..=25).collect::<Vec<_>>(), "{way}");
        assert_eq!(view.reason.as_deref(), Some("it was to stop at 25 items"));
        assert!(!view.desired_by_policy, "nothing went wrong");
        assert_eq!(view.stop_at, None);
        world.expect(7, &format!("wait {task}"));
        let told = world.expect(0, &format!("events {task}")).stdout;
        assert!(told.contains("the breakpoint asked for SUSPEND"), "{told}");

        world.expect(0, &format!("resume {task}"));
        world.wait_exits(task, 0);
        assert_eq!(items(), (1..=50).collect::<Vec<_>>(), "{way}");
        assert_eq!(world.events_that(task, What::Requested).len(), 2);
    }
}

#[test]
fn items_that_failed_are_behind_it_too() {
    for way in WAYS {
        let world = World::new();
        let _worker = world.worker("");
        let options = format!("--range 1..9 --batch-size 2 --stop-at 3 {way}");
        let task = world.submit(&options, "exit 65");
        world.wait_for_state(task, StateWord::Suspend);
        assert_eq!(world.view(task).items_failed, 3, "{way}");
    }
}

#[test]
fn a_task_that_ends_there_completes() {
    for way in WAYS {
        let world = World::new();
        let _worker = world.worker("");
        let options = format!("--range 1..6 --batch-size 4 --stop-at 6 {way}");
        let task = world.submit(&options, "exit 0");
        world.wait_exits(task, 0);
        assert_eq!(world.view(task).items_done, 6, "{way}");
    }
}

#[test]
fn it_is_set_and_taken_back_while_the_task_lives() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let options = format!("--range 1..8 --batch-size 1 --stop-at 3 {way}");
        let task = world.submit(&options, &(record.note() + &gate.pass()));
        wait_until("the first batch", || record.count() == 1);
        assert_eq!(world.view(task).stop_at, Some(3));
        let shown = world.expect(0, "show 1").stdout;
        assert!(shown.contains("stops at 3 items"), "{shown}");
        world.expect(0, "set 1 stop-at=none");
        gate.release(4);
        wait_until("the fifth batch", || record.count() == 5);
        world.expect(0, "set 1 stop-at=6");
        gate.release(9);
        world.wait_for_state(task, StateWord::Suspend);
        assert_eq!(record.count(), 6, "{way}");
        assert_eq!(world.view(task).items_done, 6, "{way}");
        world.expect(0, "resume 1");
        world.wait_exits(task, 0);
        assert_eq!(record.count(), 8, "{way}");
    }
}

#[test]
fn one_that_is_behind_the_task_already_stops_it_at_the_next_boundary() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let options = format!("--range 1..8 --batch-size 2 {way}");
        let task = world.submit(&options, &(record.note() + &gate.pass()));
        gate.release(1);
        wait_until("the second batch", || record.count() == 2);
        world.expect(0, "set 1 stop-at=1");
        gate.release(8);
        world.wait_for_state(task, StateWord::Suspend);
        let view = world.view(task);
        assert_eq!(view.items_done, 4, "{way}");
        let reason = view.reason.unwrap_or_default();
        assert!(
            reason.starts_with("it was to stop at 1 items, and "),
            "{reason}"
        );
    }
}

#[test]
fn what_is_fed_stops_there_too_however_much_there_is() {
    let world = World::new();
    let record = world.record();
    let _worker = world.worker("");
    let options = "--feed --ordered --parallel 1 --batch-size 2 --stop-at 3";
    let task = world.submit(options, &record.note());
    let items: Vec<String> = (1..=5).map(|item| item.to_string()).collect();
    let file = world.file("items", items.join("\n") + "\n");
    world.expect(0, &format!("feed {task} {}", file.display()));
    world.wait_for_state(task, StateWord::Suspend);
    assert_eq!(record.items(), ["1", "2", "3"]);
    world.expect(0, &format!("resume {task}"));
    world.expect(0, &format!("close {task}"));
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "2", "3", "4", "5"]);
}

#[test]
fn a_worker_that_dies_there_loses_nothing_of_it() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let worker = world.worker("");
        let options = format!("--range 1..9 --batch-size 2 --stop-at 3 {way}");
        let task = world.submit(&options, &(record.note() + &gate.pass()));
        gate.release(1);
        wait_until("the second batch", || record.count() == 2);
        worker.kill();
        gate.release(1);
        let _worker = world.worker("");
        gate.release(9);
        world.wait_for_state(task, StateWord::Suspend);
        assert_eq!(world.view(task).items_done, 3, "{way}");
        assert_eq!(world.row(task).wish.desired, Desired::Suspend);
    }
}

#[test]
fn a_place_to_stop_that_cannot_be_meant_is_a_mistake() {
    let world = World::new();
    for value in ["0", "none", "-3", "many"] {
        let output = world.cli(["submit", "--stop-at", value, "--", "true"]);
        assert_eq!(output.code, Some(2), "{value}: {output:?}");
    }
    world.submit("", "exit 0");
    world.expect(2, "set 1 stop-at=0");
    world.expect(0, "set 1 stop-at=none");
    assert_eq!(world.view(longhaul_common::id::TaskNumber(1)).stop_at, None);
}
