//! `longhaul`: watch, suspend, resume and terminate long-running tasks.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    longhaul::main(&arguments)
}
