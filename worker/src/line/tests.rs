use std::time::{Duration, Instant};

use longhaul_common::id::RequestNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::Orders;

use super::Line;

fn orders(desired: Desired, request: u64, force: bool) -> Orders {
    Orders {
        desired,
        force,
        request: RequestNumber(request),
        settings: 0,
    }
}

#[test]
fn what_is_told_is_what_is_read() {
    let line = Line::new(orders(Desired::Run, 0, false)).unwrap();
    for (number, desired) in [Desired::Suspend, Desired::Run, Desired::Terminate]
        .into_iter()
        .enumerate()
    {
        for force in [false, true] {
            let told = orders(desired, number as u64 * 2 + u64::from(force) + 1, force);
            line.tell(told);
            assert_eq!(line.told().orders, told);
        }
    }
}

#[test]
fn an_earlier_request_never_replaces_a_later_one() {
    let line = Line::new(orders(Desired::Run, 7, false)).unwrap();
    line.tell(orders(Desired::Suspend, 6, true));
    assert_eq!(line.told().orders, orders(Desired::Run, 7, false));
}

#[test]
fn a_stop_survives_later_orders() {
    let line = Line::new(orders(Desired::Run, 0, false)).unwrap();
    line.stop();
    line.tell(orders(Desired::Suspend, 3, false));
    let told = line.told();
    assert!(told.stopping && !told.stopping_now);
    assert_eq!(told.orders.desired, Desired::Suspend);
    line.stop_now();
    assert!(line.told().interrupts());
}

#[test]
fn force_interrupts_only_what_is_to_stop() {
    let line = Line::new(orders(Desired::Run, 0, false)).unwrap();
    assert!(!line.told().interrupts());
    line.tell(orders(Desired::Suspend, 1, false));
    assert!(!line.told().interrupts());
    line.tell(orders(Desired::Suspend, 2, true));
    assert!(line.told().interrupts());
    line.tell(orders(Desired::Run, 3, false));
    assert!(!line.told().interrupts());
}

#[test]
fn a_change_ends_the_wait() {
    let line = Line::new(orders(Desired::Run, 0, false)).unwrap();
    line.tell(orders(Desired::Suspend, 1, false));
    let started = Instant::now();
    line.wait(started + Duration::from_secs(600));
    assert!(started.elapsed() < Duration::from_secs(300));
}
