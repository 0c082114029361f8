//! The page of workers.

use std::collections::BTreeMap;

use longhaul_common::alive::Condition;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::safe_text::width;
use longhaul_common::state::StateWord;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::browsed;
use super::page::{Words, line, nothing, put, rule, task_name, title};
use super::panes::body;
use super::wrap::words;
use crate::dashboard::message::WorkerNews;
use crate::dashboard::model::{Browse, Model};
use crate::output::human;
use crate::output::paint::Tone;
use crate::output::table::{Cell, Column, Table};

/// Lines at the bottom for the worker under the cursor.
const WHOLE: u16 = 4;

const COLUMNS: [Column; 11] = [
    Column::right("NR", 100),
    Column::left("HOW", 99),
    Column::right("SLOTS", 98),
    Column::right("UP", 80),
    Column::right("CPU", 69),
    Column::right("MEM", 68),
    Column::left("HOST", 60).cut_to(12),
    Column::right("PID", 70),
    Column::left("VERSION", 30),
    Column::left("KINDS", 50).cut_to(10),
    Column::left("TASKS", 90).cut_to(12),
];

/// How many workers are on the screen.
pub(crate) fn lines(model: &Model) -> usize {
    usize::from(parts(model).0.height)
}

/// The lines of workers without their titles, and those of the one under the cursor.
fn parts(model: &Model) -> (Rect, Rect) {
    let body = body(model);
    let lines = Rect {
        y: body.y + 2,
        height: body.height.saturating_sub(2 + WHOLE),
        ..body
    };
    let below = Rect {
        y: lines.bottom(),
        height: WHOLE,
        ..body
    };
    (lines, below)
}

pub(super) fn draw(model: &Model, browse: &Browse, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let buffer = frame.buffer_mut();
    let (area, below) = parts(model);
    let workers: Vec<&WorkerNews> = model.present_workers().collect();
    let top = Rect {
        height: 1,
        ..body(model)
    };
    title(theme, buffer, top, "workers", &told(&workers));
    if workers.is_empty() {
        let said = [
            ("no worker is alive", Tone::Plain),
            ("one starts with: longhaul worker", Tone::Quiet),
        ];
        nothing(theme, buffer, area, &said);
        return;
    }
    let (held, idle) = (held(model), Busy::default());
    let mut table = Table::new(COLUMNS);
    for worker in &workers {
        let busy = held.get(&worker.row.number);
        table.push(row(model, worker, busy.unwrap_or(&idle)));
    }
    browsed::draw(theme, buffer, area, browse, &table, workers.len());
    if let (Some(worker), Some(edge)) = (workers.get(browse.cursor()), line(below, 0)) {
        rule(theme, buffer, edge, Tone::Quiet);
        let columns = usize::from(below.width);
        let busy = held.get(&worker.row.number);
        let said = whole(model, worker, &busy.unwrap_or(&idle).tasks);
        let mut at = 1;
        for (text, tone) in said {
            for text in words(&theme.plain(&text), columns) {
                if let Some(line) = line(below, at) {
                    debug_assert!(width(&text) <= columns);
                    put(buffer, line, 0, &text, theme.tone(tone));
                }
                at += 1;
            }
        }
    }
}

/// What a worker is busy with.
#[derive(Default)]
struct Busy {
    /// The tasks it holds or performs batches of.
    tasks: Vec<TaskNumber>,
    /// The slots that this takes.
    slots: usize,
}

/// What each worker is busy with. Who holds a task with a queue needs no slot while others perform it.
fn held(model: &Model) -> BTreeMap<WorkerNumber, Busy> {
    let mut held: BTreeMap<WorkerNumber, Busy> = BTreeMap::new();
    for row in model.tasks.all() {
        if let Some(worker) = row.worker {
            let busy = held.entry(worker).or_default();
            busy.tasks.push(row.number);
            let coordinates = row.queue.is_some() && row.current == StateWord::Run;
            busy.slots += usize::from(!coordinates);
        }
        for (worker, seats) in row.queue.iter().flat_map(|queue| &queue.seats) {
            let busy = held.entry(*worker).or_default();
            busy.tasks.push(row.number);
            busy.slots += seats;
        }
    }
    for busy in held.values_mut() {
        busy.tasks.sort_unstable();
        busy.tasks.dedup();
    }
    held
}

fn told(workers: &[&WorkerNews]) -> Words {
    let alive = workers.iter().filter(|worker| worker.alive).count();
    let stuck = workers.iter().filter(|worker| worker.is_halted()).count();
    let died = workers.len() - alive;
    let mut words = Vec::new();
    if stuck > 0 {
        words.push((format!("{stuck} can't act"), Tone::Bad));
    }
    if died > 0 {
        words.push((format!("{died} died"), Tone::Attention));
    }
    words.push((format!("{alive} alive"), Tone::Plain));
    words
}

/// How a worker is, in a word.
fn how(worker: &WorkerNews) -> (&'static str, Tone) {
    match (worker.alive, worker.condition) {
        (false, _) => ("died", Tone::Attention),
        (true, Condition::Stopped) => ("stopped", Tone::Bad),
        (true, Condition::Uninterruptible) => ("waits for the disk", Tone::Bad),
        (true, Condition::Running) => ("alive", Tone::Good),
    }
}

fn row(model: &Model, worker: &WorkerNews, busy: &Busy) -> [Cell; 11] {
    let row = &worker.row;
    let (how, tone) = how(worker);
    let up = if worker.alive {
        human::duration(model.now.since(row.started_at))
    } else {
        String::new()
    };
    let used = model.meters.worker(row.number, model.now);
    let used = used.filter(|_| worker.alive);
    let numbers: Vec<String> = busy.tasks.iter().map(ToString::to_string).collect();
    let busy = human::count(busy.slots as u64);
    [
        Cell::new(row.number.to_string()),
        Cell::toned(how, tone),
        Cell::new(format!("{busy}/{}", human::count(row.concurrency))),
        Cell::new(up),
        Cell::new(
            used.and_then(|used| used.cores)
                .map_or_else(String::new, human::cores),
        ),
        Cell::new(used.map_or_else(String::new, |used| human::memory(used.memory))),
        Cell::new(&row.actor.host),
        Cell::new(row.actor.pid.to_string()),
        Cell::new(&row.version),
        Cell::new(kinds(worker)),
        Cell::new(numbers.join(" ")),
    ]
}

/// What a worker takes; nothing where that is everything.
fn kinds(worker: &WorkerNews) -> String {
    let accepts = &worker.row.accepts;
    if let Some(only) = accepts.only {
        return format!("task {only} only");
    }
    let kinds: Vec<&str> = accepts
        .kinds
        .iter()
        .chain(&accepts.registered)
        .map(String::as_str)
        .collect();
    kinds.join(" ")
}

/// All that is known of a worker, and what to do about it.
fn whole(model: &Model, worker: &WorkerNews, tasks: &[TaskNumber]) -> Words {
    let row = &worker.row;
    let pid = row.actor.pid;
    let mut said = Vec::new();
    match (worker.alive, worker.condition) {
        (false, _) => said.push((
            "its process is gone; what it held goes to another worker".to_owned(),
            Tone::Attention,
        )),
        (true, Condition::Stopped) => said.push((
            format!("stopped (SIGSTOP): it goes on with: kill -CONT {pid}"),
            Tone::Bad,
        )),
        (true, Condition::Uninterruptible) => said.push((
            format!("process {pid} is in uninterruptible sleep and takes no signal"),
            Tone::Bad,
        )),
        (true, Condition::Running) => {}
    }
    said.push((
        format!(
            "worker {} since {}, by {} on {}",
            row.number,
            model.clock().time(row.started_at),
            row.actor,
            row.actor.host
        ),
        Tone::Plain,
    ));
    if !tasks.is_empty() {
        let names: Vec<String> = tasks.iter().map(|task| task_name(model, *task)).collect();
        said.push((names.join(", "), Tone::Quiet));
    }
    said
}
