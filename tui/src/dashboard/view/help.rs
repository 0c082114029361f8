//! The keys, as they are bound.

use longhaul_common::safe_text::width;
use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::overlay;
use crate::dashboard::action::{Action, Section};
use crate::dashboard::model::Model;
use crate::output::paint::Tone;

/// A line of help.
enum Entry {
    Title(&'static str),
    Key(String, &'static str),
    Gap,
}

/// The columns of the keys.
const KEYS: usize = 10;

/// The columns of one column of help.
const COLUMN: usize = 56;

/// Draws the keys from the line `first` on, where not all fit.
pub(super) fn draw(model: &Model, first: usize, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let room = usize::from(frame.area().width.saturating_sub(4));
    let fits = usize::from(frame.area().height.saturating_sub(2));
    let entries = entries(model);
    let side_by_side = if room > 2 * COLUMN { 2 } else { 1 };
    let columns = room.min(side_by_side * COLUMN);
    let each = columns / side_by_side;
    let height = entries.len().div_ceil(side_by_side);
    let first = first.min(height.saturating_sub(fits));
    let spans = |entry: &Entry| match entry {
        Entry::Title(title) => vec![Span::styled(
            theme.fit(title, each),
            theme.tone(Tone::Strong),
        )],
        Entry::Key(keys, help) => vec![
            Span::styled(
                padded(&theme.fit(keys, KEYS), KEYS + 1),
                theme.tone(Tone::Strong),
            ),
            Span::raw(padded(&theme.fit(help, each - KEYS - 1), each - KEYS - 1)),
        ],
        Entry::Gap => vec![Span::raw("")],
    };
    let mut lines = Vec::new();
    for row in first..height {
        let mut line = Vec::new();
        for column in 0..side_by_side {
            if let Some(entry) = entries.get(column * height + row) {
                let mut part = spans(entry);
                if column + 1 < side_by_side {
                    let taken: usize = part.iter().map(|span| width(&span.content)).sum();
                    part.push(Span::raw(" ".repeat(each.saturating_sub(taken))));
                }
                line.extend(part);
            }
        }
        lines.push(Line::from(line));
    }
    if first + fits < height {
        lines.truncate(fits);
        lines.pop();
        let more = format!("more with {}", model.keys.shown(Action::Down));
        lines.push(Line::styled(more, theme.tone(Tone::Quiet)));
    }
    overlay::draw(model, frame, columns, lines);
}

fn padded(text: &str, columns: usize) -> String {
    let blank = columns.saturating_sub(width(text));
    format!("{text}{:blank$}", "")
}

fn entries(model: &Model) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (section, title) in [
        (
            Section::Asking,
            "On the marked tasks, else on the one under the cursor",
        ),
        (Section::Moving, "Moving"),
        (Section::List, "The list"),
        (Section::Looking, "Looking"),
        (Section::General, "Everywhere"),
    ] {
        if !entries.is_empty() {
            entries.push(Entry::Gap);
        }
        entries.push(Entry::Title(title));
        for action in Action::ALL {
            if action.section() == section {
                let keys: Vec<String> = model
                    .keys
                    .chords(*action)
                    .map(|chord| chord.to_string())
                    .collect();
                entries.push(Entry::Key(keys.join(" "), action.help()));
            }
        }
    }
    entries
}
