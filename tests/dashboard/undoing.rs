//! What is asked from the dashboard, over a real worker.

use crate::harness::World;
use crate::opened::Dashboard;

fn with_a_task() -> World {
    let world = World::new();
    world.expect(
        0,
        "submit --name steady --range 1..100000 -b 1 -- sleep 0.02",
    );
    world
}

#[test]
fn a_suspension_is_undone_and_the_task_runs_on() {
    let world = with_a_task();
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.terminal.press(b"s");
    dashboard.wait_for("u undoes");
    dashboard.wait_for("1 SUSPEND");
    dashboard.terminal.press(b"u");
    dashboard.wait_for("undone: RUN is wanted of task 1 (steady)");
    dashboard.wait_for("1 RUN");
    // Pressed at once, it means what was just asked; and whoever asks and quits wants both.
    dashboard.terminal.press(b"suq");
    dashboard.ends(0);
    let events = world.expect(0, "events 1").stdout;
    assert_eq!(events.matches("undoes request").count(), 2, "{events}");
    assert_eq!(events.matches("asked for SUSPEND").count(), 2, "{events}");
}

#[test]
fn what_somebody_else_asked_for_since_is_not_undone() {
    let world = with_a_task();
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("steady");
    dashboard.terminal.press(b"s");
    dashboard.wait_for("1 SUSPEND");
    world.expect(0, "resume steady --actor bert");
    world.expect(0, "suspend steady --actor bert");
    let before = world.last_event();
    dashboard.terminal.press(b"u");
    dashboard.wait_for("not undone: ");
    dashboard.wait_for("\"bert\" asked for SUSPEND since");
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
    assert_eq!(world.last_event(), before);
}

#[test]
fn commands_are_typed_completed_and_confirmed() {
    let world = with_a_task();
    world.expect(0, "submit --name other -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("steady");
    dashboard
        .terminal
        .press(b":susp\tst\t--reason 'a release'\r");
    dashboard.wait_for("1 SUSPEND");
    let view = world.view(world.wait_for_task(1));
    assert_eq!(view.desired_reason.as_deref(), Some("a release"));
    dashboard.terminal.press(b":pause 2\r");
    dashboard.wait_for("it is called `suspend`");
    dashboard.terminal.press(b"\x15terminate 1 other\r");
    dashboard.wait_for("Terminate 2 tasks?");
    dashboard.terminal.press(b"y");
    dashboard.wait_for("2 terminated");
    dashboard.terminal.press(b":resume other\r");
    dashboard.wait_for("never changes again");
    dashboard.terminal.press(b":quit\r");
    dashboard.ends(0);
}
