//! A program that is a worker: its arguments, its signals, its end.

use std::error::Error;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser};
use longhaul_common::place::{PlaceError, store_dir};
use longhaul_common::store::{Absent, Opening, Ringing, Store, StoreError};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::Level;

use crate::heeded::{comes, unless_ignored};
use crate::hosting::{DEFAULT_GRACE, Finished, Stopper, WorkerBuilder, WorkerError, builder};
use crate::meters::Meters;
use crate::metrics::{self, Metrics, loopback};
use crate::notices::Notices;
use crate::process::{close_on_exec_all, default_child_signal};
use crate::retention::Retention;
use crate::stop_self::stop_once_idle;
use crate::worker_log::{LogFormat, LogLevel, WorkerLog};

/// The arguments of a worker.
#[derive(Args, Clone, Debug)]
pub struct WorkerArgs {
    /// Run at most N tasks at once [default: the number of cores]
    #[arg(long, short = 'c', value_name = "N")]
    pub concurrency: Option<NonZeroUsize>,

    /// Take tasks of these kinds only
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub kinds: Vec<String>,

    /// When asked to stop, wait this long for the batches in flight [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub grace: Option<Duration>,

    /// End once nothing is left that could be claimed
    #[arg(long)]
    pub once: bool,

    /// Prune tasks that ended longer ago than this, as it goes [default: never]
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub retain: Option<Duration>,

    /// Prune all but the N tasks that ended last, as it goes [default: never]
    #[arg(long, value_name = "N")]
    pub retain_count: Option<usize>,

    /// Write the worker's own log, to standard error, so [default: human]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// Write what matters so much to it [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<LogLevel>,

    /// Answer with metrics, as OpenMetrics, on a port of this machine's own: 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    pub metrics: Option<SocketAddr>,

    /// Keep metrics in a file, every 15 s
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,

    /// Tell nobody of changes: others notice at their next look, every 2 seconds
    #[arg(long, hide = true)]
    pub no_bells: bool,
}

/// Why a worker program ended other than in good order.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// There is no place for a store.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The worker could not start, or had to end.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The system refused.
    #[error("the worker can't prepare its process")]
    Process(#[source] std::io::Error),
    /// The metrics can't be told.
    #[error("the worker can't tell its metrics ({to})")]
    Metrics {
        /// Where.
        to: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What the program lends to its kinds could not be opened.
    #[error("the worker can't prepare what its tasks need")]
    Extend(#[source] Box<dyn Error + Send + Sync>),
}

/// Reads a path that may be empty: the parser's own refuses one with a message that names the
/// option, even where the variable behind it was empty.
#[must_use]
pub fn possibly_empty_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

impl WorkerArgs {
    /// How the store is opened.
    #[must_use]
    pub fn opening(&self) -> Opening {
        Opening {
            absent: Absent::Create,
            bells: if self.no_bells {
                Ringing::Off
            } else {
                Ringing::On
            },
            ..Opening::default()
        }
    }

    /// Tells metrics as these arguments ask for; gives what counts for them.
    fn tell_metrics(&self, store: &Store, log: &WorkerLog) -> Result<Meters, ProgramError> {
        if self.metrics.is_none() && self.metrics_file.is_none() {
            return Ok(Meters::default());
        }
        let meters = Meters::counting();
        let metrics = Arc::new(Metrics::new(store.clone(), &meters));
        let failed = |to: String| move |source| ProgramError::Metrics { to, source };
        if let Some(address) = self.metrics {
            let served = metrics::serve(Arc::clone(&metrics), address);
            let at = served.map_err(failed(address.to_string()))?;
            log.say(Level::INFO, &format!("metrics are at http://{at}/metrics"));
        }
        if let Some(path) = &self.metrics_file {
            let log = log.clone();
            metrics::keep(metrics, path.clone(), move |what| {
                log.say(Level::WARN, what);
            })
            .map_err(failed(path.display().to_string()))?;
        }
        Ok(meters)
    }

    /// A worker as these arguments describe it.
    #[must_use]
    pub fn builder(&self, store: Store) -> WorkerBuilder {
        let mut builder = builder(store)
            .kinds(self.kinds.iter().cloned())
            .grace(self.grace.unwrap_or(DEFAULT_GRACE))
            .retention(Retention {
                age: self.retain,
                count: self.retain_count,
            });
        if let Some(tasks) = self.concurrency {
            builder = builder.concurrency(tasks);
        }
        if self.once {
            builder = builder.once();
        }
        builder
    }
}

/// Runs a worker until it is asked to stop by SIGTERM or SIGINT, or has nothing left to do with
/// `--once`.
///
/// # Errors
/// [`ProgramError`].
pub fn run(store: Option<PathBuf>, args: &WorkerArgs) -> Result<Finished, ProgramError> {
    run_as("longhaul-worker", store, args, Ok)
}

/// The same for a program of another name.
pub(crate) fn run_as(
    name: &'static str,
    store: Option<PathBuf>,
    args: &WorkerArgs,
    extend: impl FnOnce(WorkerBuilder) -> Result<WorkerBuilder, Box<dyn Error + Send + Sync>>,
) -> Result<Finished, ProgramError> {
    prepare_process().map_err(ProgramError::Process)?;
    // Before it works: a signal that comes early must not kill it with tasks in its hands.
    let signals = StopSignals::catch().map_err(ProgramError::Process)?;
    let dir = store_dir(store)?;
    let store = Store::open(&dir, args.opening())?;
    let shown = store.dir().display().to_string();
    let format = args.log_format.unwrap_or_default();
    let log = WorkerLog::new(name, format, args.log_level.unwrap_or_default());
    let notices = {
        let log = log.clone();
        Notices::graded(move |level, notice| log.say(level, notice))
    };
    let meters = args.tell_metrics(&store, &log)?;
    let worker = extend(args.builder(store))
        .map_err(ProgramError::Extend)?
        .owning_the_process()
        .meters(meters)
        .notices(notices)
        .spawn()?;
    log.say(
        Level::INFO,
        &format!("worker {} works on {shown}", worker.number()),
    );
    signals
        .act(worker.stopper())
        .map_err(ProgramError::Process)?;
    Ok(worker.join()?)
}

/// Sets close-on-exec on all that was inherited, and lets children be waited for: a batch gets
/// its own descriptors and nobody else's.
///
/// # Errors
/// What the system refused.
pub fn prepare_process() -> std::io::Result<()> {
    close_on_exec_all()?;
    default_child_signal()
}

/// SIGTERM, SIGINT and ctrl-z, caught but not acted upon yet. What
/// whoever started the program has it ignore stays ignored.
struct StopSignals {
    runtime: tokio::runtime::Runtime,
    terminate: Signal,
    interrupt: Option<Signal>,
    suspend: Option<Signal>,
}

impl StopSignals {
    fn catch() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let (terminate, interrupt, suspend) = {
            let _inside = runtime.enter();
            (
                signal(SignalKind::terminate())?,
                unless_ignored(SignalKind::interrupt())?,
                unless_ignored(SignalKind::from_raw(libc::SIGTSTP))?,
            )
        };
        Ok(Self {
            runtime,
            terminate,
            interrupt,
            suspend,
        })
    }

    /// Asks the worker to stop at each SIGTERM and SIGINT, also for one that came already; the
    /// second waits for no boundary. At ctrl-z the process stops once it is out of the store.
    fn act(mut self, stopper: Stopper) -> std::io::Result<()> {
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                self.runtime.block_on(async {
                    loop {
                        tokio::select! {
                            _ = self.terminate.recv() => stopper.stop(),
                            () = comes(&mut self.interrupt) => stopper.stop(),
                            () = comes(&mut self.suspend) => stop_once_idle(),
                        }
                    }
                });
            })?;
        Ok(())
    }
}
