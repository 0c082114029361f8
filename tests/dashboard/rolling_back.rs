//! What a task did is undone from the dashboard, or kept, by a real worker.

use longhaul_common::phase::Phase;
use longhaul_common::state::RollbackStage;

use crate::harness::World;
use crate::opened::Dashboard;

/// A task at work that can't be undone before there is a file `mended`.
fn started() -> World {
    let world = World::new();
    let mended = world.path("mended");
    let undo = world.script("undo", &format!("test -e '{}'", mended.display()));
    let options = ["--name", "steady", "--range", "1..100000", "-b", "1"];
    let hooks = ["--retries", "0", "--rollback", &undo];
    let command = ["--", "sleep", "0.05"];
    let words = [&["submit"], &options[..], &hooks, &command].concat();
    assert_eq!(world.cli(words).code, Some(0));
    world
}

#[test]
fn a_rollback_that_fails_needs_somebody_and_is_tried_again_by_its_command() {
    let world = started();
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.press(b"t");
    dashboard.wait_for("is undone first");
    dashboard.press(b"y");
    dashboard.wait_for("1 rollback failed: a goes there");
    let task = world.wait_for_task(1);
    world.wait_for_phase(task, Phase::RollbackFailed);
    world.file("mended", "");
    dashboard.press(b":rollback steady\r");
    dashboard.wait_for("Try the rollback of 1 task again?");
    dashboard.press(b"y");
    dashboard.wait_for("1 terminated");
    let undone = world.view(task).rollback.expect("it brings one");
    assert_eq!(undone.items_done, undone.items_total);
    dashboard.quits();
}

#[test]
fn a_key_in_the_question_keeps_what_is_done() {
    let world = started();
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.press(b"t");
    dashboard.wait_for("is undone first");
    dashboard.press(b"k");
    dashboard.wait_for("longhaul terminate 1 --keep");
    dashboard.press(b"y");
    // Undone, it would have failed: nothing is mended here.
    dashboard.wait_for("1 terminated");
    let view = world.view(world.wait_for_task(1));
    let rollback = view.rollback.expect("it brings one");
    assert_eq!(rollback.stage, RollbackStage::None);
    dashboard.quits();
}
