//! The keys, as they are bound.

use longhaul_common::safe_text::width;
use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::overlay;
use crate::dashboard::action::{Action, Section};
use crate::dashboard::model::Model;
use crate::output::paint::Tone;

/// What a filter is made of.
const GRAMMAR: [(&str, &str); 10] = [
    ("word", "in number, id, name or kind"),
    ("~word", "loosely in name or kind"),
    ("!word", "not this"),
    ("state:", "state, phase or how it ended; with commas: or"),
    ("desired:", "what is wanted"),
    ("kind:", "also group: by: worker: pid:"),
    ("since:", "2h, 10:30 or 2026-11-01: there since then"),
    ("failed", "ended as failed, or passed over batches"),
    ("by:policy", "suspended by an error: that is not failed"),
    ("\"a b\"", "words in quotes are one, and text"),
];

/// What does not tell itself in the columns.
const MEASURED: [(&str, &str); 2] = [
    (
        "CPU",
        "of one core, by all processes of the batch that runs",
    ),
    ("MEM", "theirs; what they share counts for each"),
];

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

/// How help is laid out on this screen.
struct Shape {
    side_by_side: usize,
    /// The columns of all, and of each side.
    columns: usize,
    each: usize,
    /// The lines that fit, and that there are.
    fits: usize,
    height: usize,
}

fn shape(model: &Model, entries: usize) -> Shape {
    let room = usize::from(model.size.columns.saturating_sub(4));
    let fits = usize::from(model.size.rows.saturating_sub(2));
    let side_by_side = if room > 2 * COLUMN { 2 } else { 1 };
    let columns = room.min(side_by_side * COLUMN);
    Shape {
        side_by_side,
        columns,
        each: columns / side_by_side,
        fits,
        height: entries.div_ceil(side_by_side),
    }
}

/// How many lines can't be seen at once; the last line says so then.
pub(crate) fn hidden(model: &Model) -> usize {
    let Shape { fits, height, .. } = shape(model, entries(model).len());
    height.saturating_sub(fits)
}

/// Draws the keys from the line `first` on, where not all fit.
pub(super) fn draw(model: &Model, first: usize, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let entries = entries(model);
    let Shape {
        side_by_side,
        columns,
        each,
        fits,
        height,
    } = shape(model, entries.len());
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
    entries.push(Entry::Gap);
    entries.push(Entry::Title("Words of a filter; all of them must hold"));
    for (word, help) in GRAMMAR {
        entries.push(Entry::Key(word.to_owned(), help));
    }
    entries.push(Entry::Gap);
    entries.push(Entry::Title(
        "Measured every 2 s, while it is on the screen",
    ));
    for (column, help) in MEASURED {
        entries.push(Entry::Key(column.to_owned(), help));
    }
    entries
}
