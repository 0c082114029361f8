//! The question before a dashboard that hosts a worker is quit, and what is waited for then.

use longhaul_common::id::WorkerNumber;
use longhaul_common::store::Haste;
use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::overlay;
use crate::dashboard::action::Action;
use crate::dashboard::model::{Hosting, Model};
use crate::dashboard::row::Row;
use crate::output::human;
use crate::output::paint::Tone;

/// So many tasks are named.
const NAMED: usize = 5;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let columns = usize::from(frame.area().width.saturating_sub(8)).min(66);
    let line = |text: &str, tone| Line::styled(theme.fit(text, columns), theme.tone(tone));
    let (title, worker) = match model.hosting {
        Hosting::Nothing | Hosting::Works(_) => return,
        Hosting::Asked(worker) => ("Quit, and end the worker in here?", worker),
        Hosting::Stops(worker, Haste::AtBoundary) => ("Quitting", worker),
        Hosting::Stops(worker, Haste::ByForce) => ("Quitting by force", worker),
    };
    let mut lines = vec![line(title, Tone::Strong), Line::default()];
    let tasks = held(model, worker);
    lines.push(line(&told(model, &tasks), Tone::Plain));
    for task in tasks.iter().take(NAMED) {
        lines.push(line(&format!("  {}", name(task)), Tone::Plain));
    }
    let more = tasks.len().saturating_sub(NAMED);
    if more > 0 {
        let more = human::count(more as u64);
        lines.push(line(&format!("  and {more} more"), Tone::Plain));
    }
    let by_force = matches!(model.hosting, Hosting::Stops(_, Haste::ByForce));
    if !by_force && let Some(when) = when(&tasks) {
        lines.push(line(&when, Tone::Plain));
    }
    lines.push(Line::default());
    lines.push(match model.hosting {
        Hosting::Asked(_) => Line::from(vec![
            Span::styled("y", theme.tone(Tone::Strong)),
            Span::raw(" quit  "),
            Span::styled("n", theme.tone(Tone::Strong)),
            Span::raw(" stay"),
        ]),
        _ if by_force => line("what is in flight is repeated elsewhere", Tone::Quiet),
        _ => {
            let key = model.keys.shown(Action::Quit);
            let text = format!("{key} kills the batches in flight; they are repeated elsewhere");
            line(&text, Tone::Quiet)
        }
    });
    overlay::draw(model, frame, columns, lines);
}

/// What the worker still has in its hands.
fn held(model: &Model, worker: WorkerNumber) -> Vec<&Row> {
    let mut tasks: Vec<_> = model
        .tasks
        .all()
        .filter(|row| row.worker == Some(worker))
        .collect();
    tasks.sort_by_key(|row| row.number);
    tasks
}

fn name(row: &Row) -> String {
    match &row.name {
        None => row.number.to_string(),
        Some(name) => format!("{} {name}", row.number),
    }
}

/// What becomes of them, and when.
fn told(model: &Model, tasks: &[&Row]) -> String {
    let count = tasks.len() as u64;
    let (one, many) = match model.hosting {
        Hosting::Stops(_, Haste::ByForce) => (
            "task is given back in the middle of its batch",
            "tasks are given back in the middle of their batches",
        ),
        Hosting::Stops(_, Haste::AtBoundary) => (
            "task is given back at its next batch boundary",
            "tasks are given back at their next batch boundaries",
        ),
        _ => (
            "task will be given back at its next batch boundary",
            "tasks will be given back at their next batch boundaries",
        ),
    };
    if count == 0 {
        return "no task runs in here".into();
    }
    human::counted(count, one, many)
}

/// When the last of them is at its boundary, if those before tell.
fn when(tasks: &[&Row]) -> Option<String> {
    if let Some(task) = tasks.iter().find(|row| row.batch_seconds.is_none()) {
        return Some(format!(
            "nobody can tell when: no batch of {} has ended yet",
            name(task)
        ));
    }
    let longest = tasks
        .iter()
        .filter_map(|row| row.batch_seconds)
        .reduce(f32::max)?;
    let seconds = human::seconds(Some(f64::from(longest)));
    Some(format!(
        "going by their last batches the last boundary is in about {seconds}"
    ))
}
