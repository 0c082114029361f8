//! Metrics in the text format of OpenMetrics: served on a port of this machine's own, or written to a file.
//! Nothing is read of the store before somebody asks, or a file is due.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use longhaul_common::state::{Outcome, StateWord};
use longhaul_common::store::{Store, StoreError};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::meters::Meters;

/// Who asks and says nothing is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A request that is longer than this is none of ours.
const LONGEST: u64 = 16 * 1024;
/// A file is written so often.
const FILE_EVERY: Duration = Duration::from_secs(15);

/// What they are called.
const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Reads an address of this machine's own.
///
/// # Errors
/// What it should be.
pub(crate) fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "an address with a port, such as 127.0.0.1:9464".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("only an address of this machine's own: 127.0.0.1:PORT or [::1]:PORT".into())
    }
}

type Label = [(&'static str, &'static str); 1];

/// What is told of a store and of one worker.
pub(crate) struct Metrics {
    store: Store,
    registry: Registry,
    tasks: Family<Label, Gauge>,
    ended: Family<Label, Gauge>,
}

impl Metrics {
    pub(crate) fn new(store: Store, meters: &Meters) -> Self {
        let mut registry = Registry::with_prefix("longhaul");
        let (tasks, ended) = (Family::default(), Family::default());
        registry.register(
            "tasks",
            "Tasks of the store by their current state",
            Family::clone(&tasks),
        );
        registry.register(
            "tasks_ended",
            "Tasks in TERMINATE by their outcome",
            Family::clone(&ended),
        );
        meters.register(&mut registry);
        Self {
            store,
            registry,
            tasks,
            ended,
        }
    }

    /// All of it as text.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn text(&self) -> Result<String, StoreError> {
        let tally = self.store.tally()?;
        for state in [
            StateWord::Init,
            StateWord::Run,
            StateWord::Suspend,
            StateWord::Terminate,
        ] {
            set(
                &self.tasks,
                ("state", state.as_str()),
                tally.in_state(state),
            );
        }
        for outcome in [Outcome::Completed, Outcome::Terminated, Outcome::Failed] {
            let count = tally.with_outcome(outcome);
            set(&self.ended, ("outcome", outcome.as_str()), count);
        }
        let mut text = String::new();
        // A text in memory takes all.
        let _ = encode(&mut text, &self.registry);
        Ok(text)
    }
}

fn set(family: &Family<Label, Gauge>, label: (&'static str, &'static str), count: u64) {
    let gauge = family.get_or_create_owned(&[label]);
    gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
}

/// Answers whoever asks on a port, from a thread of its own; gives the address.
///
/// # Errors
/// The port can't be had.
pub(crate) fn serve(metrics: Arc<Metrics>, address: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    std::thread::Builder::new()
        .name("metrics".into())
        .spawn(move || {
            for caller in listener.incoming().flatten() {
                // Who went away, or never said what they want, asks again.
                let _ = answer(&metrics, caller);
            }
        })?;
    Ok(address)
}

fn answer(metrics: &Metrics, mut caller: TcpStream) -> io::Result<()> {
    caller.set_read_timeout(Some(PATIENCE))?;
    caller.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(caller.try_clone()?.take(LONGEST)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let mut words = request.split(' ');
    let (method, path) = (words.next(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let (status, content, text) = match (method, path) {
        (Some("GET" | "HEAD"), "/metrics" | "/") => match metrics.text() {
            Ok(text) => ("200 OK", CONTENT, text),
            Err(error) => (
                "503 Service Unavailable",
                "text/plain",
                format!("{error}\n"),
            ),
        },
        (Some("GET" | "HEAD"), _) => {
            let text = "there is /metrics\n".to_owned();
            ("404 Not Found", "text/plain", text)
        }
        _ => {
            let text = "there is GET /metrics\n".to_owned();
            ("405 Method Not Allowed", "text/plain", text)
        }
    };
    let mut response = String::new();
    // A text in memory takes all.
    let _ = write!(
        response,
        "HTTP/1.1 {status}\r\nContent-Type: {content}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    if method != Some("HEAD") {
        response.push_str(&text);
    }
    caller.write_all(response.as_bytes())
}

/// Keeps a file up to date, from a thread of its own. It is replaced whole: nobody reads a part of one.
///
/// # Errors
/// It can't be written.
pub(crate) fn keep(
    metrics: Arc<Metrics>,
    path: PathBuf,
    trouble: impl Fn(&str) + Send + 'static,
) -> io::Result<()> {
    let write = move |metrics: &Metrics, path: &Path| match metrics.text() {
        Ok(text) => replace(path, &text),
        Err(error) => Err(io::Error::other(error)),
    };
    write(&metrics, &path)?;
    std::thread::Builder::new()
        .name("metrics".into())
        .spawn(move || {
            let mut troubled = false;
            loop {
                std::thread::sleep(FILE_EVERY);
                match write(&metrics, &path) {
                    Ok(()) => troubled = false,
                    Err(error) if !troubled => {
                        troubled = true;
                        trouble(&format!(
                            "the metrics can't be written to {}: {error}",
                            path.display()
                        ));
                    }
                    Err(_) => {}
                }
            }
        })?;
    Ok(())
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, path))
        .inspect_err(|_| {
            // The first failure is the one to tell.
            let _ = std::fs::remove_file(&new);
        })
}
