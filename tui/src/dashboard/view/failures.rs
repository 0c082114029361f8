//! The page of what failed of a task.

use std::borrow::Cow;

use longhaul_common::safe_text::width;
use longhaul_common::time::Timestamp;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::page::{
    Cursor, Part, Words, line, lines_and_below, nothing, put, rule, scroll_bar, style, task_name,
    time, title,
};
use super::panes::body;
use super::wrap::words;
use crate::dashboard::model::{FailuresPage, Model};
use crate::dashboard::reading::FailuresNews;
use crate::output::human::{count, counted};
use crate::output::paint::Tone;

/// A line of the page.
struct Failed<'a> {
    batch: String,
    items: String,
    attempts: String,
    at: Timestamp,
    error: Cow<'a, str>,
    tone: Tone,
}

/// The columns of numbers, before the time and the error.
const COLUMNS: [(&str, usize); 3] = [("BATCH", 9), ("ITEMS", 7), ("ATTEMPTS", 8)];

/// How many lines of failures are on the screen.
pub(crate) fn lines(model: &Model) -> usize {
    usize::from(parts(model).0.height)
}

/// The lines of failures without the title and the columns' titles, and those of the one under the
/// cursor.
fn parts(model: &Model) -> (Rect, Rect) {
    let body = body(model);
    lines_and_below(body, 2, body.height / 3)
}

pub(super) fn draw(model: &Model, page: &FailuresPage, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let buffer = frame.buffer_mut();
    let (area, below) = parts(model);
    let name = format!("what failed of {}", task_name(model, page.task));
    let top = Rect {
        height: 1,
        ..body(model)
    };
    title(theme, buffer, top, &name, &told(page));
    let Some(found) = page.found.as_ref().filter(|_| page.lines() > 0) else {
        let said = match (&page.trouble, &page.found) {
            (Some(why), _) => vec![
                ("what failed can't be read now", Tone::Bad),
                (why.as_str(), Tone::Plain),
            ],
            (None, Some(_)) => vec![("no batch has failed for good", Tone::Plain)],
            (None, None) => vec![("reading what failed", Tone::Quiet)],
        };
        nothing(theme, buffer, area, &said);
        return;
    };
    if let Some(line) = line(
        Rect {
            height: 1,
            y: area.y.saturating_sub(1),
            ..area
        },
        0,
    ) {
        let mut at = 2;
        for (title, wide) in COLUMNS {
            put(
                buffer,
                line,
                at + wide - title.len(),
                title,
                theme.tone(Tone::Quiet),
            );
            at += wide + 2;
        }
        put(buffer, line, at, "WHEN", theme.tone(Tone::Quiet));
        at += time(model, model.now).1 + 2;
        put(buffer, line, at, "ERROR", theme.tone(Tone::Quiet));
    }
    let failed = failed(found);
    let first = page.browse.first();
    for (at, one) in failed.iter().enumerate().skip(first) {
        if let Some(line) = line(area, at - first) {
            let cursor = Cursor::on(at == page.browse.cursor());
            draw_line(model, buffer, line, one, cursor);
        }
    }
    let part = Part {
        first,
        lines: page.browse.lines(),
        of: failed.len(),
    };
    scroll_bar(theme, buffer, area, part);
    if let (Some(one), Some(edge)) = (failed.get(page.browse.cursor()), line(below, 0)) {
        rule(theme, buffer, edge, Tone::Quiet);
        let columns = usize::from(below.width);
        let text = words(&theme.plain(&one.error), columns);
        for (at, text) in text.iter().enumerate() {
            if let Some(line) = line(below, 1 + at) {
                put(buffer, line, 0, text, theme.tone(one.tone));
            }
        }
    }
}

fn told(page: &FailuresPage) -> Words {
    let mut words = Vec::new();
    if let Some(found) = &page.found {
        if found.blocking.is_some() {
            words.push(("one blocks the task".to_owned(), Tone::Bad));
        }
        if found.total > 0 {
            let passed = counted(found.total, "batch passed over", "batches passed over");
            words.push((passed, Tone::Plain));
        }
        if found.again > 0 {
            let waits = counted(found.again, "waits", "wait");
            words.push((format!("{waits} to be tried again"), Tone::Attention));
        }
        let shown = found.failures.len() as u64;
        if shown < found.total + found.again {
            words.push((format!("the first {}", count(shown)), Tone::Quiet));
        }
        if page.trouble.is_some() {
            words.push(("can't be read now".into(), Tone::Bad));
        }
    }
    words
}

fn failed(found: &FailuresNews) -> Vec<Failed<'_>> {
    let blocking = found.blocking.iter().map(|batch| Failed {
        batch: batch.batch.to_string(),
        items: count(batch.items),
        attempts: count(batch.attempts.into()),
        at: batch.at,
        error: Cow::from(&batch.error),
        tone: Tone::Bad,
    });
    let passed_over = found.failures.iter().map(|failure| Failed {
        batch: failure.batch.to_string(),
        items: count(failure.items),
        attempts: count(failure.attempts.into()),
        at: failure.at,
        error: if failure.waits() {
            format!("waits to be tried again; {}", failure.error).into()
        } else {
            Cow::from(&failure.error)
        },
        tone: if failure.waits() {
            Tone::Attention
        } else {
            Tone::Plain
        },
    });
    blocking.chain(passed_over).collect()
}

fn draw_line(model: &Model, buffer: &mut Buffer, line: Rect, one: &Failed<'_>, cursor: Cursor) {
    let theme = model.options.theme;
    if cursor == Cursor::Here {
        buffer.set_style(line, theme.selected());
    }
    let quiet = style(theme, cursor, Tone::Plain);
    let loud = style(theme, cursor, one.tone);
    if one.tone == Tone::Bad {
        put(buffer, line, 0, theme.signs().attention, loud);
    }
    let mut at = 2;
    for (text, (_, wide)) in [&one.batch, &one.items, &one.attempts]
        .into_iter()
        .zip(COLUMNS)
    {
        let blank = wide.saturating_sub(width(text));
        put(buffer, line, at + blank, text, quiet);
        at += wide + 2;
    }
    let (when, columns) = time(model, one.at);
    put(buffer, line, at, &when, quiet);
    at += columns + 2;
    let room = usize::from(line.width).saturating_sub(at + 2);
    put(buffer, line, at, &theme.fit(&one.error, room), loud);
}
