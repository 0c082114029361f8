//! The form that is filled in to submit a task of a kind.

use longhaul_common::safe_text::width;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::kinds::performed;
use super::page::{Part, line, lines_and_below, put, rule, scroll_bar, title};
use super::panes::body;
use super::prompt::around_cursor;
use super::wrap::words;
use crate::dashboard::model::{Form, FormField, Model, OfField};
use crate::output::paint::Tone;

/// The widest that names are.
const NAMES: usize = 24;

/// Before the name of a field that has to be filled in.
const REQUIRED: &str = "*";

/// How many fields are on the screen.
pub(crate) fn lines(model: &Model) -> usize {
    usize::from(parts(model).0.height)
}

/// The lines of fields below the title, and what is said of the one that keys go to.
fn parts(model: &Model) -> (Rect, Rect) {
    let body = body(model);
    lines_and_below(body, 1, (body.height / 3).max(4))
}

pub(super) fn draw(model: &Model, form: &Form, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let (area, below) = parts(model);
    let top = Rect {
        height: 1,
        ..body(model)
    };
    let name = format!("submit a task of kind {}", form.kind.name);
    let buffer = frame.buffer_mut();
    title(
        theme,
        buffer,
        top,
        &name,
        &vec![performed(model, &form.kind)],
    );
    let first = form.browse.first();
    let names = form
        .fields
        .iter()
        .map(|field| width(&theme.plain(&field.name)));
    let names = names.max().unwrap_or(0).min(NAMES);
    let mut cursor = None;
    for (at, field) in form.fields.iter().enumerate().skip(first) {
        let Some(place) = line(area, at - first) else {
            break;
        };
        let here = at == form.browse.cursor();
        let shown = draw_field(model, form, buffer, place, (field, names, here));
        cursor = cursor.or(shown);
    }
    let part = Part {
        first,
        lines: form.browse.lines(),
        of: form.fields.len(),
    };
    scroll_bar(theme, buffer, area, part);
    draw_below(model, form, buffer, below);
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Draws a field, and gives where its cursor is.
fn draw_field(
    model: &Model,
    form: &Form,
    buffer: &mut Buffer,
    place: Rect,
    (field, names, here): (&FormField, usize, bool),
) -> Option<Position> {
    let theme = model.options.theme;
    if field.required {
        put(buffer, place, 0, REQUIRED, theme.tone(Tone::Strong));
    }
    let name = theme.fit(&field.name, names);
    let named = match (here, field.of) {
        (true, _) => theme.selected(),
        (false, OfField::Kind) => theme.tone(Tone::Strong),
        (false, _) => theme.tone(Tone::Plain),
    };
    put(buffer, place, 1, &name, named);
    let at = names + 3;
    // The last column is the scroll bar's.
    let room = usize::from(place.width).saturating_sub(at + 1);
    let (note, tone) = note(form, field);
    let note = theme.fit(note, room / 2);
    let room = room.saturating_sub(width(&note) + 2);
    put(buffer, place, at + room + 2, &note, theme.tone(tone));
    if !field.choices.is_empty() {
        let (text, tone) = match (field.is_empty(), &field.default) {
            (false, _) => (theme.plain(field.line.text()), Tone::Plain),
            (true, Some(default)) => (format!("default: {}", theme.plain(default)), Tone::Quiet),
            (true, None) => (String::new(), Tone::Quiet),
        };
        let text = if here { format!("< {text} >") } else { text };
        let text = theme.fit(&text, room);
        put(buffer, place, at, &text, theme.tone(tone));
        return here.then(|| cell(place, at));
    }
    if field.is_empty() {
        if let Some(default) = &field.default {
            let text = theme.fit(&format!("default: {default}"), room);
            put(buffer, place, at, &text, theme.tone(Tone::Quiet));
        }
        return here.then(|| cell(place, at));
    }
    if !here {
        let text = theme.fit(field.line.text(), room);
        put(buffer, place, at, &text, theme.tone(Tone::Plain));
        return None;
    }
    let (text, cursor) = around_cursor(
        &theme.plain(field.line.before()),
        &theme.plain(field.line.behind()),
        room.saturating_sub(1),
    );
    let text = theme.fit(&text, room);
    put(buffer, place, at, &text, theme.tone(Tone::Plain));
    Some(cell(place, at + cursor))
}

fn cell(place: Rect, at: usize) -> Position {
    let at = u16::try_from(at).unwrap_or(u16::MAX);
    let last = place.right().saturating_sub(1);
    Position::new(place.x.saturating_add(at).min(last), place.y)
}

/// What is said of a field beside it: what is wrong, else what it takes.
fn note<'a>(form: &Form, field: &'a FormField) -> (&'a str, Tone) {
    match form.mistake(field) {
        Some(mistake) => (mistake, Tone::Bad),
        None => (&field.type_name, Tone::Quiet),
    }
}

/// What it takes, in words.
fn takes(field: &FormField) -> String {
    let is_json = |name: &str| matches!(name, "object" | "array");
    let json = field.of == OfField::Kind && field.type_name.split('|').any(is_json);
    let json = if json { " as JSON" } else { "" };
    let required = if field.required { ", required" } else { "" };
    format!("{}{json}{required}", field.type_name)
}

/// What the field means, what is wrong, and the command that does the same.
fn draw_below(model: &Model, form: &Form, buffer: &mut Buffer, below: Rect) {
    let theme = model.options.theme;
    let columns = usize::from(below.width);
    if let Some(edge) = line(below, 0) {
        rule(theme, buffer, edge, Tone::Quiet);
    }
    let mut said: Vec<(String, Tone)> = Vec::new();
    let mut say = |text: &str, tone| {
        for paragraph in text.lines() {
            let lines = words(&theme.plain(paragraph), columns);
            said.extend(lines.into_iter().map(|line| (line, tone)));
        }
    };
    if let Some(wrong) = &form.wrong {
        say(wrong, Tone::Bad);
    }
    if form.sent {
        say("submitting", Tone::Quiet);
    }
    if let Some(field) = form.field() {
        if let Some(mistake) = form.mistake(field) {
            say(&format!("{}: {mistake}", field.name), Tone::Bad);
        }
        let doc = field.doc.as_str();
        let of = match doc {
            "" => takes(field),
            _ => format!("{doc} ({})", takes(field)),
        };
        say(&of, Tone::Plain);
    }
    let command = format!("the same: {}", form.command(&model.options.store));
    let room = usize::from(below.height).saturating_sub(1);
    // Of a long command as much is told as there is room for.
    let told = words(&theme.plain(&command), columns);
    let most = (room / 2).max(1);
    let mut told: Vec<(String, Tone)> = match told.len() > most {
        true => vec![(theme.fit(&command, columns), Tone::Quiet)],
        false => told.into_iter().map(|line| (line, Tone::Quiet)).collect(),
    };
    said.truncate(room.saturating_sub(told.len()));
    said.append(&mut told);
    for (at, (text, tone)) in said.iter().enumerate() {
        if let Some(line) = line(below, 1 + at) {
            put(buffer, line, 0, text, theme.tone(*tone));
        }
    }
}

#[cfg(test)]
mod tests;
