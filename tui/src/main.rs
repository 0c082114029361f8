//! `longhaul`: watch, suspend, resume and terminate long-running tasks.

use std::process::ExitCode;

fn main() -> ExitCode {
    longhaul::main(std::env::args_os().collect())
}
