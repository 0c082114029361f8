//! Follows tasks while they run: bars on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write as _};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::{Phase, waits};
use longhaul_common::safe_text::{fit, safe};
use longhaul_common::state::StateWord;
use longhaul_common::view::TaskView;

use crate::output::state::state;
use crate::output::{human, terminal};

/// Between two plain lines that tell of nothing but progress.
const PLAIN_PAUSE: Duration = Duration::from_secs(5);
/// Columns of a task's label.
const LABEL: usize = 16;
/// More often than anything is shown: a frame that was left out would not be made up for.
const HERTZ: u8 = 60;

/// A live look at some tasks, on standard error.
pub(crate) enum Live {
    /// Bars that are drawn over and over.
    Bars {
        screen: MultiProgress,
        bars: BTreeMap<TaskNumber, ProgressBar>,
    },
    /// A line when something changes, and now and then.
    Lines(BTreeMap<TaskNumber, Said>),
}

/// What was said last of a task.
pub(crate) struct Said {
    state: String,
    at: Instant,
    done: u64,
}

impl Live {
    pub(crate) fn new() -> Self {
        if std::io::stderr().is_terminal() {
            Self::Bars {
                screen: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(HERTZ)),
                bars: BTreeMap::new(),
            }
        } else {
            Self::Lines(BTreeMap::new())
        }
    }

    /// Shows a task as it is now.
    pub(crate) fn show(&mut self, view: &TaskView) {
        match self {
            Self::Bars { screen, bars } => {
                let bar = bars.entry(view.number).or_insert_with(|| {
                    let bar = ProgressBar::no_length().with_prefix(label(view));
                    screen.add(bar.with_style(style(view)))
                });
                draw(bar, view);
            }
            Self::Lines(said) => say(said, view),
        }
    }

    /// Says something between the bars.
    pub(crate) fn note(&self, text: &str) {
        let text = safe(text);
        match self {
            Self::Bars { screen, .. } => {
                // A terminal that went away is noticed elsewhere.
                let _ = screen.println(&text);
            }
            Self::Lines(_) => {
                let _ = writeln!(std::io::stderr(), "{text}");
            }
        }
    }

    /// What says something between the bars from another thread.
    pub(crate) fn notices(&self) -> longhaul_worker::Notices {
        match self {
            Self::Bars { screen, .. } => {
                let screen = screen.clone();
                longhaul_worker::Notices::to(move |notice| {
                    let _ = screen.println(safe(notice));
                })
            }
            Self::Lines(_) => longhaul_worker::Notices::to(|notice| {
                let _ = writeln!(std::io::stderr(), "{}", safe(notice));
            }),
        }
    }

    /// Leaves the last state on the screen. What is noted from now on goes below it.
    pub(crate) fn finish(&mut self) {
        if let Self::Bars { bars, .. } = self {
            for bar in bars.values() {
                bar.abandon();
            }
            if !bars.is_empty() {
                // The last bar's line has no end yet.
                let _ = writeln!(std::io::stderr());
            }
            *self = Self::Lines(BTreeMap::new());
        }
    }
}

fn draw(bar: &ProgressBar, view: &TaskView) {
    bar.set_style(style(view));
    match (view.items_total, view.fraction) {
        (Some(total), Some(_)) => bar.set_length(total),
        (_, _) => bar.unset_length(),
    }
    bar.set_position(view.items_done);
    bar.set_message(message(view));
}

/// What is said comes before the bar: where there is little room the bar gives way.
fn style(view: &TaskView) -> ProgressStyle {
    let bar = match (view.fraction, terminal::error_width()) {
        (Some(_), 100..) => "[{bar:24}] ",
        (Some(_), 70..) => "[{bar:10}] ",
        (Some(_) | None, _) => "",
    };
    ProgressStyle::with_template(&format!("{{prefix}} {bar}{{wide_msg}}"))
        .expect("the template is valid")
        .progress_chars("=> ")
}

fn say(said: &mut BTreeMap<TaskNumber, Said>, view: &TaskView) {
    let state = state(view);
    let now = Instant::now();
    let changed = said.get(&view.number).is_none_or(|before| {
        before.state != state || (before.done != view.items_done && now - before.at >= PLAIN_PAUSE)
    });
    if changed {
        let _ = writeln!(
            std::io::stderr(),
            "{}: {}",
            label(view).trim_end(),
            message(view)
        );
        let done = view.items_done;
        said.insert(
            view.number,
            Said {
                state,
                at: now,
                done,
            },
        );
    }
}

fn label(view: &TaskView) -> String {
    let label = match &view.name {
        Some(name) => format!("{} {name}", view.number),
        None => format!("task {}", view.number),
    };
    format!("{:<LABEL$}", fit(&label, LABEL))
}

fn message(view: &TaskView) -> String {
    let mut parts = vec![human::done(view.items_done, view.items_total)];
    if view.fraction.is_some() {
        parts.push(human::percent(view.fraction));
    }
    if view.current_state == StateWord::Run {
        if view.rate.is_some() {
            parts.push(human::rate(view.rate));
        }
        if view.eta_seconds.is_some() {
            parts.push(format!("ETA {}", human::seconds(view.eta_seconds)));
        }
    }
    parts.push(state(view));
    if view.retries > 0 {
        parts.push(human::counted(view.retries, "retry", "retries"));
    }
    if view.batches_failed > 0 {
        parts.push(format!("{} failed", human::count(view.batches_failed)));
    }
    if let (Phase::Running, Some(what)) = (view.phase, &view.waiting_for) {
        parts.push(safe(&waits(what)).into_owned());
    }
    match (&view.error, &view.message) {
        (Some(error), _) if view.outcome.is_none() => parts.push(safe(error).into_owned()),
        (_, Some(message)) => parts.push(safe(message).into_owned()),
        (_, None) => {}
    }
    parts.join("  ")
}
