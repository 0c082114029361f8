//! When a task rests: suspensions that end by themselves, tasks that begin suspended, those that stop at an item, and
//! when a boundary is expected.

mod harness;

#[path = "timers/boundary.rs"]
mod boundary;
#[path = "timers/clock.rs"]
mod clock;
#[path = "timers/from_the_start.rs"]
mod from_the_start;
#[path = "timers/refused.rs"]
mod refused;
#[path = "timers/scheduled.rs"]
mod scheduled;
#[path = "timers/stop_at.rs"]
mod stop_at;
#[path = "timers/suspended.rs"]
mod suspended;

/// Both ways to run the batches of a task, one at a time.
const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];
