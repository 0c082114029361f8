//! Follows tasks while they run: bars on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write as _};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::safe_text::{fit, safe};
use longhaul_common::state::StateWord;
use longhaul_common::view::TaskView;

/// Between two plain lines that tell of nothing but progress.
const PLAIN_PAUSE: Duration = Duration::from_secs(5);
/// Columns of a task's label.
const LABEL: usize = 16;

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
                screen: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(8)),
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
                let bar = bars
                    .entry(view.number)
                    .or_insert_with(|| screen.add(ProgressBar::no_length()));
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
            *self = Self::Lines(BTreeMap::new());
        }
    }
}

fn draw(bar: &ProgressBar, view: &TaskView) {
    let template = match view.items_total {
        Some(_) => "{prefix} [{bar:24}] {wide_msg}",
        None => "{prefix} {wide_msg}",
    };
    let style = ProgressStyle::with_template(template)
        .expect("the template is fixed and valid")
        .progress_chars("=> ");
    bar.set_style(style);
    match view.items_total {
        Some(total) => bar.set_length(total),
        None => bar.unset_length(),
    }
    bar.set_prefix(label(view));
    bar.set_message(message(view));
    bar.set_position(view.items_done);
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

/// The state, with what is asked for and what it is at.
fn state(view: &TaskView) -> String {
    let mut text = view.current_state.to_string();
    let pending = view.desired_state.goal() != view.current_state
        && view.desired_state.goal() != StateWord::Run;
    if let Some(outcome) = view.outcome {
        text = format!("{text} ({outcome})");
    } else if pending {
        text = format!("{text} → {}", view.desired_state);
    } else if matches!(view.phase, Phase::BackingOff | Phase::CleaningUp) {
        text = format!("{text}, {}", view.phase);
    }
    text
}

fn message(view: &TaskView) -> String {
    let mut parts = vec![match view.items_total {
        Some(total) => format!("{}/{}", HumanCount(view.items_done), HumanCount(total)),
        None => HumanCount(view.items_done).to_string(),
    }];
    if let Some(fraction) = view.fraction {
        parts.push(format!("{:.0}%", (fraction * 100.0).floor()));
    }
    if view.current_state == StateWord::Run {
        if let Some(rate) = view.rate {
            parts.push(format!("{rate:.1}/s"));
        }
        if let Some(eta) = view.eta_seconds {
            let eta = Duration::try_from_secs_f64(eta.round()).unwrap_or_default();
            parts.push(format!("ETA {}", humantime::format_duration(eta)));
        }
    }
    parts.push(state(view));
    if view.retries > 0 {
        parts.push(format!("{} retries", view.retries));
    }
    if view.batches_failed > 0 {
        parts.push(format!("{} failed", view.batches_failed));
    }
    match (&view.error, &view.message) {
        (Some(error), _) if view.outcome.is_none() => parts.push(safe(error).into_owned()),
        (_, Some(message)) => parts.push(safe(message).into_owned()),
        (_, None) => {}
    }
    parts.join("  ")
}
