//! Tasks are asked through keys, and a real worker obeys.

use crate::harness::World;
use crate::opened::Dashboard;

#[test]
fn keys_suspend_resume_and_terminate_on_a_real_worker() {
    let world = World::new();
    world.expect(
        0,
        "submit --name steady --range 1..100000 -b 1 -- sleep 0.02",
    );
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.press(b"s");
    dashboard.wait_for("1 SUSPEND");
    dashboard.press(b"r");
    dashboard.wait_for("1 RUN");
    dashboard.press(b"t");
    dashboard.wait_for("Terminate 1 task?");
    dashboard
        .terminal
        .press(b"\ty because it was the wrong one\t");
    dashboard.press(b"y");
    dashboard.wait_for("1 terminated");
    let view = world.view(world.wait_for_task(1));
    assert_eq!(
        view.desired_reason.as_deref(),
        Some("y because it was the wrong one")
    );
    dashboard.quits();
}

#[test]
fn a_suspension_that_ends_by_itself_is_asked_for_shown_and_void_once_somebody_resumes() {
    let world = World::new();
    world.expect(
        0,
        "submit --name steady --range 1..100000 -b 1 -- sleep 0.02",
    );
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.press(b":suspend steady --for 2h\r");
    dashboard.wait_for(", until 2");
    dashboard.wait_for("1 SUSPEND");
    dashboard.wait_for("waits until");
    let task = world.wait_for_task(1);
    assert!(world.view(task).until.is_some());
    dashboard.press(b"r");
    dashboard.wait_for("1 RUN");
    assert_eq!(world.view(task).until, None);
    dashboard.quits();
}

#[test]
fn a_store_that_is_only_looked_at_is_not_asked() {
    let world = World::new();
    world.expect(0, "submit --name quiet -- true");
    let events = || world.expect(0, "events --json").stdout;
    let before = events();
    let dashboard = Dashboard::open(&world, &["--read-only"], &[]);
    dashboard.wait_for("quiet");
    for key in ["s", "r", "t", "S", "T"] {
        dashboard.press(key);
        dashboard.wait_for("to look only");
        dashboard.press("\x1b");
        dashboard.wait_until("the word is gone", |screen| {
            !screen.contains("to look only")
        });
    }
    assert_eq!(events(), before);
    dashboard.quits();
}

#[test]
fn the_dashboards_options_are_no_verbs() {
    let world = World::new();
    let output = world.expect(2, "--read-only list");
    assert!(output.stderr.contains("--read-only"), "{output:?}");
    let output = world.expect(2, "");
    assert!(output.stderr.contains("longhaul list"), "{output:?}");
}
