//! What becomes of a task whose worker dies: by where it was, by what is asked of it meanwhile, and
//! where it dies each time.

mod harness;

#[path = "takeover/asked.rs"]
mod asked;
#[path = "takeover/batches.rs"]
mod batches;
#[path = "takeover/deadly.rs"]
mod deadly;
#[path = "takeover/hooks.rs"]
mod hooks;

use std::fs;

use harness::{Worker, World, wait_until};
use longhaul_common::id::TaskNumber;

/// The shell's words that kill the worker they run under.
const KILL: &str = "kill -KILL $PPID\n";

/// Keeps a worker running, as a service manager would, until `done`.
#[track_caller]
fn keep_a_worker_until(world: &World, what: &str, mut done: impl FnMut() -> bool) -> Worker {
    let mut worker = world.worker("--concurrency 2");
    wait_until(what, || {
        if worker.has_ended() {
            worker = world.worker("--concurrency 2");
        }
        done()
    });
    worker
}

/// A script of a hook that notes that it ran and then does something more.
fn hook(world: &World, name: &str, body: &str) -> String {
    let trace = world.path("trace");
    world.script(
        name,
        &format!("echo {name} >>'{}'\n{body}", trace.display()),
    )
}

fn trace(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.path("trace")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[track_caller]
fn wait_for_trace(world: &World, expected: &[&str]) {
    wait_until(&format!("{expected:?}"), || {
        trace(world).len() >= expected.len()
    });
    assert_eq!(trace(world), expected);
}

/// Submits a task of two batches with hooks.
#[track_caller]
fn submit_hooked(world: &World, init: &str, cleanup: &str, script: &str) -> TaskNumber {
    let options = "--range 1..2 --batch-size 1".split(' ').map(str::to_owned);
    let hooks = ["--init", init, "--cleanup", cleanup].map(str::to_owned);
    world.submit_args(options.chain(hooks).collect(), script)
}
