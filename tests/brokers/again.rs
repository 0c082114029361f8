//! What failed is tried again through the broker.

use crate::harness::{World, assert_each_done_once, wait_until};
use crate::server::Broker;

#[allow(clippy::needless_pass_by_value, reason = "called as the others are")]
fn carries_what_is_tried_again<B: Broker>(broker: B) {
    let world = World::new();
    let (gate, seen, mended) = (world.gate(), world.path("seen"), world.path("mended"));
    let script = format!(
        "read -r item\n[ $item != 40 ] || {}[ -e '{}' ] || [ $((item % 4)) != 0 ] || exit 65\necho $LONGHAUL_BATCH_KEY $item >>'{}'",
        gate.pass(),
        mended.display(),
        seen.display()
    );
    let options = format!(
        "--range 1..40 --batch-size 1 --parallel 3 --queue {}",
        broker.address()
    );
    let task = world.submit(&options, &script);
    let worker = world.worker("--concurrency 3");
    let stands = || {
        let view = world.view(task);
        (view.batches_done, view.batches_failed)
    };
    wait_until("all but the last were tried", || stands() == (30, 9));
    // In vain first, while the last one is in flight; then for a task that rests.
    world.expect(0, &format!("retry {task}"));
    wait_until("nine failed again", || stands() == (30, 9));
    world.expect(0, &format!("suspend {task}"));
    world.file("mended", "");
    gate.release(1);
    world.expect(0, &format!("suspend {task} --wait --timeout 10s"));
    assert_eq!(stands(), (31, 9));
    world.expect(0, &format!("retry {task}"));
    assert_eq!(stands(), (31, 0));
    world.expect(0, &format!("resume {task}"));
    world.wait_exits(task, 0);
    assert_eq!(stands(), (40, 0));
    assert_each_done_once(&seen, 40);
    assert_eq!(broker.messages(world.row(task).spec.id), 0);
    assert_eq!(worker.stop(), Some(0));
}

both! {
    a_stream_carries_what_is_tried_again a_queue_carries_what_is_tried_again carries_what_is_tried_again;
}
