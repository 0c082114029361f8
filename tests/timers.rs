//! Suspensions that end by themselves, tasks that begin suspended, and those that stop at an item.

mod harness;

#[path = "timers/refused.rs"]
mod refused;
#[path = "timers/suspended.rs"]
mod suspended;

/// Both ways to run the batches of a task, one at a time.
const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];
