//! The kinds of tasks, of which one is chosen to be submitted.

use longhaul_common::kind::Kind;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::browsed;
use super::page::{Words, line, lines_and_below, nothing, put, rule, title};
use super::panes::body;
use super::wrap::words;
use crate::dashboard::model::{Browse, Model, Submitting};
use crate::output::human;
use crate::output::paint::Tone;
use crate::output::table::{Cell, Column, Table};
use crate::verbs::kinds::in_short;

const COLUMNS: [Column; 4] = [
    Column::left("KIND", 4),
    Column::right("WORKERS", 3),
    Column::left("PARAMETERS", 2).cut_to(16),
    Column::left("WHAT IT DOES", 1).cut_to(16),
];

/// How many kinds are on the screen.
pub(crate) fn lines(model: &Model) -> usize {
    usize::from(parts(model).0.height)
}

/// The lines of kinds without the title and the columns' titles, and those of the one under the cursor.
fn parts(model: &Model) -> (Rect, Rect) {
    let body = body(model);
    lines_and_below(body, 2, body.height / 3)
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let buffer = frame.buffer_mut();
    let (area, below) = parts(model);
    let kinds = model.kinds.known().unwrap_or_default();
    let top = Rect {
        height: 1,
        ..body(model)
    };
    title(
        theme,
        buffer,
        top,
        "submit a task of which kind?",
        &told(model, kinds),
    );
    let browse = match &model.submitting {
        Some(Submitting::Choosing(browse)) if !kinds.is_empty() => *browse,
        _ => {
            let said: Vec<(&str, Tone)> = match (&model.kinds.trouble, model.kinds.known()) {
                (Some(why), _) => vec![
                    ("kinds can't be read now", Tone::Bad),
                    (why.as_str(), Tone::Plain),
                ],
                (None, Some([])) => vec![
                    ("no worker has published a kind here", Tone::Plain),
                    ("commands are submitted with: longhaul submit", Tone::Quiet),
                ],
                (None, _) => vec![("reading which kinds there are", Tone::Quiet)],
            };
            nothing(theme, buffer, area, &said);
            return;
        }
    };
    let mut table = Table::new(COLUMNS);
    for kind in kinds {
        table.push(cells(model, kind));
    }
    browsed::draw(theme, buffer, area, &browse, &table, kinds.len());
    draw_whole(model, &browse, frame, below);
}

/// All of the kind under the cursor.
fn draw_whole(model: &Model, browse: &Browse, frame: &mut Frame<'_>, below: Rect) {
    let theme = model.options.theme;
    let buffer = frame.buffer_mut();
    let kind = model
        .kinds
        .known()
        .and_then(|kinds| kinds.get(browse.cursor()));
    let (Some(kind), Some(edge)) = (kind, line(below, 0)) else {
        return;
    };
    rule(theme, buffer, edge, Tone::Quiet);
    let columns = usize::from(below.width);
    let (performed, tone) = performed(model, kind);
    let mut at = 1;
    for (text, tone) in [(performed.as_str(), tone), (kind.doc.as_str(), Tone::Plain)] {
        for paragraph in text.lines() {
            for text in words(&theme.plain(paragraph), columns) {
                if let Some(line) = line(below, at) {
                    put(buffer, line, 0, &text, theme.tone(tone));
                }
                at += 1;
            }
        }
    }
}

/// Who performs a kind.
pub(super) fn performed(model: &Model, kind: &Kind) -> (String, Tone) {
    let workers: Vec<String> = model
        .performers(&kind.name)
        .map(|worker| worker.to_string())
        .collect();
    match workers.as_slice() {
        [] => (
            "no worker that performs it is alive".to_owned(),
            Tone::Attention,
        ),
        [one] => (format!("performed by worker {one}"), Tone::Plain),
        several => (
            format!("performed by workers {}", several.join(", ")),
            Tone::Plain,
        ),
    }
}

fn told(model: &Model, kinds: &[Kind]) -> Words {
    let mut words = Vec::new();
    if model.kinds.known().is_some() {
        let kinds = human::counted(kinds.len() as u64, "kind", "kinds");
        words.push((kinds, Tone::Plain));
        if model.kinds.trouble.is_some() {
            words.push(("can't be read now".into(), Tone::Bad));
        }
    }
    words
}

fn cells(model: &Model, kind: &Kind) -> [Cell; 4] {
    let workers = model.performers(&kind.name).count();
    let parameters: Vec<String> = kind.parameters().iter().map(in_short).collect();
    [
        Cell::new(&kind.name),
        if workers == 0 {
            Cell::toned("none", Tone::Attention)
        } else {
            Cell::new(workers.to_string())
        },
        Cell::new(parameters.join(" ")),
        Cell::new(kind.doc.lines().next().unwrap_or_default()),
    ]
}

#[cfg(test)]
mod tests;
