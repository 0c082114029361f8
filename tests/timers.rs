//! Suspensions that end by themselves, tasks that begin suspended, and those that stop at an item.

mod harness;

#[path = "timers/from_the_start.rs"]
mod from_the_start;
#[path = "timers/refused.rs"]
mod refused;
#[path = "timers/stop_at.rs"]
mod stop_at;
#[path = "timers/suspended.rs"]
mod suspended;

/// Both ways to run the batches of a task, one at a time.
const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];
