//! What a row says under each column.

use jiff::tz::TimeZone;
use longhaul_common::phase::{Phase, Prospect};
use longhaul_common::safe_text::width;
use longhaul_common::state::StateWord;
use longhaul_common::usage::Used;

use super::layout::Column;
use crate::dashboard::model::Model;
use crate::dashboard::row::Row;
use crate::output::human;
use crate::output::paint::Tone;
use crate::output::state::{is_pending, remark, state, tone};

/// A text that is safe and fits, and how it is said.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) tone: Tone,
}

/// Room for the percent behind a bar.
const PERCENT: usize = 5;

/// The fewest columns of a bar.
const BAR: usize = 5;

/// The sign before a row.
pub(super) fn margin(model: &Model, row: &Row) -> (&'static str, Tone) {
    let signs = model.options.theme.signs();
    if model.marks.contains(&row.number) {
        (signs.mark, Tone::Strong)
    } else if row.is_stuck() {
        (signs.attention, Tone::Bad)
    } else if model.needs_attention(row) {
        (signs.attention, Tone::Attention)
    } else {
        (" ", Tone::Plain)
    }
}

/// What stands under a column; None if the row has nothing to say there.
pub(super) fn cell(model: &Model, row: &Row, column: Column, columns: usize) -> Option<Cell> {
    let theme = model.options.theme;
    let runs = row.runs();
    let plain = |text: String| Cell {
        text,
        tone: Tone::Plain,
    };
    let fitted = |text: &str, tone| Cell {
        text: theme.fit(text, columns),
        tone,
    };
    match column {
        Column::Number => Some(plain(row.number.to_string())),
        Column::Name => row.name.as_deref().map(|name| fitted(name, Tone::Plain)),
        Column::Kind => Some(fitted(&row.kind, Tone::Plain)),
        Column::State => Some(fitted(&state_in(row, columns), tone(row))),
        Column::Done => done(model, row, columns),
        Column::Items => (row.started || row.items_total.is_some()).then(|| {
            let done = standing(row);
            plain(fitting(
                human::done(done, row.items_total),
                human::count(done),
                columns,
            ))
        }),
        Column::Rate => {
            let rate = f64::from(row.rate.filter(|_| runs)?);
            Some(plain(fitting(
                human::rate(Some(rate)),
                human::compact_rate(rate),
                columns,
            )))
        }
        Column::Eta => {
            let eta = row.eta_by(model.now).filter(|_| runs)?;
            Some(plain(human::seconds(Some(eta))))
        }
        Column::Cpu => used(model, row).and_then(|used| Some(plain(human::cores(used.cores?)))),
        Column::Memory => used(model, row).map(|used| plain(human::memory(used.memory))),
        Column::Running => row
            .started
            .then(|| plain(human::seconds(Some(row.running_by(model.now))))),
        Column::Retries => (row.retries > 0).then(|| plain(human::count(row.retries.into()))),
        Column::Failed => (row.batches_failed > 0).then(|| Cell {
            text: human::count(row.batches_failed.into()),
            tone: Tone::Bad,
        }),
        Column::Worker => row.worker_words().map(|words| {
            if row.worker_alive {
                plain(words)
            } else {
                fitted(&words, Tone::Attention)
            }
        }),
        Column::Note => note(model, row).map(|(text, tone)| fitted(&text, tone)),
    }
}

/// What the processes of its batch use.
fn used(model: &Model, row: &Row) -> Option<Used> {
    let runs = row.runs_commands();
    runs.then(|| model.meters.task(row.number, model.now))?
}

/// The state in words; where there is no room for all of them, those that say the most.
fn state_in(row: &Row, columns: usize) -> String {
    let full = state(row);
    if width(&full) <= columns {
        return full;
    }
    match (row.current, row.outcome, row.phase) {
        (StateWord::Terminate, Some(outcome), _) => outcome.to_string(),
        (_, _, Phase::RollingBack | Phase::RollbackFailed) => row.phase.to_string(),
        (_, _, Phase::Orphaned | Phase::BackingOff) => format!("{} {}", row.current, row.phase),
        _ if is_pending(row) => format!("{} → {}", row.current, row.desired),
        _ => full,
    }
}

fn done(model: &Model, row: &Row, columns: usize) -> Option<Cell> {
    let fraction = row.fraction?;
    let percent = human::percent(Some(fraction));
    let tone = if row.current == StateWord::Terminate {
        Tone::Quiet
    } else {
        Tone::Plain
    };
    let bar = columns.saturating_sub(PERCENT);
    let text = if bar < BAR {
        percent
    } else {
        format!("{} {percent:>4}", model.options.theme.bar(fraction, bar))
    };
    Some(Cell { text, tone })
}

/// The items that are done, and not undone by now.
fn standing(row: &Row) -> u64 {
    let undone = row.rollback.as_ref().map_or(0, |undone| undone.items_done);
    row.items_done.saturating_sub(undone)
}

/// The longer text if it fits.
fn fitting(long: String, short: String, columns: usize) -> String {
    if width(&long) <= columns { long } else { short }
}

fn note(model: &Model, row: &Row) -> Option<(String, Tone)> {
    if model.tasks.is_ghost(row) {
        return Some(("no longer matches the filter".into(), Tone::Quiet));
    }
    let tone = match row.phase {
        _ if row.is_stuck() => Tone::Bad,
        Phase::Ended => Tone::Quiet,
        _ => Tone::Plain,
    };
    // Workers come and go without a word to the tasks that wait.
    if let Some(full) = full_group(model, row) {
        return Some((format!("waits for {full}"), Tone::Plain));
    }
    let waits = matches!(row.phase, Phase::Queued | Phase::Orphaned);
    if waits || (row.phase == Phase::Blocked && !row.gated) {
        let wanted = row.wanted();
        let prospect = model.prospect(&wanted);
        let tone = match (row.phase, prospect) {
            (Phase::Queued, Prospect::Worker) => Tone::Quiet,
            _ => Tone::Attention,
        };
        let awaited = prospect.awaited(&wanted.kind);
        let text = match row.worker {
            Some(worker) => format!("worker {worker} died; waits for {awaited}"),
            None => format!("waits for {awaited}"),
        };
        return Some((text, tone));
    }
    if let Some(worker) = model.halted(row.worker) {
        let text = format!("worker {} {}", worker.row.number, worker.halt().0);
        return Some((text, Tone::Bad));
    }
    let text = if row.is_stuck() && row.phase != Phase::RollbackFailed {
        row.error.as_deref().map(str::to_owned)
    } else {
        remark(row, &model.clock())
    };
    text.map(|text| (text, tone))
}

/// The group that keeps a task from being claimed, in words. Others come and go in it without a word to the
/// tasks that wait.
fn full_group(model: &Model, row: &Row) -> Option<String> {
    let waits = matches!(row.phase, Phase::Queued | Phase::Blocked) && !row.gated;
    let gate = model.gates.of_group(row.group.as_deref()?)?;
    // It tells of no time.
    waits.then(|| gate.waiting_for(model.clock().now(), &TimeZone::UTC))
}
