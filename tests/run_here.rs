//! `longhaul run`: submits a task and works on it here.

mod harness;

#[path = "run_here/endings.rs"]
mod endings;
#[path = "run_here/interrupted.rs"]
mod interrupted;
#[path = "run_here/on_a_terminal.rs"]
mod on_a_terminal;
#[path = "run_here/resumed.rs"]
mod resumed;
#[path = "run_here/stopped.rs"]
mod stopped;

use harness::{Program, World};

/// Starts `longhaul run` of a script of the shell.
#[track_caller]
fn run(world: &World, options: &str, script: &str) -> Program {
    world.start(words(options, script))
}

/// What is typed for it.
fn words(options: &str, script: &str) -> Vec<String> {
    let mut args = vec!["run".to_owned()];
    args.extend(options.split_whitespace().map(str::to_owned));
    args.extend(["--", "sh", "-c", script].map(str::to_owned));
    args
}
