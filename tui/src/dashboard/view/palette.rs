//! The line that commands are typed in, and what its words can become.

use longhaul_common::safe_text::width;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::prompt;
use crate::dashboard::model::{Choice, Choices, Model, Typing};
use crate::output::paint::Tone;

/// So many choices are on the screen.
const SHOWN: usize = 8;

/// The keys of the line, while there is room for them.
const KEYS: &str = "enter does it  tab completes  esc closes";

/// The widest that words are before their help.
const WORDS: usize = 24;

pub(super) fn draw(model: &Model, typing: &Typing, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let room = usize::from(area.width).saturating_sub(KEYS.len() + 4);
    let told = if width(&theme.plain(typing.line.text())) < room {
        KEYS
    } else {
        ""
    };
    prompt::draw(model, frame, area, ":", &typing.line, (told, Tone::Quiet));
    let lines = match &typing.error {
        Some(error) => vec![error_line(model, error, area.width)],
        None => choices(model, &typing.choices, typing.at, area.width),
    };
    above(model, frame, area, lines);
}

/// Draws what a line at the bottom can become, above it.
pub(super) fn offer(
    model: &Model,
    frame: &mut Frame<'_>,
    area: Rect,
    (offered, at): (&Choices, Option<usize>),
) {
    above(model, frame, area, choices(model, offered, at, area.width));
}

fn above(model: &Model, frame: &mut Frame<'_>, area: Rect, mut lines: Vec<Line<'_>>) {
    let theme = model.options.theme;
    if !lines.is_empty() {
        let rule = theme.signs().horizontal.repeat(usize::from(area.width));
        lines.insert(0, Line::styled(rule, theme.tone(Tone::Quiet)));
    }
    let height = u16::try_from(lines.len()).unwrap_or(0).min(area.y);
    let above = Rect {
        y: area.y - height,
        height,
        ..area
    };
    frame.render_widget(Clear, above);
    for (at, line) in (0..height).zip(lines) {
        let place = Rect {
            y: above.y + at,
            height: 1,
            ..above
        };
        frame.render_widget(line, place);
    }
}

fn error_line<'a>(model: &Model, error: &str, columns: u16) -> Line<'a> {
    let theme = model.options.theme;
    let text = theme.fit(error, usize::from(columns));
    Line::styled(text, theme.tone(Tone::Bad))
}

/// The choices around the one that was taken, and how many there are more.
fn choices<'a>(
    model: &Model,
    offered: &Choices,
    taken: Option<usize>,
    columns: u16,
) -> Vec<Line<'a>> {
    let theme = model.options.theme;
    let all = &offered.choices;
    let room = SHOWN.min(usize::from(model.size.rows) / 3);
    let first = taken.map_or(0, |at| (at + 1).saturating_sub(room));
    let shown = &all[first..all.len().min(first + room)];
    let widest = shown.iter().map(|choice| width(&theme.plain(&choice.word)));
    let words = widest.max().unwrap_or(0).min(WORDS);
    let columns = usize::from(columns);
    let line = |(at, choice): (usize, &Choice)| {
        let word = theme.fit(&choice.word, words);
        let gap = words + 2 - width(&word);
        let help = theme.fit(&choice.help, columns.saturating_sub(words + 3));
        let rest = columns.saturating_sub(words + 3 + width(&help));
        let spans = vec![
            Span::styled(format!(" {word}{:gap$}", ""), theme.tone(Tone::Strong)),
            Span::styled(format!("{help}{:rest$}", ""), theme.tone(Tone::Quiet)),
        ];
        if taken == Some(first + at) {
            Line::from(spans).style(theme.selected())
        } else {
            Line::from(spans)
        }
    };
    let mut lines: Vec<Line<'a>> = shown.iter().enumerate().map(line).collect();
    let more = all.len() - shown.len();
    if more > 0 && first == 0 {
        lines.push(Line::styled(
            format!(" and {more} more"),
            theme.tone(Tone::Quiet),
        ));
    }
    lines
}

#[cfg(test)]
mod tests;
