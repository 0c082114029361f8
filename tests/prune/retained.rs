//! A worker that prunes as it goes.

use longhaul_common::event::What;
use longhaul_common::id::EventNumber;

use crate::harness::{World, wait_until};
use crate::{ended, numbers};

#[test]
fn a_worker_prunes_what_is_too_old_by_itself_and_says_so_in_the_trail() {
    let world = World::new();
    ended(&world, &["true", "true"]);
    let worker = world.worker("--retain 1h");
    let task = world.submit("", "true");
    world.wait_exits(task, 0);
    assert_eq!(worker.stop(), Some(0));
    assert_eq!(numbers(&world), [1, 2, 3], "none of them is an hour old");

    let worker = world.worker("--retain 300ms");
    wait_until("their going", || numbers(&world).is_empty());
    // One that ends while it is there, too.
    world.submit("", "true");
    wait_until("its going", || {
        let span = world.control().store().event_span();
        numbers(&world).is_empty() && span.is_ok_and(|(_, last)| last.0 > 20)
    });
    let events = world.control().store().events(EventNumber(0), None, 1000);
    let events = events.expect("it can be read").events;
    let pruned = events.iter().rfind(|event| event.what == What::Pruned);
    let pruned = pruned.expect("it is told");
    assert_eq!(pruned.worker, Some(worker.number()));
    assert_eq!(pruned.reason.as_deref(), Some("retention"));
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn a_worker_keeps_the_tasks_that_ended_last_and_what_lives() {
    let world = World::new();
    ended(&world, &["true", "true", "true"]);
    let rests = world.submit("", "true");
    world.expect(0, &format!("suspend {rests}"));
    let worker = world.worker("--retain-count 2");
    wait_until("the first one's going", || numbers(&world).len() == 3);
    let last = world.submit("", "true");
    wait_until("another one's going", || {
        let left = numbers(&world);
        left.len() == 3 && left.contains(&last.0)
    });
    assert!(numbers(&world).contains(&rests.0));
    assert_eq!(worker.stop(), Some(0));
}
