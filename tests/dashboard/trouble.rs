//! A store that gets into trouble while it is looked at.

use std::fs;
use std::time::{Duration, Instant};

use longhaul_common::state::Desired;

use crate::frozen::Frozen;
use crate::harness::{World, wait_until};
use crate::opened::Dashboard;

#[test]
fn a_store_that_is_not_there_yet_is_picked_up_when_it_is_made() {
    let world = World::new();
    fs::remove_dir_all(world.store_dir()).expect("it is ours");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("no store at");
    world.expect(0, "submit --name first -- true");
    dashboard.wait_for("first");
    fs::remove_dir_all(world.store_dir()).expect("it is ours");
    dashboard.wait_for("no store at");
    assert!(dashboard.shows("first"), "what was known is kept");
    world.expect(0, "submit --name anew -- true");
    dashboard.wait_for("anew");
    assert!(!dashboard.shows("first"), "another store's tasks are gone");
    dashboard.quits();
}

/// How long a screen may stand still.
const STILL: Duration = Duration::from_millis(200);

#[test]
fn a_process_stopped_inside_the_database_freezes_no_key_and_loses_none() {
    let world = World::new();
    for name in ["one", "two"] {
        world.expect(0, &format!("submit --name {name} -- true"));
    }
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1/2");
    let frozen = Frozen::inside(&world);
    dashboard.press("s");
    // The request waits; the screen doesn't.
    let mut slowest = Duration::ZERO;
    for (key, shown) in [("j", "2/2"), ("k", "1/2"), ("j", "2/2")] {
        let pressed = Instant::now();
        dashboard.press(key);
        dashboard.wait_for(shown);
        slowest = slowest.max(pressed.elapsed());
    }
    // A machine that is busy otherwise is given more.
    assert!(slowest < 5 * STILL, "{slowest:?}");
    frozen.continues();
    dashboard.wait_for("1 SUSPEND");
    let suspended = world.view(world.wait_for_task(2));
    assert_eq!(suspended.desired_state, Desired::Suspend);
    dashboard.quits();
}

#[test]
fn a_request_that_a_stopped_process_holds_up_is_told_of() {
    let world = World::new();
    world.expect(0, "submit --name held -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("held");
    let frozen = Frozen::inside(&world);
    dashboard.press("s");
    dashboard.wait_until("why it isn't suspended", |screen| {
        screen.contains("may still be done") || screen.contains("nothing was written")
    });
    frozen.continues();
    // Another waits behind it, and comes after it.
    dashboard.press("r");
    let task = world.wait_for_task(1);
    wait_until("both requests, or the later one alone", || {
        world.view(task).desired_state == Desired::Run && dashboard.shows("RUN is wanted")
    });
    dashboard.quits();
}

#[test]
fn a_store_that_is_stuck_at_the_start_is_opened_once_it_is_free() {
    let world = World::new();
    world.expect(0, "submit --name later -- true");
    let frozen = Frozen::inside(&world);
    let dashboard = Dashboard::open(&world, &[], &[]);
    if !dashboard.shows("later") {
        let pid = frozen.pid();
        dashboard.wait_until("who stands in the way, or the tasks", |screen| {
            screen.contains(&format!("kill -CONT {pid}")) || screen.contains("later")
        });
    }
    frozen.continues();
    dashboard.wait_for("later");
    dashboard.quits();
}

#[test]
fn a_database_that_is_damaged_is_told_and_does_not_end_it() {
    let world = World::new();
    world.expect(0, "submit --name lost -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("lost");
    let database = world.store_dir().join("tasks.redb");
    let whole = fs::read(&database).expect("it is there");
    let mut damaged = whole.clone();
    damaged[4096..].fill(0xa5);
    fs::write(&database, &damaged).expect("it is ours");
    dashboard.wait_for("damaged");
    assert!(dashboard.shows("lost"), "what was known is kept");
    dashboard.press("?");
    dashboard.wait_for("next task");
    dashboard.press("?");
    fs::write(&database, &whole).expect("it is ours");
    dashboard.wait_until("it is well again", |screen| {
        !screen.contains("damaged") && screen.contains("lost")
    });
    dashboard.quits();
}
