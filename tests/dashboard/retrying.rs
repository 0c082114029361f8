//! What failed is tried again from the page that tells of it.

use longhaul_common::event::What;

use crate::harness::{World, wait_until};
use crate::opened::Dashboard;

#[test]
fn what_failed_of_a_task_that_runs_is_tried_again_by_a_key_and_marked_until_then() {
    for way in ["", "--queue store --parallel 1"] {
        let world = World::new();
        let (gate, mended) = (world.gate(), world.path("mended"));
        let script = format!(
            "[ $LONGHAUL_BATCH != 0 ] || [ -e '{}' ] || exit 65\n{}",
            mended.display(),
            gate.pass()
        );
        let _worker = world.worker("");
        let options = format!("--name mending --range 1..3 --batch-size 1 {way}");
        let task = world.submit(&options, &script);
        wait_until("a failure", || world.view(task).batches_failed == 1);
        let dashboard = Dashboard::open(&world, &["--utc"], &[]);
        dashboard.wait_for("mending");
        dashboard.press("f");
        dashboard.wait_for("1 batch passed over");
        dashboard.wait_for("r retry");
        world.file("mended", "");
        dashboard.press("r");
        dashboard.wait_for("what failed of task 1 waits to be tried again");
        if way.is_empty() {
            dashboard.wait_for("1 waits to be tried again");
        }
        let asked = world.events_that(task, What::QueuedAgain);
        assert_eq!(asked.len(), 1, "{asked:?}");
        gate.release(9);
        world.wait_exits(task, 0);
        dashboard.wait_for("no batch has failed for good");
        assert_eq!(world.view(task).items_done, 3);
        dashboard.quits();
    }
}
