//! Acting on many tasks at once, taking requests back by their number, and comments.

mod harness;

#[path = "acting/asked.rs"]
mod asked;
#[path = "acting/comments.rs"]
mod comments;
#[path = "acting/filters.rs"]
mod filters;
#[path = "acting/restarted.rs"]
mod restarted;
#[path = "acting/undone.rs"]
mod undone;

use harness::{Output, World};
use longhaul_common::event::What;
use longhaul_common::id::{RequestNumber, TaskNumber};
use longhaul_common::state::Desired;

/// The numbers of the tasks in a result, in its order.
fn numbers(output: &Output) -> Vec<u64> {
    let document = output.json();
    let tasks = match document.get("tasks") {
        Some(tasks) => tasks.clone(),
        None => document,
    };
    let tasks = tasks.as_array().expect("one result per task").clone();
    let numbers = tasks.iter().map(|task| task["number"].as_u64());
    numbers.map(|number| number.expect("a number")).collect()
}

/// Tasks that nobody performs.
fn waiting(world: &World, options: &[&str]) -> Vec<TaskNumber> {
    let submit = |options: &&str| world.submit(options, "exit 0");
    options.iter().map(submit).collect()
}

/// The requests on a task so far, with what each asked for.
fn requests(world: &World, task: TaskNumber) -> Vec<(Option<RequestNumber>, Option<Desired>)> {
    let events = world.events_that(task, What::Requested);
    events
        .iter()
        .map(|event| (event.request, event.want))
        .collect()
}

/// What is wanted of a task.
fn wanted(world: &World, task: TaskNumber) -> Desired {
    world.row(task).wish.desired
}
