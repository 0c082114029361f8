//! Tasks of a Rust kind are fed by the program that hosts them.

use longhaul_common::control::Unfed;
use longhaul_common::store::NotTaken;
use longhaul_worker::{Cx, Failure, Task, fed_item, new_fed_task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::harness::{World, wait_for, wait_until};

#[derive(Serialize, Deserialize, JsonSchema, Clone)]
struct Nothing;

#[derive(Serialize, Deserialize)]
struct Order {
    number: u64,
}

struct Orders;

impl Task for Orders {
    const KIND: &'static str = "orders";
    type Params = Nothing;
    type Item = Order;
    type Shared = ();

    fn init(_: Nothing, (): (), _: &Cx) -> Result<Self, Failure> {
        Ok(Self)
    }

    fn batch(&mut self, items: &[Order], cx: &Cx) -> Result<(), Failure> {
        for item in items {
            cx.log(format!("order {}", item.number));
        }
        Ok(())
    }
}

#[test]
fn a_rust_task_is_fed_by_the_program_that_hosts_it() {
    let world = World::new();
    let control = world.control();
    let worker = longhaul_worker::builder(control.store().clone())
        .register::<Orders>(())
        .spawn()
        .unwrap();
    let mut new = new_fed_task::<Orders>(&Nothing).unwrap();
    new.spec.batch_size = 2;
    let task = control.submit(new).unwrap().number;
    let orders = (1..=5).map(|number| fed_item::<Orders>(&Order { number }).unwrap());
    assert_eq!(control.feed(task, orders).unwrap(), 5);
    wait_until("five are done", || world.view(task).items_done == 5);
    // One that is none is passed over, and those after it are done.
    control.feed(task, ["an order"]).unwrap();
    wait_for("the failure", || {
        control.store().failures(task).unwrap().pop()
    });
    let order = fed_item::<Orders>(&Order { number: 6 }).unwrap();
    control.feed(task, [order]).unwrap();
    assert!(!control.close(task).unwrap().already);
    assert!(control.close(task).unwrap().already);
    world.wait_exits(task, 1);
    let view = world.view(task);
    assert_eq!((view.items_done, view.batches_failed), (6, 1));
    let refused = control.feed(task, ["late"]).unwrap_err();
    assert_eq!(refused.taken, 0);
    assert!(matches!(
        refused.why,
        Unfed::Refused {
            why: NotTaken::Ended(_),
            ..
        }
    ));
    worker.stopper().stop();
    worker.join().unwrap();
}
