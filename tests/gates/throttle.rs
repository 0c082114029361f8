//! The brake of the store.

use longhaul_common::phase::Phase;

use crate::WAYS;
use crate::harness::{World, wait_until};

#[test]
fn each_batch_is_followed_by_a_rest_until_the_brake_is_off() {
    for way in WAYS {
        let world = World::new();
        let record = world.record();
        let told = world.expect(0, "throttle 1% --reason disk");
        let braked = "the store is throttled to 1% by ";
        assert!(told.stdout.starts_with(braked), "{told:?}");
        let _worker = world.worker("--concurrency 1");
        // The rest after it is longer than anything here waits for.
        let script = record.note() + "sleep 0.3";
        let options = format!("--range 1..3 --batch-size 1 {way}");
        let task = world.submit(&options, &script);
        wait_until("the first batch to be done", || {
            world.view(task).items_done == 1
        });
        let view = world.view(task);
        match &view.queue {
            // The next one would begin in the commit that ends the first.
            Some(queue) => assert_eq!(queue.in_flight, 0),
            None => {
                assert_eq!(view.phase, Phase::Throttled);
                let waits = "the throttle of the store to 1%";
                assert_eq!(view.waiting_for.as_deref(), Some(waits));
            }
        }
        let listed = world.expect(0, "list").stderr;
        assert!(listed.contains(braked), "{listed}");
        assert!(listed.contains("longhaul throttle off"), "{listed}");
        let doctor = world.expect(0, "doctor").stdout;
        assert!(doctor.contains(braked), "{doctor}");
        // It had all that time to begin another.
        assert_eq!(record.count(), 1, "{way}");
        let off = world.expect(0, "throttle off").stdout;
        assert_eq!(off, "the store is not throttled\n");
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2", "3"], "{way}");
        let events = world.expect(0, "events").stdout;
        assert!(events.contains("the store, to 1%"), "{events}");
        assert!(events.contains("the store, no longer"), "{events}");
    }
}

#[test]
fn a_brake_that_is_set_counts_from_the_next_boundary_on_and_survives_a_restart() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let worker = world.worker("--concurrency 1");
        let script = record.note() + &gate.pass() + "sleep 0.3";
        let options = format!("--range 1..2 --batch-size 1 {way}");
        let task = world.submit(&options, &script);
        wait_until("the first batch", || record.count() == 1);
        world.expect(0, "throttle 1%");
        let told = world.expect(0, "throttle 1%").stdout;
        assert!(told.ends_with(", as before\n"), "{told}");
        gate.release(2);
        wait_until("the first batch to be done", || {
            world.view(task).items_done == 1
        });
        let shown = world.expect(0, "throttle --json").json();
        assert_eq!(shown["percent"], 1);
        assert_eq!(record.count(), 1, "{way}");
        drop(worker);
        world.expect(0, "throttle 100%");
        let _worker = world.worker("--concurrency 1");
        world.wait_exits(task, 0);
    }
}

#[test]
fn what_is_no_share_of_time_is_refused() {
    let world = World::new();
    for wrong in ["0%", "101%", "50", "half"] {
        world.expect(2, &format!("throttle {wrong}"));
    }
    let shown = world.expect(0, "throttle").stdout;
    assert_eq!(shown, "the store is not throttled\n");
}
