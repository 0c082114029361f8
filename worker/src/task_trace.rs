//! What is traced inside a task goes to that task's log.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use longhaul_common::task_log::Stream;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::cx::Cx;
use crate::journal::Journal;

/// The log of the task whose code runs, and where its lines come from.
#[derive(Clone)]
struct Inside {
    journal: Arc<Mutex<Journal>>,
    source: String,
}

thread_local! {
    static INSIDE: RefCell<Option<Inside>> = const { RefCell::new(None) };
}

/// Runs code of a task.
pub(crate) fn within<R>(cx: &Cx, work: impl FnOnce() -> R) -> R {
    let inside = Inside {
        journal: Arc::clone(&cx.journal),
        source: cx.source(),
    };
    let _outside = Outside(INSIDE.replace(Some(inside)));
    work()
}

/// What was around the code, put back also where it panics.
struct Outside(Option<Inside>);

impl Drop for Outside {
    fn drop(&mut self) {
        INSIDE.set(self.0.take());
    }
}

/// A layer of `tracing` that writes what is traced inside a task to the task's log; what is traced
/// elsewhere is not its business. [`Worker::main`](crate::Worker::main) has it; a host adds it to a subscriber of its own:
///
/// ```
/// use longhaul_worker::TaskTrace;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let subscriber = tracing_subscriber::registry().with(TaskTrace::default());
/// # let _ = subscriber;
/// ```
///
/// A future that a task spawns elsewhere is still inside if it is instrumented with a span that was
/// made inside.
pub struct TaskTrace {
    most: LevelFilter,
}

impl Default for TaskTrace {
    fn default() -> Self {
        Self {
            most: LevelFilter::INFO,
        }
    }
}

impl TaskTrace {
    /// Down to this level.
    #[must_use]
    pub fn down_to(mut self, most: LevelFilter) -> Self {
        self.most = most;
        self
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for TaskTrace {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let inside = INSIDE.with_borrow(Clone::clone);
        if let (Some(inside), Some(span)) = (inside, context.span(id)) {
            span.extensions_mut().insert(inside);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > self.most {
            return;
        }
        let of_span = context.event_scope(event).and_then(|mut scope| {
            scope.find_map(|span| span.extensions().get::<Inside>().cloned())
        });
        let Some(inside) = of_span.or_else(|| INSIDE.with_borrow(Clone::clone)) else {
            return;
        };
        let mut line = Line(format!("{} {}:", metadata.level(), metadata.target()));
        event.record(&mut line);
        let mut journal = inside
            .journal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        journal.line(&inside.source, Stream::Out, line.0.as_bytes());
        journal.flush();
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most)
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A text in memory takes all.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
