use std::sync::Arc;

use longhaul_common::id::{Epoch, RequestNumber, TaskNumber};
use longhaul_common::state::Desired;
use longhaul_common::store::Orders;

use super::floor::{Floor, Inside};
use crate::line::Line;
use crate::runner::Left;

#[test]
fn a_runner_that_takes_leave_late_leaves_the_next_one_of_its_task_in_its_place() {
    let orders = Orders {
        desired: Desired::Run,
        force: false,
        request: RequestNumber(0),
    };
    let mut floor = Floor::new(2);
    let [old, new] = [1, 2].map(|epoch| (TaskNumber(7), Epoch(epoch)));
    for place in [old, new] {
        let line = Line::new(orders).unwrap();
        floor.add(place, Arc::new(line), Inside::Another);
    }
    floor.left(old, &Left::Settled);
    assert_eq!(floor.running(), [new]);
    floor.left(new, &Left::Settled);
    assert!(floor.running().is_empty());
}
