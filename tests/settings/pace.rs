//! A rate limit: never more than it allows, over all seats, restarts and suspensions.

use std::time::{Duration, Instant};

use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;

use crate::WAYS;
use crate::harness::{World, wait_until};

/// What a batch that begins late may make up for.
const CREDIT: Duration = Duration::from_millis(100);

#[test]
fn a_task_takes_the_time_that_its_rate_asks_for_over_all_seats_together() {
    for (way, workers) in [("", 1), ("--queue store", 2)] {
        let world = World::new();
        let options = format!("--range 1..100 --batch-size 5 --rate 50/s {way}");
        let task = world.submit(&options, "exit 0");
        assert_eq!(world.view(task).rate_limit, Some(50.0));
        let begun = Instant::now();
        let _workers: Vec<_> = (0..workers)
            .map(|_| world.worker("--concurrency 3"))
            .collect();
        world.wait_exits(task, 0);
        // All but the last batch have had their time.
        let least = Duration::from_millis(95 * 20) - CREDIT;
        assert!(begun.elapsed() >= least, "{way}: {:?}", begun.elapsed());
        assert_eq!(world.view(task).items_done, 100);
        let rate = world.view(task).rate.unwrap_or_default();
        assert!(rate <= 50.0, "{way}: {rate}");
    }
}

#[test]
fn a_task_that_waits_for_its_rate_says_so_and_obeys_at_once() {
    for way in WAYS {
        let world = World::new();
        let record = world.record();
        let worker = world.worker("");
        let options = format!("--range 1..3 --batch-size 1 --rate 1/h {way}");
        let task = world.submit(&options, &record.note());
        let throttled = || {
            world.wait_for_phase(task, Phase::Throttled);
            let waits = world.view(task).waiting_for.unwrap_or_default();
            assert!(waits.contains("its rate limit of 1/h"), "{way}: {waits}");
            assert_eq!(record.count(), 1, "{way}: more than the limit allows");
        };
        throttled();
        assert!(world.expect(0, "list").stdout.contains("RUN throttled"));
        assert!(world.expect(0, "show 1").stdout.contains("limit of 1/h"));
        world.expect(0, "suspend 1 --wait --timeout 10s");
        world.expect(0, "resume 1");
        throttled();
        assert_eq!(worker.stop(), Some(0));
        let worker = world.worker("");
        throttled();
        worker.kill();
        let _worker = world.worker("");
        throttled();
        world.expect(0, "set 1 rate=2/h");
        wait_until("the new limit", || {
            let waits = world.view(task).waiting_for.unwrap_or_default();
            waits.contains("its rate limit of 2/h")
        });
        assert_eq!(record.count(), 1);
        world.expect(0, "set 1 rate=none");
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2", "3"], "{way}");
    }
}

#[test]
fn a_task_that_waits_for_its_rate_is_terminated_at_once() {
    for way in WAYS {
        let world = World::new();
        let _worker = world.worker("");
        let options = format!("--range 1..3 --batch-size 1 --rate 1/d {way}");
        let task = world.submit(&options, "exit 0");
        world.wait_for_phase(task, Phase::Throttled);
        world.expect(0, "terminate 1 --wait --timeout 10s");
        assert_eq!(world.view(task).current_state, StateWord::Terminate);
    }
}

#[test]
fn a_limit_set_on_a_running_task_holds_from_the_batch_in_flight_on() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let _worker = world.worker("");
        let script = record.note() + &gate.pass();
        let options = format!("--range 1..3 --batch-size 1 {way}");
        let task = world.submit(&options, &script);
        wait_until("the first batch", || record.count() == 1);
        world.expect(0, "set 1 rate=1/h");
        gate.release(3);
        world.wait_for_phase(task, Phase::Throttled);
        // The limit may have been heard of after the next batch was begun.
        assert!(record.count() <= 2, "{way}");
    }
}

#[test]
fn a_batch_that_died_with_its_worker_counts() {
    for way in WAYS {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let worker = world.worker("");
        let script = record.note() + &gate.pass();
        let options = format!("--range 1..3 --batch-size 1 --rate 1/h {way}");
        let task = world.submit(&options, &script);
        wait_until("the first batch", || record.count() == 1);
        worker.kill();
        let _worker = world.worker("");
        world.wait_for_phase(task, Phase::Throttled);
        assert_eq!(record.count(), 1, "{way}");
        gate.release(10);
        world.expect(0, "set 1 rate=none");
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "1", "2", "3"], "{way}");
    }
}
