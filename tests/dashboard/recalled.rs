//! Requests of others are undone by their numbers, and something is said of a task.

use longhaul_common::event::What;

use crate::harness::World;
use crate::opened::Dashboard;

/// Two tasks at work, which somebody else suspended with one request.
fn suspended() -> (World, u64) {
    let world = World::new();
    for name in ["first", "second"] {
        world.expect(
            0,
            &format!("submit --name {name} --range 1..100000 -b 1 -- sleep 0.05"),
        );
    }
    let control = world.control();
    let tasks = [1, 2].map(|nth| world.wait_for_task(nth));
    let bert = longhaul_common::actor::Actor {
        user: "bert".into(),
        ..longhaul_common::actor::Actor::default()
    };
    let asking = control.suspend(tasks).by(bert).because("the backup");
    let answers = asking.send().expect("it is asked");
    let request = answers[0].request.expect("it is written").0;
    (world, request)
}

#[test]
fn a_request_of_somebody_else_is_shown_and_undone_by_its_number() {
    let (world, request) = suspended();
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("2 SUSPEND");
    dashboard.press(format!(":undo {request}\r"));
    dashboard.wait_for(&format!("Undo request {request}, on 2 tasks?"));
    dashboard.wait_for("suspended by bert");
    dashboard.wait_for("the backup");
    dashboard.press("y");
    dashboard.wait_for(&format!("request {request} undone, on 2 tasks; u undoes"));
    dashboard.wait_for("SUSPEND → RUN");
    // And that can be undone in its turn.
    dashboard.press("u");
    dashboard.wait_until("both stay", |screen| !screen.contains("SUSPEND → RUN"));
    dashboard.quits();
}

#[test]
fn the_tasks_of_a_request_are_resumed_but_one_that_was_asked_since() {
    let (world, request) = suspended();
    world.expect(0, "resume second");
    world.expect(0, "suspend second --reason mine");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("2 SUSPEND");
    dashboard.press(format!(":resume --request {request}\r"));
    dashboard.wait_for("that request");
    dashboard.press("y");
    dashboard.wait_for("SUSPEND → RUN");
    let view = world.view(world.wait_for_task(2));
    assert_eq!(view.desired_reason.as_deref(), Some("mine"));
    dashboard.press(":undo 9999\r");
    dashboard.wait_for("there is no request 9999");
    dashboard.quits();
}

#[test]
fn something_is_said_of_a_task_and_stands_in_its_events() {
    let (world, _) = suspended();
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("first");
    dashboard.press("Gc");
    dashboard.wait_for(":comment 1 \"\"");
    dashboard.press("the disk isn't back\r");
    dashboard.wait_for("said of task 1");
    let task = world.wait_for_task(1);
    let mut events = world.events(task).into_iter();
    let said = events.find(|event| event.what == What::Comment);
    let said = said.expect("it is written");
    assert_eq!(said.detail.as_deref(), Some("the disk isn't back"));
    dashboard.press("e");
    dashboard.wait_for("the disk isn't back");
    dashboard.quits();
}
