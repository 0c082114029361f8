//! The question before something is asked of tasks.

mod halted;

use longhaul_common::moment;
use longhaul_common::state::Desired;
use longhaul_common::store::{Blocking, Done, Haste, Hooks};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::overlay;
use super::wrap::words;
use crate::dashboard::model::{Dialogue, Ended, Field, Frozen, Model, OfRequest, due, flight};
use crate::output::human;
use crate::output::paint::Tone;

/// So many tasks are named at most.
const NAMED: usize = 5;

/// The lines of title, reason, command and answers, at most.
const ANSWERED: usize = 5;

/// The lines left blank where there is room.
const GAPS: usize = 4;

/// What stands before a text that is typed.
const REASON: &str = "reason: ";

pub(super) fn draw(model: &Model, dialogue: &Dialogue, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let area = frame.area();
    let columns = usize::from(area.width.saturating_sub(8)).min(76);
    let line = |text: &str, tone| Line::styled(theme.fit(text, columns), theme.tone(tone));
    let mut notes = notes(model, dialogue);
    if let Some(text) = halted::note(model, dialogue) {
        // What else dies must not be cut off.
        let lines = words(&theme.plain(&text), columns).into_iter();
        notes.extend(lines.map(|line| (line, Tone::Bad)));
    }
    let room = usize::from(area.height.saturating_sub(2));
    // Title, reason, command and answers have to be there; names and gaps take what is left.
    let needed = notes.len() + ANSWERED;
    let gap = (room > needed + NAMED + GAPS).then(Line::default);
    let named = match room.saturating_sub(needed) {
        room if dialogue.tasks.len() <= room.min(NAMED) => dialogue.tasks.len(),
        room => room.saturating_sub(1).clamp(1, NAMED),
    };
    let mut lines = vec![line(&title(dialogue), Tone::Strong)];
    lines.extend(gap.clone());
    for task in dialogue.tasks.iter().take(named) {
        lines.push(line(&format!("  {}", name(task)), Tone::Plain));
    }
    let more = dialogue.tasks.len() - named;
    if more > 0 {
        let more = human::count(more as u64);
        lines.push(line(&format!("  and {more} more"), Tone::Plain));
    }
    lines.extend(notes.iter().map(|(text, tone)| line(text, *tone)));
    lines.extend(gap.clone());
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
    let command = dialogue.drawn_command(&model.options.store);
    lines.push(line(&format!("the same: {command}"), Tone::Quiet));
    lines.extend(gap);
    let mut keys: Vec<(&str, &str)> = Vec::new();
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
        keys.push(("esc", "no"));
    } else {
        keys.extend([("y", "yes"), ("n", "no")]);
    }
    keys.extend([("tab", "reason"), ("c", "copy")]);
    match (dialogue.can_pass_over(), dialogue.hooks) {
        (false, _) => {}
        (true, Hooks::Run) => keys.push(("x", "without hooks")),
        (true, Hooks::PassOver) => keys.push(("x", "with hooks")),
    }
    match (dialogue.can_skip(), dialogue.blocking) {
        (false, _) => {}
        (true, Blocking::Again) => keys.push(("x", "pass over")),
        (true, Blocking::PassOver) => keys.push(("x", "try again")),
    }
    match (dialogue.can_keep(), &dialogue.done) {
        (false, _) => {}
        (true, Done::Keep) => keys.push(("k", "undo it")),
        (true, _) => keys.push(("k", "keep it")),
    }
    if dialogue.field == Field::Reason {
        keys = vec![("enter", "done")];
    }
    let spans = keys.into_iter().flat_map(|(key, word)| {
        [
            Span::styled(key, theme.tone(Tone::Strong)),
            Span::raw(format!(" {word}  ")),
        ]
    });
    lines.push(Line::from(spans.collect::<Vec<_>>()));
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
    match dialogue.of_request {
        Some(OfRequest::Undo(number, _)) => return format!("Undo request {number}, on {tasks}?"),
        Some(OfRequest::Resume(number)) => {
            return format!("Resume {tasks} that request {number} was on?");
        }
        None => {}
    }
    match dialogue.done {
        Done::TryAgain => format!("Try the rollback of {tasks} again?"),
        Done::AsBrought | Done::Undo(_) | Done::Keep => format!("{verb} {tasks}{force}?"),
    }
}

fn name(task: &Frozen) -> String {
    let name = task.name.as_deref().map(|name| format!("  {name}"));
    let note = match (&task.suspended_by, task.ended) {
        (_, Ended::Before) => "  has ended: will be refused".to_owned(),
        (_, Ended::Meanwhile(outcome)) => format!("  {outcome} meanwhile"),
        (Some(by), Ended::Not) => format!("  suspended by {by}"),
        (None, Ended::Not) => String::new(),
    };
    format!("{}{}{note}", task.number, name.unwrap_or_default())
}

/// What ended while it was open: of many tasks few are named.
fn over(dialogue: &Dialogue) -> Option<String> {
    let over = |task: &Frozen| match task.ended {
        Ended::Meanwhile(outcome) => Some((task.number, outcome)),
        Ended::Not | Ended::Before => None,
    };
    let mut over = dialogue.tasks.iter().filter_map(over);
    let (number, outcome) = over.next()?;
    Some(match over.count() {
        0 => format!("task {number} {outcome} meanwhile: will be refused"),
        more => {
            let over = human::count(more as u64 + 1);
            format!("{over} tasks ended meanwhile: will be refused")
        }
    })
}

/// What one has to know before a yes: who is not seen, and what it leads to.
fn notes(model: &Model, dialogue: &Dialogue) -> Vec<(String, Tone)> {
    let mut said = Vec::new();
    let tasks = |count: usize| human::counted(count as u64, "task is", "tasks are");
    let sight = dialogue.sight;
    let unseen = match (sight.unseen, sight.hidden) {
        (0, _) => None,
        (unseen, 0) => Some(format!("{} not on the screen", tasks(unseen))),
        (unseen, hidden) if unseen == hidden => {
            Some(format!("{} hidden by the filter", tasks(hidden)))
        }
        (unseen, hidden) => {
            let hidden = human::count(hidden as u64);
            let unseen = tasks(unseen);
            Some(format!(
                "{unseen} not on the screen, {hidden} for the filter"
            ))
        }
    };
    said.extend(unseen.map(|text| (text, Tone::Attention)));
    said.extend(over(dialogue).map(|text| (text, Tone::Attention)));
    if dialogue.lasting().next().is_none() {
        return said;
    }
    match (dialogue.want, dialogue.haste) {
        (Desired::Run, _) => {}
        (_, Haste::ByForce) => {
            let of = if dialogue.in_flight() > 1 {
                "them"
            } else {
                "it"
            };
            let flight = flight(dialogue.in_flight().max(1));
            let text = format!("kills {flight}; nothing of {of} is recorded");
            said.push((text, Tone::Plain));
        }
        (_, Haste::AtBoundary) if dialogue.in_flight() > 0 => {
            let in_flight = dialogue.in_flight();
            let ends = if in_flight > 1 { "end" } else { "ends" };
            let due = dialogue
                .boundary_at()
                .map(|at| format!(" {}", due(at, model.now)));
            let due = due.unwrap_or_else(|| " first".into());
            said.push((format!("{} {ends}{due}", flight(in_flight)), Tone::Plain));
        }
        (_, Haste::AtBoundary) => {
            if let Some(at) = dialogue.boundary_at() {
                let all = if dialogue.tasks.len() > 1 { "all " } else { "" };
                let due = due(at, model.now);
                let text = format!("{all}at the next batch boundary, {due}");
                said.push((text, Tone::Plain));
            }
        }
    }
    match dialogue.of_request {
        Some(OfRequest::Undo(_, 0)) => {
            said.push(("what was wanted before is wanted again".into(), Tone::Plain));
        }
        Some(OfRequest::Undo(_, ended)) => {
            let tasks = human::counted(ended as u64, "task", "tasks");
            let text = format!("TERMINATE is wanted again, of {tasks}");
            said.push((text, Tone::Attention));
        }
        Some(OfRequest::Resume(_)) | None => {}
    }
    if dialogue.of_request.is_some() {
        let text = "a task of which something was asked since keeps that";
        said.push((text.into(), Tone::Plain));
    }
    if let Some(at) = dialogue.until {
        let at = moment::in_full(at, &model.options.zone);
        let text = format!("it ends by itself at {at}, unless anything is asked before");
        said.push((text, Tone::Plain));
    }
    if dialogue.want == Desired::Terminate {
        said.push(("a terminated task never runs again".into(), Tone::Plain));
    }
    said.extend(undoing(dialogue));
    match (dialogue.blocking, dialogue.can_skip()) {
        (Blocking::PassOver, _) => said.push((
            "the batch that failed is passed over: it goes to the failures".into(),
            Tone::Attention,
        )),
        (Blocking::Again, true) => {
            said.push(("the batch that failed is tried again".into(), Tone::Plain));
        }
        (Blocking::Again, false) => {}
    }
    match (dialogue.hooks, dialogue.stranded()) {
        (Hooks::PassOver, _) => said.push((
            "no hook runs: what was to be cleaned up stays".into(),
            Tone::Attention,
        )),
        (Hooks::Run, 0) => {}
        (Hooks::Run, stranded) if dialogue.want == Desired::Terminate => {
            let one = "task owes cleanup and waits for a worker";
            let many = "tasks owe cleanup and wait for a worker";
            let text = human::counted(stranded as u64, one, many);
            said.push((text, Tone::Attention));
        }
        (Hooks::Run, _) => {}
    }
    said
}

/// What becomes of what is done, where it could be undone.
fn undoing(dialogue: &Dialogue) -> Option<(String, Tone)> {
    if !dialogue.can_keep() {
        return None;
    }
    let left = dialogue.undoes().unwrap_or(0);
    let items = human::counted(left, "item", "items");
    let are = if left == 1 { "is" } else { "are" };
    let failed = dialogue.failed_rollbacks();
    Some(match &dialogue.done {
        Done::Keep if failed > 0 => (
            format!("what is not undone stays: {items}"),
            Tone::Attention,
        ),
        Done::Keep => (format!("what is done is kept: {items}"), Tone::Plain),
        Done::TryAgain => (
            format!("the rollback that failed goes on: {items} {are} left"),
            Tone::Attention,
        ),
        Done::AsBrought if failed > 0 => {
            let text = "is not tried again by this: `rollback` does so";
            let those = human::counted(failed as u64, "rollback failed", "rollbacks failed");
            (format!("{those}, which {text}"), Tone::Attention)
        }
        Done::AsBrought | Done::Undo(_) if left == 0 => (
            "what is done by then is undone first".into(),
            Tone::Attention,
        ),
        Done::AsBrought | Done::Undo(None) => {
            let text = format!("what is done is undone first: {items}, newest first");
            (text, Tone::Attention)
        }
        Done::Undo(Some(line)) => {
            let text = format!("what is done is undone first, by {line}");
            (text, Tone::Attention)
        }
    })
}

#[cfg(test)]
mod tests;
