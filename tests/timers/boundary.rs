//! When the boundary is expected that a request waits for.

use crate::WAYS;
use crate::harness::{World, wait_until};

/// Long beside all that is asked meanwhile.
const TAKES: f64 = 4.0;

#[test]
fn a_request_says_when_the_boundary_is_expected() {
    let world = World::new();
    let gate = world.gate();
    let records = WAYS.map(|_| world.record());
    let _worker = world.worker("--concurrency 2");
    let tasks = [0, 1].map(|place| {
        let script = format!(
            "[ \"$LONGHAUL_BATCH\" = 0 ] && exec sleep {TAKES}\n{}{}",
            records[place].note(),
            gate.pass()
        );
        let options = format!("--range 1..9 --batch-size 1 {}", WAYS[place]);
        world.submit(&options, &script)
    });
    assert!(
        world.view(tasks[0]).boundary_seconds.is_none(),
        "no batch was done"
    );
    wait_until("the second batches", || {
        records.iter().all(|record| record.count() == 1)
    });
    for task in tasks {
        let shown = world.expect(0, &format!("show {task} --json")).json();
        let expected = shown["boundary_seconds"].as_f64().expect("it is known");
        assert!((1.0..=TAKES + 0.5).contains(&expected), "{expected}");
        assert_eq!(world.view(task).desired_state.verb(), "resume");
        let quiet = world.expect(0, &format!("show {task}")).stdout;
        assert!(!quiet.contains("in about"), "nobody waits for it: {quiet}");
        let said = world.expect(0, &format!("suspend {task}")).stdout;
        assert!(said.contains("in about "), "{said}");
        assert!(said.contains("(batches take about 4"), "{said}");
        let told = world.expect(0, &format!("show {task}")).stdout;
        assert!(told.contains("in about "), "{told}");
        let waits = world.expect(124, &format!("suspend {task} --wait --timeout 1ms"));
        assert!(waits.stderr.contains("boundary in about "), "{waits:?}");
    }
    gate.release(9);
    for task in tasks {
        world.expect(0, &format!("wait {task} --for suspend --timeout 10s"));
        assert!(world.view(task).boundary_seconds.is_none(), "nothing runs");
    }
}
