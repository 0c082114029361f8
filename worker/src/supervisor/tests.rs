use std::sync::Arc;
use std::time::Duration;

use longhaul_common::id::{Epoch, RequestNumber, TaskNumber};
use longhaul_common::state::Desired;
use longhaul_common::store::Orders;
use longhaul_common::time::Timestamp;

use super::floor::{Floor, Inside};
use super::sight::Sight;
use crate::line::Line;
use crate::runner::Left;

#[test]
fn a_runner_that_takes_leave_late_leaves_the_next_one_of_its_task_in_its_place() {
    let orders = Orders {
        desired: Desired::Run,
        force: false,
        request: RequestNumber(0),
        settings: 0,
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

#[test]
fn what_is_due_wakes_nobody_again_while_it_is_looked_at() {
    let mut floor = Floor::new(1);
    floor.note(&Sight {
        next_due: Some(Timestamp::now()),
        ..Sight::default()
    });
    let grace = Duration::from_secs(30);
    assert!(floor.wake(grace).is_some());
    floor.look();
    assert_eq!(floor.wake(grace), None);
}
