//! The pane that tells all of the task under the cursor.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::page::{Part, line, put, rule, scroll_bar, task_name};
use super::panes::{Edge, panes};
use super::wrap::lay_out;
use crate::dashboard::model::{Focus, Model};
use crate::output::paint::Tone;
use crate::sheet::{Beside, sheet};

/// Columns of the edge to the list, and of the scroll bar with its blank.
const EDGE: u16 = 2;
const END: u16 = 2;

/// How many lines of it are on the screen.
pub(crate) fn rows(model: &Model) -> usize {
    usize::from(inner(model).height)
}

/// Whether keys that scroll are for it: it was given them, or nothing else is there to have them.
pub(crate) fn has_keys(model: &Model) -> bool {
    let focused = |focus| focus == Focus::Detail;
    let panes = panes(model);
    model.pages.top().is_none()
        && model
            .pages
            .detail
            .as_ref()
            .is_some_and(|detail| focused(detail.focus) || panes.list.height == 0)
}

/// How many lines it has in all.
pub(crate) fn height(model: &Model) -> usize {
    lines(model, usize::from(inner(model).width)).len()
}

/// The area that its lines are in.
fn inner(model: &Model) -> Rect {
    let panes = panes(model);
    let area = panes.detail;
    match panes.edge {
        Edge::Left => Rect {
            x: area.x + EDGE,
            width: area.width.saturating_sub(EDGE + END),
            ..area
        },
        Edge::Top => Rect {
            y: area.y + 1,
            width: area.width.saturating_sub(END),
            height: area.height.saturating_sub(1),
            ..area
        },
        Edge::None => Rect {
            width: area.width.saturating_sub(END),
            ..area
        },
    }
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let Some(detail) = &model.pages.detail else {
        return;
    };
    let theme = model.options.theme;
    let buffer = frame.buffer_mut();
    let outer = panes(model);
    let area = inner(model);
    edge(model, buffer, outer.detail, outer.edge);
    let lines = lines(model, usize::from(area.width));
    let rows = usize::from(area.height);
    let of = lines.len();
    let first = detail.scroll.min(of.saturating_sub(rows));
    for (at, text) in lines.into_iter().skip(first).take(rows).enumerate() {
        if let Some(place) = line(area, at) {
            text.render(place, buffer);
        }
    }
    let bar = Rect {
        width: area.width + END,
        ..area
    };
    let part = Part {
        first,
        lines: rows,
        of,
    };
    scroll_bar(theme, buffer, bar, part);
}

/// The line to the list; strong while the detail has the keys.
fn edge(model: &Model, buffer: &mut Buffer, area: Rect, edge: Edge) {
    let theme = model.options.theme;
    let tone = if has_keys(model) {
        Tone::Strong
    } else {
        Tone::Quiet
    };
    match edge {
        Edge::Left => {
            for at in 0..usize::from(area.height) {
                if let Some(place) = line(area, at) {
                    put(buffer, place, 0, theme.signs().vertical, theme.tone(tone));
                }
            }
        }
        Edge::Top => rule(theme, buffer, Rect { height: 1, ..area }, tone),
        Edge::None => {}
    }
}

fn lines(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = model.options.theme;
    let (Some(detail), Some(row)) = (&model.pages.detail, model.tasks.selected()) else {
        return Vec::new();
    };
    let known = detail
        .known
        .as_ref()
        .filter(|known| known.view.number == row.number);
    let trouble = detail
        .trouble
        .as_ref()
        .filter(|(task, _)| *task == row.number);
    let mut lines = Vec::new();
    if let Some((_, why)) = trouble {
        let why = format!("can't be read now: {why}");
        lines.push(Line::styled(
            theme.fit(&why, columns),
            theme.tone(Tone::Bad),
        ));
    }
    let Some(known) = known else {
        // What was told of another task is not to be taken for this one's.
        let name = theme.fit(&task_name(model, row.number), columns);
        lines.push(Line::styled(name, theme.tone(Tone::Strong)));
        if trouble.is_none() {
            lines.push(Line::styled("reading", theme.tone(Tone::Quiet)));
        }
        return lines;
    };
    let halted = model.workers.iter().filter(|worker| worker.is_halted());
    let beside = Beside {
        halted: halted
            .map(|worker| (worker.row.number, worker.condition))
            .collect(),
        rates: model.rates.of(row.number, model.now),
        used: model
            .meters
            .task(row.number, model.now)
            .filter(|_| row.runs_commands()),
    };
    let sheet = sheet(known, &beside, &model.clock());
    for line in sheet.lines() {
        lines.extend(lay_out(line, columns, theme));
    }
    lines
}
