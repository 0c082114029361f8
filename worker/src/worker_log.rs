//! The log that a worker program writes of itself, to standard error: a line each, for people or as JSON.

use std::fmt;
use std::io;

use clap::ValueEnum;
use longhaul_common::safe_text::safe;
use tracing::dispatcher::with_default;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

/// How the worker's log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people; with priorities where the journal of systemd reads it
    #[default]
    Human,
    /// An object a line, with time and level
    Json,
}

/// What is written to the worker's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What somebody should look at
    Warn,
    /// Also where it works, and its end
    #[default]
    Info,
    /// Also each task that comes and goes
    Debug,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}

/// The log of one worker program. It is nobody else's: no global subscriber is set.
#[derive(Clone)]
pub(crate) struct WorkerLog(Dispatch);

impl WorkerLog {
    pub(crate) fn new(name: &'static str, format: LogFormat, level: LogLevel) -> Self {
        let level = LevelFilter::from(level);
        let registry = tracing_subscriber::registry();
        Self(match format {
            LogFormat::Human => {
                let human = Human {
                    name,
                    journal: is_the_journals(),
                };
                let layer = layer().log_internal_errors(false).with_writer(io::stderr);
                Dispatch::new(registry.with(layer.event_format(human).with_filter(level)))
            }
            LogFormat::Json => {
                let layer = layer().log_internal_errors(false).with_writer(io::stderr);
                let layer = layer
                    .json()
                    .flatten_event(true)
                    .with_target(false)
                    .with_current_span(false)
                    .with_span_list(false);
                Dispatch::new(registry.with(layer.with_filter(level)))
            }
        })
    }

    /// Writes a line; nobody there to read it is no reason to stop.
    pub(crate) fn say(&self, level: Level, what: &str) {
        let what = safe(what);
        with_default(&self.0, || match level {
            Level::ERROR => tracing::error!("{what}"),
            Level::WARN => tracing::warn!("{what}"),
            Level::INFO => tracing::info!("{what}"),
            Level::DEBUG | Level::TRACE => tracing::debug!("{what}"),
        });
    }
}

/// Whether the journal reads standard error: systemd says which of its streams that is.
fn is_the_journals() -> bool {
    let Some(named) = std::env::var("JOURNAL_STREAM").ok() else {
        return false;
    };
    let found = rustix::fs::fstat(io::stderr());
    found.is_ok_and(|found| named == format!("{}:{}", found.st_dev, found.st_ino))
}

/// `longhaul-worker: what it says`, behind the priority where the journal reads it, which tells the time itself.
struct Human {
    name: &'static str,
    journal: bool,
}

impl<S, N> FormatEvent<S, N> for Human
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if self.journal {
            let priority = match *event.metadata().level() {
                Level::ERROR => 3,
                Level::WARN => 4,
                Level::INFO => 6,
                Level::DEBUG | Level::TRACE => 7,
            };
            write!(writer, "<{priority}>")?;
        }
        let mut said = Said(String::new());
        event.record(&mut said);
        writeln!(writer, "{}: {}", self.name, said.0)
    }
}

struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
