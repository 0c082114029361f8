//! Groups, of which no more tasks run at once than they have slots.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;

use crate::WAYS;
use crate::harness::{World, wait_until};

/// How many of these run.
fn running(world: &World, tasks: &[TaskNumber]) -> usize {
    let runs = |task: &&TaskNumber| world.view(**task).current_state == StateWord::Run;
    tasks.iter().filter(runs).count()
}

#[test]
fn no_more_of_a_group_run_at_once_than_it_has_slots_and_the_limit_counts_at_once() {
    for way in WAYS {
        let world = World::new();
        let gate = world.gate();
        let told = world.expect(0, "group db --slots 2");
        assert_eq!(told.stdout, "group db: 0 of 2 slots in use, 0 tasks\n");
        let _workers = [
            world.worker("--concurrency 4"),
            world.worker("--concurrency 4"),
        ];
        let options = format!("--group db {way}");
        let tasks = [(); 4].map(|()| world.submit(&options, &gate.pass()));
        wait_until("two that run", || running(&world, &tasks) == 2);
        let other = world.submit(way, "exit 0");
        world.wait_exits(other, 0);
        assert_eq!(running(&world, &tasks), 2, "{way}");
        let view = world.view(tasks[3]);
        assert_eq!(view.phase, Phase::Blocked);
        let full = "group db: 2 of 2 slots in use";
        assert_eq!(view.waiting_for.as_deref(), Some(full));
        assert_eq!(view.group.as_deref(), Some("db"));
        world.expect(0, "group db --slots 3 --reason more");
        wait_until("three that run", || running(&world, &tasks) == 3);
        let told = world.expect(0, "group db").stdout;
        assert_eq!(told, "group db: 3 of 3 slots in use, 4 tasks\n");
        let groups = world.expect(0, "groups --json").json();
        assert_eq!(groups[0]["name"], "db");
        assert_eq!(groups[0]["slots"], 3);
        assert_eq!(groups[0]["in_use"], 3);
        assert_eq!(groups[0]["tasks"], 4);
        world.expect(0, "group db --slots none");
        wait_until("all run", || running(&world, &tasks) == 4);
        gate.release(4);
        for task in tasks {
            world.wait_exits(task, 0);
        }
    }
}

#[test]
fn a_slot_goes_to_the_first_in_rank() {
    for way in WAYS {
        let world = World::new();
        world.expect(0, "group db --slots 1");
        let options = format!("--group db {way}");
        let tasks = [(); 3].map(|()| world.submit(&options, "exit 0"));
        world.expect(0, "set 3 priority=5");
        let _workers = [
            world.worker("--concurrency 2"),
            world.worker("--concurrency 2"),
        ];
        for task in tasks {
            world.wait_exits(task, 0);
        }
        let mut claimed = tasks.map(|task| {
            let claimed = world.events_that(task, What::Claimed)[0].number;
            (claimed, task.0)
        });
        claimed.sort_unstable();
        assert_eq!(claimed.map(|(_, task)| task), [3, 1, 2], "{way}");
        for task in tasks {
            let events = world.events_that(task, What::Claimed);
            assert_eq!(events.len(), 1, "{way}: it was given back");
        }
    }
}

#[test]
fn a_worker_that_dies_keeps_its_slot_until_it_is_taken_over() {
    let world = World::new();
    let gate = world.gate();
    world.expect(0, "group db --slots 1");
    let worker = world.worker("");
    let first = world.submit("--group db", &gate.pass());
    world.wait_for_state(first, StateWord::Run);
    let second = world.submit("--group db", "exit 0");
    worker.kill();
    assert_eq!(world.view(second).phase, Phase::Blocked);
    let _worker = world.worker("--concurrency 2");
    wait_until("the takeover", || {
        !world.events_that(first, What::TakenOver).is_empty()
    });
    assert_eq!(world.view(second).phase, Phase::Blocked);
    gate.release(2);
    world.wait_exits(first, 0);
    world.wait_exits(second, 0);
}

#[test]
fn what_is_said_of_groups() {
    let world = World::new();
    let none = world.expect(0, "groups");
    assert!(none.stderr.contains("there are no groups"), "{none:?}");
    let unknown = world.expect(3, "group nothing");
    assert!(unknown.stderr.contains("there is no group nothing"));
    for wrong in [
        "group a/b --slots 1",
        "group db --slots -1",
        "group none --slots 1",
    ] {
        world.expect(2, wrong);
    }
    world.submit("--group db", "exit 0");
    let told = world.expect(0, "group db").stdout;
    assert_eq!(told, "group db: no limit, 0 running, 1 task\n");
    let set = world.expect(0, "set 1 group=none");
    assert_eq!(set.stdout, "task 1: group db → none\n");
    world.expect(3, "group db");
    let set = world.expect(0, "group db --slots 2 --json").json();
    assert_eq!(set["slots"], 2);
    let events = world.expect(0, "events").stdout;
    assert!(
        events.contains("group db: slots any number → 2"),
        "{events}"
    );
}
