//! Settings of a task that are changed while it lives, and its rate limit.

mod harness;

#[path = "settings/changed.rs"]
mod changed;
#[path = "settings/pace.rs"]
mod pace;
#[path = "settings/queued.rs"]
mod queued;
#[path = "settings/refused.rs"]
mod refused;
#[path = "settings/stable_key.rs"]
mod stable_key;

use harness::Record;

/// Both ways to run the batches of a task, one at a time.
const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];

/// How many items each run had.
fn sizes(record: &Record) -> Vec<usize> {
    record.runs().iter().map(|run| run.items.len()).collect()
}

/// The numbers from 1 on, as a range has them.
fn numbers(last: u64) -> Vec<String> {
    (1..=last).map(|number| number.to_string()).collect()
}
