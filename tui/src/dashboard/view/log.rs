//! The page of a task's log.

use longhaul_common::safe_text::{safe, safe_output, width};
use longhaul_common::task_log::{Stream, parse_line};
use longhaul_common::time::Timestamp;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::page::{Words, line, nothing, put, task_name, title};
use super::panes::body;
use super::wrap::{chop, shifted};
use crate::dashboard::model::{
    Count, Ends, Entry, Found, Head, LogPage, Look, Model, Of, Page, Place, Way, matches_in,
};
use crate::dashboard::theme::Theme;
use crate::output::clock::Clock;
use crate::output::human;
use crate::output::log::tone;
use crate::output::paint::Tone;

/// From so many columns on there is room for whole dates.
const WIDE: u16 = 110;

/// What the lines of a log are drawn on.
pub(crate) struct Ground {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    look: Look,
    theme: Theme,
}

/// What stands before a line's text when a log is opened.
pub(crate) fn head(model: &Model) -> Head {
    if model.size.columns >= WIDE {
        Head::Full
    } else {
        Head::Short
    }
}

/// How many rows a log has.
pub(crate) fn rows(model: &Model) -> usize {
    usize::from(body(model).height.saturating_sub(1))
}

/// What the log that is seen is drawn on.
pub(crate) fn ground(model: &Model) -> Option<Ground> {
    match model.pages.top() {
        Some(Page::Log(log)) => Some(ground_of(model, log)),
        Some(Page::Events(_) | Page::Workers(_) | Page::Failures(_)) | None => None,
    }
}

fn ground_of(model: &Model, log: &LogPage) -> Ground {
    Ground {
        columns: usize::from(model.size.columns),
        rows: rows(model),
        look: log.look,
        theme: model.options.theme,
    }
}

impl Ground {
    /// How many rows a line takes.
    pub(crate) fn height(&self, entry: &Entry) -> usize {
        match (self.look.ends, entry) {
            (Ends::Cut, _) | (_, Entry::Gap { .. } | Entry::Restart) => 1,
            (Ends::Wrapped, Entry::Line(bytes)) => {
                let parsed = parse_line(bytes.as_ref());
                let text = self.theme.plain(&safe_output(parsed.text));
                chop(&text, self.text_columns(parsed.source)).len()
            }
        }
    }

    /// The columns that are left for a text.
    fn text_columns(&self, source: &str) -> usize {
        let head = self.head_columns(source);
        self.columns.saturating_sub(head).max(1)
    }

    fn head_columns(&self, source: &str) -> usize {
        const STREAM: usize = 4;
        let source = width(&safe(source)).max(4) + 1;
        match self.look.head {
            Head::Full => 21 + source + STREAM,
            Head::Short => 10 + source + STREAM,
            Head::Stream => STREAM,
        }
    }
}

pub(super) fn draw(model: &Model, log: &LogPage, frame: &mut Frame<'_>, footer: Rect) {
    let theme = model.options.theme;
    let area = body(model);
    let ground = ground_of(model, log);
    let height = |entry: &Entry| ground.height(entry);
    let buffer = frame.buffer_mut();
    let name = format!("log of {}", task_name(model, log.task));
    title(
        theme,
        buffer,
        Rect { height: 1, ..area },
        &name,
        &told(model, log),
    );
    let lines = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    if log.numbers().is_empty() {
        nothing(theme, buffer, lines, &empty(log));
    }
    let top = log.top(ground.rows, height);
    let clock = model.clock();
    let (mut number, mut skip, mut at) = (top.line, top.row, 0);
    while at < ground.rows
        && let Some(entry) = log.get(number)
    {
        at = draw_entry(
            &ground,
            log,
            buffer,
            lines,
            (number, entry),
            &clock,
            (at, skip),
        );
        skip = 0;
        number += 1;
    }
    if let Some(typed) = log.typing() {
        let columns = usize::from(footer.width);
        buffer.set_style(footer, Style::reset());
        let text = format!("/{}", theme.plain(typed.text()));
        put(buffer, footer, 0, &" ".repeat(columns), Style::reset());
        put(buffer, footer, 0, &text, Style::new());
        let cursor = 1 + width(&theme.plain(typed.before()));
        let cursor = u16::try_from(cursor).unwrap_or(0).min(footer.width);
        frame.set_cursor_position(Position::new(footer.x + cursor, footer.y));
    }
}

fn empty(log: &LogPage) -> Vec<(&str, Tone)> {
    match (&log.trouble, log.loaded) {
        (Some(why), _) => vec![("the log can't be read now", Tone::Bad), (why, Tone::Plain)],
        (None, true) => vec![("the task has written nothing yet", Tone::Plain)],
        (None, false) => vec![("reading the log", Tone::Quiet)],
    }
}

/// What is to be said of it, what matters most first.
fn told(model: &Model, log: &LogPage) -> Words {
    let signs = model.options.theme.signs();
    let mut words = Vec::new();
    match log.place {
        Place::End => words.push(("follows".to_owned(), Tone::Good)),
        Place::At(_) if log.missed > 0 => words.push((
            format!("{} {} new", signs.descending, human::count(log.missed)),
            Tone::Attention,
        )),
        Place::At(_) => words.push(("stands still".to_owned(), Tone::Attention)),
    }
    if !log.find.text.is_empty() {
        let text = model.options.theme.fit(&format!("/{}", log.find.text), 24);
        words.push(match log.find.found {
            Found::Fine => (text, Tone::Strong),
            Found::Nothing(Way::Up) => (format!("{text}: none above"), Tone::Bad),
            Found::Nothing(Way::Down) => (format!("{text}: none below"), Tone::Bad),
        });
        words.extend(log.count().and_then(counted));
    }
    if log.look.shift > 0 {
        words.push((format!("from column {}", log.look.shift + 1), Tone::Plain));
    }
    if let (Some(_), true) = (&log.trouble, !log.numbers().is_empty()) {
        words.push(("can't be read now".into(), Tone::Bad));
    }
    words
}

/// In how many lines it was found that is looked for, and in which of them one is.
fn counted(count: Count) -> Option<(String, Tone)> {
    let all = human::count(count.all as u64);
    let more = match count.of {
        Of::WholeLog => "",
        Of::Part => "+",
    };
    let at = human::count(count.at? as u64);
    Some((format!("{at} of {all}{more}"), Tone::Plain))
}

/// Draws a line without its first rows, and gives the row of the next one.
fn draw_entry(
    ground: &Ground,
    log: &LogPage,
    buffer: &mut Buffer,
    area: Rect,
    (number, entry): (u64, &Entry),
    clock: &Clock,
    (at, skip): (usize, usize),
) -> usize {
    let theme = ground.theme;
    let bytes = match entry {
        Entry::Line(bytes) => bytes,
        Entry::Gap { bytes, .. } => {
            let bytes = human::counted(*bytes, "byte was", "bytes were");
            let text = format!("{bytes} dropped from the log before they could be shown");
            return remark(theme, buffer, area, at, &text);
        }
        Entry::Restart => {
            let text = "the log was emptied or replaced: it begins anew";
            return remark(theme, buffer, area, at, text);
        }
    };
    let parsed = parse_line(bytes);
    let head = ground.head_columns(parsed.source);
    let columns = ground.columns.saturating_sub(head).max(1);
    let text = theme.plain(&safe_output(parsed.text));
    let rows: Vec<&str> = match ground.look.ends {
        Ends::Wrapped => chop(&text, columns),
        Ends::Cut => vec![shifted(&text, ground.look.shift)],
    };
    let found = log.find.hit == Some(number);
    let style = theme.tone(tone(parsed.stream));
    for (place, row) in (at..).zip(rows.iter().skip(skip)) {
        let Some(line) = line(area, place) else {
            return place;
        };
        if place == at && skip == 0 {
            draw_head(ground, buffer, line, &parsed, clock, found);
        }
        let room = Rect {
            x: line.x + u16::try_from(head).unwrap_or(line.width).min(line.width),
            width: line
                .width
                .saturating_sub(u16::try_from(head).unwrap_or(line.width)),
            ..line
        };
        draw_text(ground, buffer, room, row, style, &log.find.text);
    }
    at + rows.len().saturating_sub(skip)
}

fn draw_head(
    ground: &Ground,
    buffer: &mut Buffer,
    line: Rect,
    parsed: &longhaul_common::task_log::LogLine<'_>,
    clock: &Clock,
    found: bool,
) {
    let theme = ground.theme;
    let at = parsed
        .at
        .map(|at| Timestamp::from_millis(at.as_millisecond()));
    let time = match (ground.look.head, at) {
        (Head::Full, Some(at)) => clock.time(at),
        (Head::Short, Some(at)) => clock.time_of_day(at),
        (Head::Full | Head::Short, None) | (Head::Stream, _) => String::new(),
    };
    let source = theme.plain(parsed.source);
    let stream = parsed.stream.as_str();
    let head = match ground.look.head {
        Head::Full => format!("{time:19}  {source:>4} {stream}"),
        Head::Short => format!("{time:8}  {source:>4} {stream}"),
        Head::Stream => stream.to_owned(),
    };
    let style = match (found, parsed.stream) {
        (true, _) => theme.selected(),
        (false, Stream::Out) => theme.tone(Tone::Quiet),
        (false, Stream::Err | Stream::Sys) => {
            theme.tone(tone(parsed.stream)).add_modifier(Modifier::DIM)
        }
    };
    put(buffer, line, 0, &head, style);
}

/// A text with what is looked for reversed, and a sign where it is cut.
fn draw_text(
    ground: &Ground,
    buffer: &mut Buffer,
    room: Rect,
    text: &str,
    style: Style,
    wanted: &str,
) {
    let theme = ground.theme;
    let columns = usize::from(room.width);
    put(buffer, room, 0, text, style);
    for found in matches_in(text, wanted) {
        let at = width(&text[..found.start]);
        if at < columns {
            put(buffer, room, at, &text[found], theme.selected());
        }
    }
    if ground.look.ends == Ends::Cut && width(text) > columns && columns > 0 {
        let ellipsis = theme.signs().ellipsis;
        put(buffer, room, columns - 1, ellipsis, theme.tone(Tone::Quiet));
    }
}

/// What is to be said between two lines.
fn remark(theme: Theme, buffer: &mut Buffer, area: Rect, at: usize, text: &str) -> usize {
    if let Some(line) = line(area, at) {
        let text = format!("{} {text}", theme.signs().attention);
        put(buffer, line, 0, &text, theme.tone(Tone::Attention));
    }
    at + 1
}
