//! A program of one's own that is a worker.

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use longhaul_common::store::Store;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::hosting::{WorkerBuilder, builder};
use crate::process::file_size_limit_is_an_error;
use crate::program::{WorkerArgs, possibly_empty_path, run_as};
use crate::report::{exit_now_if_overdue, install_panic_hook, report, report_usage};
use crate::task_trace::TaskTrace;

/// A worker: inside any program, or as a program of its own.
pub struct Worker;

/// Runs tasks of a longhaul store, batch by batch, until it is asked to stop.
#[derive(Parser)]
struct Arguments {
    /// The store's folder [default: that of the configuration, else $XDG_STATE_HOME/longhaul]
    #[arg(long, value_name = "DIR", env = "LONGHAUL_STORE", value_parser = possibly_empty_path())]
    store: Option<PathBuf>,

    #[command(flatten)]
    worker: WorkerArgs,
}

impl Worker {
    /// A worker inside this program: it works on threads of its own, has no signal handlers and no
    /// global subscriber, and never ends the process.
    #[must_use]
    pub fn builder(store: Store) -> WorkerBuilder {
        builder(store)
    }

    /// The `main` of a program that is only a worker, with the command line, the signals and the exit
    /// codes of `longhaul-worker`. `extend` registers the program's kinds, and opens what it lends them.
    /// What is traced inside a task, from INFO on, goes to that task's log.
    ///
    /// ```no_run
    /// # use longhaul_worker::{Cx, Failure, Task, Worker};
    /// # #[derive(Clone)] struct Pool;
    /// # impl Pool { fn open() -> std::io::Result<Self> { Ok(Self) } }
    /// # struct Import;
    /// # impl Task for Import {
    /// #     const KIND: &'static str = "import";
    /// #     type Params = (); type Item = (); type Shared = Pool;
    /// #     fn init(_: (), _: Pool, _: &Cx) -> Result<Self, Failure> { Ok(Self) }
    /// #     fn batch(&mut self, _: &[()], _: &Cx) -> Result<(), Failure> { Ok(()) }
    /// # }
    /// fn main() -> std::process::ExitCode {
    ///     Worker::main(|worker| Ok(worker.register::<Import>(Pool::open()?)))
    /// }
    /// ```
    pub fn main(
        extend: impl FnOnce(WorkerBuilder) -> Result<WorkerBuilder, Box<dyn Error + Send + Sync>>,
    ) -> ExitCode {
        install_panic_hook();
        // Where it can't be had the kernel's default stays.
        let _ = file_size_limit_is_an_error();
        // A program that has set one has its reasons.
        let _ = tracing_subscriber::registry()
            .with(TaskTrace::default())
            .try_init();
        let name: &'static str = Box::leak(program_name().into_boxed_str());
        let parsed = Arguments::command()
            .name(name)
            .try_get_matches()
            .and_then(|matches| Arguments::from_arg_matches(&matches));
        let arguments = match parsed {
            Ok(arguments) => arguments,
            Err(error) => return report_usage(name, &error),
        };
        match run_as(name, arguments.store, &arguments.worker, extend) {
            Ok(finished) => {
                exit_now_if_overdue(finished);
                ExitCode::SUCCESS
            }
            Err(error) => {
                let format = arguments.worker.log_format.unwrap_or_default();
                report(name, &error, format)
            }
        }
    }
}

fn program_name() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(Path::file_name);
    let name = name.map(OsStr::to_string_lossy);
    name.map_or_else(|| "worker".into(), std::borrow::Cow::into_owned)
}
