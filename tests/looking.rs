//! Looking at tasks: list, show, events, logs and wait, over real tasks.

mod harness;

#[path = "looking/events.rs"]
mod events;
#[path = "looking/list.rs"]
mod list;
#[path = "looking/logs.rs"]
mod logs;
#[path = "looking/queue.rs"]
mod queue;
#[path = "looking/show.rs"]
mod show;
#[path = "looking/wait.rs"]
mod wait;

use harness::World;
use longhaul_common::id::TaskNumber;
use serde_json::Value;

/// Submits a task and has it completed.
#[track_caller]
fn completed(world: &World, options: &str, script: &str) -> TaskNumber {
    let task = world.submit(options, script);
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    task
}

/// Whole JSON lines.
#[track_caller]
fn json_lines(text: &str) -> Vec<Value> {
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}
