//! What pages have in common: a title, a scroll bar, lines that are cut at the screen's edge.

use longhaul_common::id::TaskNumber;
use longhaul_common::safe_text::width;
use longhaul_common::time::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::dashboard::model::Model;
use crate::dashboard::theme::Theme;
use crate::output::paint::Tone;

/// From so many columns on times have their date.
const DATED: u16 = 80;

/// What is between `above` lines of titles and `below` lines at the end, and these.
pub(super) fn lines_and_below(body: Rect, above: u16, below: u16) -> (Rect, Rect) {
    let lines = Rect {
        y: body.y + above,
        height: body.height.saturating_sub(above + below),
        ..body
    };
    let rest = Rect {
        y: lines.bottom(),
        height: below,
        ..body
    };
    (lines, rest)
}

/// When something was, in as many columns as there is room for, and how many those are.
pub(super) fn time(model: &Model, at: Timestamp) -> (String, usize) {
    let clock = model.clock();
    if model.size.columns >= DATED {
        (clock.time(at), 19)
    } else {
        (clock.time_of_day(at), 8)
    }
}

/// A line of an area.
pub(super) fn line(area: Rect, at: usize) -> Option<Rect> {
    let at = u16::try_from(at).ok().filter(|at| *at < area.height)?;
    Some(Rect {
        y: area.y + at,
        height: 1,
        ..area
    })
}

/// Writes a text at a column of a line, cut at the line's end.
pub(super) fn put(buffer: &mut Buffer, line: Rect, at: usize, text: &str, style: Style) {
    let room = usize::from(line.width).saturating_sub(at);
    if let Ok(at) = u16::try_from(at)
        && room > 0
    {
        buffer.set_stringn(line.x + at, line.y, text, room, style);
    }
}

/// Words with their tones, from the left.
pub(super) type Words = Vec<(String, Tone)>;

/// A title across the page, with what is to be said of it at its end, as far as both fit.
pub(super) fn title(theme: Theme, buffer: &mut Buffer, line: Rect, name: &str, told: &Words) {
    const GAP: usize = 2;
    let columns = usize::from(line.width);
    let underlined = theme.tone(Tone::Strong).add_modifier(Modifier::UNDERLINED);
    let least = width(name).min(columns / 2);
    let mut told = told.as_slice();
    let wide = |(text, _): &(String, Tone)| width(text) + GAP;
    while !told.is_empty() && least + told.iter().map(wide).sum::<usize>() > columns {
        told = &told[..told.len() - 1];
    }
    let taken: usize = told.iter().map(wide).sum();
    let name = theme.fit(name, columns.saturating_sub(taken));
    put(buffer, line, 0, &name, underlined);
    let mut at = columns + GAP - taken.min(columns + GAP);
    for (text, tone) in told {
        put(buffer, line, at, text, theme.tone(*tone));
        at += width(text) + GAP;
    }
}

/// A task by number and name, as far as it is known.
pub(super) fn task_name(model: &Model, task: TaskNumber) -> String {
    let row = model.tasks.get(task);
    match row.and_then(|row| row.name.as_deref()) {
        Some(name) => format!("{task} {name}"),
        None => task.to_string(),
    }
}

/// Which part of a whole is on the screen.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) first: usize,
    pub(super) lines: usize,
    pub(super) of: usize,
}

/// Draws which part of the whole is on the screen, at the right edge, if not all is.
pub(super) fn scroll_bar(theme: Theme, buffer: &mut Buffer, area: Rect, part: Part) {
    let Part { first, lines, of } = part;
    let lines = lines.min(usize::from(area.height));
    if of <= lines || lines == 0 {
        return;
    }
    let thumb = (lines * lines / of).max(1);
    let top = first.min(of - lines) * (lines - thumb) / (of - lines);
    for at in 0..lines {
        let Some(line) = line(area, at) else {
            break;
        };
        let (sign, tone) = if (top..top + thumb).contains(&at) {
            (theme.signs().thumb, Tone::Plain)
        } else {
            (theme.signs().track, Tone::Quiet)
        };
        // Over the selected line too: reversed it would look like the thumb.
        let edge = Rect {
            x: line.right().saturating_sub(1),
            width: 1,
            ..line
        };
        buffer.set_style(edge, Style::reset());
        put(buffer, edge, 0, sign, theme.tone(tone));
    }
}

/// A rule across the page.
pub(super) fn rule(theme: Theme, buffer: &mut Buffer, line: Rect, tone: Tone) {
    let rule = theme.signs().horizontal.repeat(usize::from(line.width));
    put(buffer, line, 0, &rule, theme.tone(tone));
}

/// Words in the middle of an area with nothing else in it.
pub(super) fn nothing(theme: Theme, buffer: &mut Buffer, area: Rect, lines: &[(&str, Tone)]) {
    let columns = usize::from(area.width);
    let top = usize::from(area.height) / 3;
    for (at, (text, tone)) in lines.iter().enumerate() {
        let text = theme.fit(text, columns);
        if let Some(line) = line(area, top.max(1) + at) {
            let indent = columns.saturating_sub(width(&text)) / 2;
            put(buffer, line, indent, &text, theme.tone(*tone));
        }
    }
}

/// The style of a part of a line, in a tone, where the cursor may be on it.
pub(super) fn style(theme: Theme, cursor: Cursor, tone: Tone) -> Style {
    // Stripes of many colours are hard to read where all is reversed.
    match (cursor, tone) {
        (Cursor::Here, Tone::Quiet | Tone::Strong | Tone::Bad) => {
            theme.selected().add_modifier(theme.tone(tone).add_modifier)
        }
        (Cursor::Here, Tone::Plain | Tone::Good | Tone::Attention) => theme.selected(),
        (Cursor::Elsewhere, tone) => theme.tone(tone),
    }
}

/// Whether the cursor is on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    Here,
    Elsewhere,
}

impl Cursor {
    pub(super) fn on(here: bool) -> Self {
        if here { Self::Here } else { Self::Elsewhere }
    }
}

#[cfg(test)]
mod tests;
