//! The first lines: the store, who works on it, how its tasks are, what needs the operator.

use longhaul_common::alive::Condition;
use longhaul_common::phase::Prospect;
use longhaul_common::safe_text::width;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::dashboard::action::Action;
use crate::dashboard::message::Health;
use crate::dashboard::model::{Model, Motion};
use crate::output::human;
use crate::output::paint::Tone;

/// Lines that are always there.
const LINES: u16 = 2;

/// How many lines it takes.
pub(super) fn lines(model: &Model) -> u16 {
    if banner(model).is_some() {
        LINES + 1
    } else {
        LINES
    }
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let buffer = frame.buffer_mut();
    let line = |at: u16| Rect {
        y: area.y + at,
        height: 1,
        ..area
    };
    spread(model, buffer, line(0), &title(model), &work(model));
    spread(model, buffer, line(1), &counts(model), &place(model));
    if area.height > LINES
        && let Some((text, tone)) = banner(model)
    {
        let columns = usize::from(area.width);
        let text = format!("{} {text}", theme.signs().attention);
        let text = theme.fit(&text, columns);
        buffer.set_stringn(area.x, area.y + LINES, text, columns, theme.tone(tone));
    }
}

type Words = Vec<(String, Tone)>;

/// Writes some words from the left and others up to the right; where there is no room for all, the
/// right ones go first, from their start; the last of the left ones are cut.
fn spread(model: &Model, buffer: &mut Buffer, line: Rect, left: &Words, right: &Words) {
    const GAP: usize = 2;
    let theme = model.options.theme;
    let columns = usize::from(line.width);
    let wide = |(text, _): &(String, Tone)| width(text) + GAP;
    let lefts: usize = left.iter().map(wide).sum();
    let mut right = right.as_slice();
    // A path may be cut to this; counts are not cut for the sake of the right.
    let least = lefts.min(columns / 3);
    while !right.is_empty() && least + right.iter().map(wide).sum::<usize>() > columns + GAP {
        right = &right[1..];
    }
    let rights = right.iter().map(wide).sum::<usize>().saturating_sub(GAP);
    let mut at = 0;
    let end = columns.saturating_sub(if rights > 0 { rights + GAP } else { 0 });
    for (text, tone) in left {
        let text = theme.fit(text, end.saturating_sub(at));
        put(buffer, line, at, &text, theme.tone(*tone));
        at += width(&text) + GAP;
        if at >= end {
            break;
        }
    }
    let mut at = columns.saturating_sub(rights);
    for (text, tone) in right {
        put(buffer, line, at, text, theme.tone(*tone));
        at += width(text) + GAP;
    }
}

fn put(buffer: &mut Buffer, line: Rect, at: usize, text: &str, style: ratatui::style::Style) {
    if let Ok(at) = u16::try_from(at) {
        let room = line.width.saturating_sub(at);
        buffer.set_stringn(line.x + at, line.y, text, usize::from(room), style);
    }
}

fn title(model: &Model) -> Words {
    let store = model.options.theme.plain(&model.options.store);
    vec![("longhaul".into(), Tone::Strong), (store, Tone::Plain)]
}

/// Who works, and how fast.
fn work(model: &Model) -> Words {
    let tally = model.tasks.tally();
    let mut words = Vec::new();
    if model.options.access.only_looks() {
        words.push(("read-only".to_owned(), Tone::Attention));
    }
    if tally.rate() > 0.0 {
        words.push((human::rate(Some(tally.rate())), Tone::Plain));
    }
    let living = model.workers.iter().filter(|worker| worker.alive);
    let (count, slots) = living.fold((0, 0), |(count, slots), worker| {
        (count + 1, slots + worker.row.concurrency)
    });
    if count > 0 {
        let used = human::count(tally.slots as u64);
        words.push((format!("{used}/{} slots", human::count(slots)), Tone::Plain));
    }
    words.push((human::counted(count, "worker", "workers"), Tone::Plain));
    words
}

/// How many tasks are where.
fn counts(model: &Model) -> Words {
    let tally = model.tasks.tally();
    let counted = [
        (tally.running, "RUN", Tone::Good),
        (tally.suspended, "SUSPEND", Tone::Attention),
        (tally.init, "INIT", Tone::Plain),
        (tally.failed, "failed", Tone::Bad),
        (tally.completed, "completed", Tone::Quiet),
        (tally.terminated, "terminated", Tone::Quiet),
    ];
    let said: Words = counted
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, word, tone)| (format!("{} {word}", human::count(count as u64)), tone))
        .collect();
    if said.is_empty() && model.tasks.whole {
        vec![("no tasks".into(), Tone::Quiet)]
    } else {
        said
    }
}

/// Where in the list the cursor is, and of what list.
fn place(model: &Model) -> Words {
    let tasks = &model.tasks;
    let mut words = Vec::new();
    if !tasks.whole && tasks.len() > 0 {
        words.push(("reading".to_owned(), Tone::Quiet));
    }
    if tasks.motion() == Motion::Frozen {
        words.push(("order frozen".to_owned(), Tone::Attention));
    }
    let filter = model.filter.text();
    if !filter.is_empty() {
        let text = model.options.theme.fit(&format!("/{filter}"), 30);
        words.push((text, Tone::Strong));
    }
    let listed = human::count(tasks.listed() as u64);
    let at = if tasks.listed() == 0 {
        0
    } else {
        tasks.cursor() + 1
    };
    let at = human::count(at as u64);
    let of_all = if filter.is_empty() {
        String::new()
    } else {
        format!(" ({})", human::count(tasks.len() as u64))
    };
    words.push((format!("{at}/{listed}{of_all}"), Tone::Plain));
    words
}

/// The tasks that go on by nobody's doing but the operator's.
fn stuck_in_words(model: &Model) -> String {
    let tally = model.tasks.tally();
    let (stuck, rollbacks) = (tally.stuck, tally.failed_rollbacks);
    if stuck == rollbacks {
        return human::counted(stuck as u64, "rollback failed", "rollbacks failed");
    }
    let tasks = human::counted(stuck as u64, "task is", "tasks are");
    let how = if rollbacks > 0 {
        "stopped"
    } else {
        "suspended"
    };
    format!("{tasks} {how} by an error")
}

/// What needs the operator, the worst first.
fn banner(model: &Model) -> Option<(String, Tone)> {
    if let Health::Trouble(why) = &model.health {
        return Some((why.clone(), Tone::Bad));
    }
    if let Some(stopped) = stopped(model) {
        return Some((stopped, Tone::Bad));
    }
    let stuck = model.tasks.tally().stuck;
    let without = |(wanted, _): &(&_, usize)| model.prospect(wanted) != Prospect::Worker;
    let waiting: Vec<_> = model.tasks.tally().waiting().filter(without).collect();
    let forsaken: usize = waiting.iter().map(|(_, count)| count).sum();
    let tasks = |count: usize, one, many| human::counted(count as u64, one, many);
    match (stuck, waiting.first()) {
        (0, None) => held_back(model),
        (_, None) => Some((
            format!("{}: a goes there", stuck_in_words(model)),
            Tone::Bad,
        )),
        (0, Some((wanted, _))) => {
            let wait = tasks(forsaken, "task waits", "tasks wait");
            let prospect = model.prospect(wanted);
            if matches!(prospect, Prospect::Cordoned | Prospect::StoreCordoned)
                && let Some(held_back) = held_back(model)
            {
                return Some(held_back);
            }
            let text = match (prospect, waiting.len()) {
                (Prospect::NoWorker, _) => {
                    format!("{wait} and no worker is alive; one starts with: longhaul worker")
                }
                (_, 1) => format!("{wait} for {}", prospect.awaited(&wanted.kind)),
                (_, kinds) => format!("{wait} for workers of {kinds} kinds: none is alive"),
            };
            Some((text, Tone::Attention))
        }
        (_, Some(_)) => Some((
            format!(
                "{}, {} without a worker: a goes there",
                stuck_in_words(model),
                human::count(forsaken as u64),
            ),
            Tone::Bad,
        )),
    }
}

/// What keeps workers from claiming, or from working at full speed, at somebody's will.
fn held_back(model: &Model) -> Option<(String, Tone)> {
    let cordons = &model.gates.cordons.0;
    let worst = cordons.iter().max_by_key(|cordon| cordon.hold);
    let text = match (worst, &model.gates.brake) {
        (Some(cordon), _) => {
            let more = match cordons.len() - 1 {
                0 => String::new(),
                more => format!("; {more} more"),
            };
            let options = cordon.reach.options();
            format!("{cordon}: longhaul uncordon{options} ends it{more}")
        }
        (None, Some(brake)) => format!("{brake}: longhaul throttle off ends it"),
        (None, None) => return None,
    };
    Some((text, Tone::Attention))
}

/// Workers that live and can't act: what they hold stands still, and they can freeze the store.
fn stopped(model: &Model) -> Option<String> {
    let mut stuck = model.present_workers().filter(|worker| worker.is_halted());
    let first = stuck.next()?;
    let (number, pid) = (first.row.number, first.row.actor.pid);
    let mend = match first.condition {
        // What to do comes before what a narrow screen cuts off.
        Condition::Stopped => {
            format!("worker {number} is stopped: `kill -CONT {pid}` lets its tasks go on")
        }
        Condition::Running | Condition::Uninterruptible => {
            format!("worker {number} (process {pid}) waits for its disk and can't act")
        }
    };
    let more = match stuck.count() {
        0 => String::new(),
        more => format!("; {more} more can't act"),
    };
    let key = model.keys.shown(Action::Workers);
    Some(format!("{mend}{more}; {key} shows workers"))
}
