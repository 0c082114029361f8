//! What a task writes to its log.

use longhaul_common::store::Haste;

use crate::house::{House, Trick, stop, wait_until};

#[test]
fn a_line_can_be_read_while_the_batch_that_wrote_it_still_runs() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Hang));
    let log = house.dir.path().join(format!("store/logs/{task}.log"));
    let read = || std::fs::read_to_string(&log).unwrap_or_default();
    wait_until("in the log", || read().contains(" 1 out it hangs"));
    assert_eq!(house.view(task).batches_done, 1);
    assert!(read().contains(" 0 out a line of its own"));
    let asking = house.control.terminate([task]).haste(Haste::ByForce);
    asking.send().unwrap();
    house.ended(task);
    stop(worker);
}
