//! Gates: what keeps a task from running that is no request.

mod harness;

#[path = "gates/after.rs"]
mod after;
#[path = "gates/check.rs"]
mod check;
#[path = "gates/drains.rs"]
mod drains;
#[path = "gates/groups.rs"]
mod groups;
#[path = "gates/throttle.rs"]
mod throttle;

/// Both ways to run the batches of a task, one at a time.
const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];
