//! The page of events.

use longhaul_common::event::Event;
use longhaul_common::safe_text::width;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::page::{
    Cursor, Part, Words, line, lines_and_below, nothing, put, rule, scroll_bar, style, task_name,
    time, title,
};
use super::panes::body;
use super::wrap::words;
use crate::dashboard::model::{EventsPage, Model, Older};
use crate::output::event::tone;
use crate::output::human;
use crate::output::paint::Tone;

/// The columns of a task.
const WHO: usize = 22;

/// Lines at the bottom in which the event under the cursor stands in full.
const WHOLE: u16 = 3;

/// From so many lines on there is room for them.
const TALL: u16 = 12;

/// How many lines of events are on the screen.
pub(crate) fn lines(model: &Model) -> usize {
    usize::from(parts(model).0.height)
}

/// The lines of events, and those of the one under the cursor.
fn parts(model: &Model) -> (Rect, Rect) {
    let body = body(model);
    let whole = if body.height >= TALL { WHOLE } else { 0 };
    lines_and_below(body, 1, whole)
}

pub(super) fn draw(model: &Model, page: &EventsPage, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let buffer = frame.buffer_mut();
    let (area, below) = parts(model);
    let name = match page.task {
        None => "events of all tasks".to_owned(),
        Some(task) => format!("events of {}", task_name(model, task)),
    };
    let top = Rect {
        height: 1,
        ..body(model)
    };
    title(theme, buffer, top, &name, &told(model, page));
    if page.events.is_empty() {
        let said = match (&page.trouble, page.loaded) {
            (Some(why), _) => vec![
                ("the events can't be read now", Tone::Bad),
                (why.as_str(), Tone::Plain),
            ],
            (None, true) => vec![("nothing has happened yet", Tone::Plain)],
            (None, false) => vec![("reading the events", Tone::Quiet)],
        };
        nothing(theme, buffer, area, &said);
    }
    let first = page.browse.first();
    let shown = page.events.iter().enumerate().skip(first);
    for ((number, event), at) in shown.zip(0..usize::from(area.height)) {
        if let Some(line) = line(area, at) {
            let cursor = Cursor::on(number == page.browse.cursor());
            draw_event(model, page, buffer, line, event, cursor);
        }
    }
    let part = Part {
        first,
        lines: page.browse.lines(),
        of: page.events.len(),
    };
    scroll_bar(theme, buffer, area, part);
    if let (Some(event), Some(edge)) = (page.selected(), line(below, 0)) {
        rule(theme, buffer, edge, Tone::Quiet);
        let columns = usize::from(below.width);
        let sentence = words(&theme.plain(&event.sentence()), columns);
        for (at, text) in sentence.iter().enumerate() {
            if let Some(line) = line(below, 1 + at) {
                put(buffer, line, 0, text, theme.tone(tone(event)));
            }
        }
    }
}

fn told(model: &Model, page: &EventsPage) -> Words {
    let signs = model.options.theme.signs();
    let mut words = Vec::new();
    match page.missed {
        None => words.push(("follows".to_owned(), Tone::Good)),
        Some(0) => words.push(("stands still".to_owned(), Tone::Attention)),
        Some(missed) => words.push((
            format!("{} {} new", signs.descending, human::count(missed as u64)),
            Tone::Attention,
        )),
    }
    if page.older == Older::TooMany && page.browse.first() == 0 {
        words.push(("older ones: longhaul events".to_owned(), Tone::Quiet));
    }
    if page.trouble.is_some() && !page.events.is_empty() {
        words.push(("older ones can't be read now".into(), Tone::Bad));
    }
    words
}

fn draw_event(
    model: &Model,
    page: &EventsPage,
    buffer: &mut Buffer,
    line: Rect,
    event: &Event,
    cursor: Cursor,
) {
    let theme = model.options.theme;
    if cursor == Cursor::Here {
        buffer.set_style(line, theme.selected());
    }
    let (time, columns) = time(model, event.at);
    put(buffer, line, 0, &time, style(theme, cursor, Tone::Quiet));
    let mut at = columns + 2;
    if page.task.is_none() {
        let who = event
            .task
            .map_or_else(|| "-".to_owned(), |task| task_name(model, task));
        let who = theme.fit(&who, WHO - 2);
        put(buffer, line, at, &who, style(theme, cursor, Tone::Plain));
        at += WHO;
    }
    // The last column is the scroll bar's.
    let room = usize::from(line.width).saturating_sub(at + 2);
    let sentence = theme.fit(&event.sentence(), room);
    debug_assert!(width(&sentence) <= room);
    put(
        buffer,
        line,
        at,
        &sentence,
        style(theme, cursor, tone(event)),
    );
}
