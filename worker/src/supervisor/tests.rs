use longhaul_common::id::RequestNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::Orders;

use super::*;

#[test]
fn a_runner_that_takes_leave_late_leaves_the_next_one_of_its_task_in_its_place() {
    let orders = Orders {
        desired: Desired::Run,
        force: false,
        request: RequestNumber(0),
    };
    let mut floor = Floor::default();
    let [old, new] = [1, 2].map(|epoch| (TaskNumber(7), Epoch(epoch)));
    for place in [old, new] {
        let line = Line::new(orders).unwrap();
        floor.runners.insert(place, Arc::new(line));
    }
    floor.leaves(old, &Left::Settled);
    assert_eq!(floor.runners.keys().collect::<Vec<_>>(), [&new]);
    floor.leaves(new, &Left::Settled);
    assert!(floor.runners.is_empty());
}
