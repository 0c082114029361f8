//! The question before something is asked of tasks.

use longhaul_common::state::Desired;
use longhaul_common::store::Haste;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::overlay;
use crate::dashboard::model::{Dialogue, Field, Frozen, Model};
use crate::output::human;
use crate::output::paint::Tone;

/// So many tasks are named.
const NAMED: usize = 5;

/// What stands before a text that is typed.
const REASON: &str = "reason: ";

pub(super) fn draw(model: &Model, dialogue: &Dialogue, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let area = frame.area();
    let columns = usize::from(area.width.saturating_sub(8)).min(76);
    let line = |text: &str, tone| Line::styled(theme.fit(text, columns), theme.tone(tone));
    let mut lines = vec![line(&title(dialogue), Tone::Strong), Line::default()];
    for task in dialogue.tasks.iter().take(NAMED) {
        lines.push(line(&format!("  {}", name(task)), Tone::Plain));
    }
    let more = dialogue.tasks.len().saturating_sub(NAMED);
    if more > 0 {
        let more = human::count(more as u64);
        lines.push(line(&format!("  and {more} more"), Tone::Plain));
    }
    if dialogue.unseen > 0 {
        let unseen = human::counted(dialogue.unseen as u64, "task is", "tasks are");
        let text = format!("{unseen} not on the screen");
        lines.push(line(&text, Tone::Attention));
    }
    for text in what_happens(dialogue) {
        lines.push(line(&text, Tone::Plain));
    }
    lines.push(Line::default());
    let mut cursor = None;
    let room = columns.saturating_sub(REASON.len() + 1);
    let typed = tail(&theme.plain(dialogue.reason.before()), room);
    if dialogue.field == Field::Reason {
        cursor = Some((
            lines.len(),
            REASON.len() + longhaul_common::safe_text::width(&typed),
        ));
    }
    lines.push(Line::from(vec![
        Span::styled(REASON, theme.tone(Tone::Quiet)),
        Span::raw(typed),
        Span::raw(theme.plain(dialogue.reason.behind())),
    ]));
    let command = dialogue.command(&model.options.store);
    lines.push(line(&format!("the same: {command}"), Tone::Quiet));
    lines.push(Line::default());
    if dialogue.is_many() {
        let ask = format!("type {} and enter: ", dialogue.tasks.len());
        if dialogue.field == Field::Count {
            let typed = longhaul_common::safe_text::width(dialogue.count.before());
            cursor = Some((lines.len(), ask.len() + typed));
        }
        lines.push(Line::from(vec![
            Span::styled(ask, theme.tone(Tone::Strong)),
            Span::raw(theme.plain(dialogue.count.text())),
        ]));
        lines.push(line("tab reason  esc no", Tone::Quiet));
    } else {
        lines.push(Line::from(vec![
            Span::styled("y", theme.tone(Tone::Strong)),
            Span::raw(" yes  "),
            Span::styled("n", theme.tone(Tone::Strong)),
            Span::raw(" no  "),
            Span::styled("tab", theme.tone(Tone::Strong)),
            Span::raw(" reason"),
        ]));
    }
    let inner = overlay::draw(model, frame, columns, lines);
    if let Some((row, column)) = cursor {
        place(frame, inner, row, column);
    }
}

fn place(frame: &mut Frame<'_>, inner: Rect, row: usize, column: usize) {
    let add = |base: u16, offset: usize| base.saturating_add(u16::try_from(offset).unwrap_or(0));
    frame.set_cursor_position(Position::new(add(inner.x, column), add(inner.y, row)));
}

/// The end of a text, in so many columns.
fn tail(text: &str, columns: usize) -> String {
    let mut start = 0;
    while longhaul_common::safe_text::width(&text[start..]) > columns {
        start += text[start..].chars().next().map_or(1, char::len_utf8);
    }
    text[start..].to_owned()
}

fn title(dialogue: &Dialogue) -> String {
    let verb = match dialogue.want {
        Desired::Run => "Resume",
        Desired::Suspend => "Suspend",
        Desired::Terminate => "Terminate",
    };
    let force = match dialogue.haste {
        Haste::AtBoundary => "",
        Haste::ByForce => " by force",
    };
    let tasks = human::counted(dialogue.tasks.len() as u64, "task", "tasks");
    format!("{verb} {tasks}{force}?")
}

fn name(task: &Frozen) -> String {
    let name = task.name.as_deref().map(|name| format!("  {name}"));
    let note = match (&task.suspended_by, task.ended) {
        (_, true) => "  has ended: will be refused".to_owned(),
        (Some(by), false) => format!("  suspended by {by}"),
        (None, false) => String::new(),
    };
    format!("{}{}{note}", task.number, name.unwrap_or_default())
}

/// What a yes leads to.
fn what_happens(dialogue: &Dialogue) -> Vec<String> {
    let mut said = Vec::new();
    match (dialogue.want, dialogue.haste) {
        (Desired::Run, _) => {}
        (_, Haste::ByForce) => {
            said.push("the batch in flight is killed, and nothing of it is recorded".into());
        }
        (_, Haste::AtBoundary) => {
            let longest = dialogue.tasks.iter().filter_map(|task| task.batch_seconds);
            if let Some(seconds) = longest.reduce(f32::max) {
                let seconds = human::seconds(Some(f64::from(seconds)));
                said.push(format!(
                    "at the next batch boundary, in at most about {seconds}"
                ));
            }
        }
    }
    if dialogue.want == Desired::Terminate {
        said.push("a terminated task never runs again".into());
    }
    said
}
