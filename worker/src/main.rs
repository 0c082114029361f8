//! `longhaul-worker`: runs tasks, headless.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use longhaul_worker::process::file_size_limit_is_an_error;
use longhaul_worker::program::{WorkerArgs, possibly_empty_path, run};
use longhaul_worker::report::{exit_now_if_overdue, install_panic_hook, report, report_usage};

/// Runs tasks of a longhaul store, batch by batch, until it is asked to stop.
#[derive(Parser)]
#[command(name = "longhaul-worker", version)]
struct Arguments {
    /// The store's folder [default: that of the configuration, else $XDG_STATE_HOME/longhaul]
    #[arg(long, value_name = "DIR", env = "LONGHAUL_STORE", value_parser = possibly_empty_path())]
    store: Option<PathBuf>,

    #[command(flatten)]
    worker: WorkerArgs,
}

fn main() -> ExitCode {
    install_panic_hook();
    // Where it can't be had the kernel's default stays.
    let _ = file_size_limit_is_an_error();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return report_usage("longhaul-worker", &error),
    };
    match run(arguments.store, &arguments.worker) {
        Ok(finished) => {
            exit_now_if_overdue(finished);
            ExitCode::SUCCESS
        }
        Err(error) => {
            let format = arguments.worker.log_format.unwrap_or_default();
            report("longhaul-worker", &error, format)
        }
    }
}
