//! `longhaul failures`: what failed of a task, and what keeps it from going on.

use std::collections::{BTreeMap, VecDeque};

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::{BatchNumber, TaskId, TaskNumber};
use longhaul_common::safe_text::safe_output;
use longhaul_common::store::{Failed, Failure as FailedBatch, Trouble};
use longhaul_common::task_log::LogReader;
use longhaul_common::time::Timestamp;
use longhaul_worker::items;
use serde::Serialize;

use crate::cli::FailuresArgs;
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::output::paint::{Paint, Tone};
use crate::output::table::{Cell, Column, Table};
use crate::output::{self, human, terminal};
use crate::session::{Session, resolve};

/// The last lines of a batch that are shown.
const LINES: usize = 10;

pub(crate) fn run(session: &Session, args: &FailuresArgs) -> Result<Outcome, Failure> {
    let control = session.look()?;
    let task = resolve(&control, std::slice::from_ref(&args.task))?[0];
    let failed = control.store().failed(task, usize::MAX)?;
    let mut rows = rows(&failed);
    number_items(&control, &failed, &mut rows);
    if args.output || session.json() {
        take_output(&control, task, &mut rows)?;
    }
    if session.json() {
        let spec = &failed.row.spec;
        output::json_document(&Document {
            id: spec.id,
            number: task,
            name: (!spec.name.is_empty()).then_some(&spec.name),
            failures: rows,
        })?;
    } else if rows.is_empty() {
        output::note(&format!("nothing of task {task} has failed"));
    } else {
        output::text(&text(&rows, args.output, session.paint()))?;
    }
    Ok(Outcome::Done)
}

/// How something that failed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    /// The task waits for somebody to look at it.
    Blocks,
    /// It is tried again.
    Retried,
    /// It was passed over.
    Failed,
    /// It was, and waits to be tried again.
    Waiting,
}

impl Standing {
    fn as_str(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Retried => "retried",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    id: TaskId,
    number: TaskNumber,
    name: Option<&'a String>,
    failures: Vec<Row>,
}

/// A batch that failed, or of which some items did.
#[derive(Serialize)]
struct Row {
    batch: BatchNumber,
    state: Standing,
    /// Its first item, counted from 1 in the whole input; of lines, the number of the line.
    first_item: Option<u64>,
    /// Its last.
    last_item: Option<u64>,
    /// None where it is not known what it would be.
    items: Option<u64>,
    items_failed: Option<u64>,
    /// Those that failed, where the others are done.
    passed: Vec<Passed>,
    attempts: u32,
    error: String,
    at: Timestamp,
    next_attempt_at: Option<Timestamp>,
    passed_over_by: Option<Actor>,
    reason: Option<String>,
    /// The last lines that it wrote.
    output: VecDeque<String>,
    #[serde(skip)]
    cursor: Vec<u8>,
}

#[derive(Serialize)]
struct Passed {
    item: Option<u64>,
    place: u64,
    error: String,
}

fn rows(failed: &Failed) -> Vec<Row> {
    let troubles = failed.troubles.iter().map(of_trouble);
    troubles
        .chain(failed.failures.iter().map(of_failure))
        .collect()
}

fn of_trouble(trouble: &Trouble) -> Row {
    Row {
        batch: trouble.batch,
        state: if trouble.blocks {
            Standing::Blocks
        } else {
            Standing::Retried
        },
        first_item: None,
        last_item: None,
        items: trouble.items,
        items_failed: None,
        passed: Vec::new(),
        attempts: trouble.attempts,
        error: trouble.error.clone(),
        at: trouble.at,
        next_attempt_at: trouble.next_attempt_at,
        passed_over_by: None,
        reason: None,
        output: VecDeque::new(),
        cursor: trouble.cursor.to_vec(),
    }
}

fn of_failure(failure: &FailedBatch) -> Row {
    let passed = failure.passed.iter().map(|item| Passed {
        item: None,
        place: item.place,
        error: item.error.clone(),
    });
    Row {
        batch: failure.batch,
        state: if failure.waits() {
            Standing::Waiting
        } else {
            Standing::Failed
        },
        first_item: None,
        last_item: None,
        items: Some(failure.items),
        items_failed: Some(failure.items_failed()),
        passed: passed.collect(),
        attempts: failure.attempts,
        error: failure.error.clone(),
        at: failure.at,
        next_attempt_at: None,
        passed_over_by: failure.by.clone(),
        reason: failure.reason.clone(),
        output: VecDeque::new(),
        cursor: failure.cursor.to_vec(),
    }
}

/// Says which items of the input they are. Where it can't be told, as of an input that is gone, nothing is said.
fn number_items(control: &Control, failed: &Failed, rows: &mut [Row]) {
    let cursors: Vec<&[u8]> = rows.iter().map(|row| row.cursor.as_slice()).collect();
    let numbers = items::numbers(control.store(), &failed.row.spec, &cursors);
    for (row, number) in rows.iter_mut().zip(numbers) {
        row.first_item = number.filter(|_| row.items.is_some());
        let items = row.items.unwrap_or(0);
        row.last_item = row.first_item.map(|first| first + items.saturating_sub(1));
        for passed in &mut row.passed {
            passed.item = row.first_item.map(|first| first + passed.place);
        }
    }
}

/// Reads what the batches wrote out of the task's log, as far as that goes back.
fn take_output(control: &Control, task: TaskNumber, rows: &mut [Row]) -> Result<(), Failure> {
    let places: BTreeMap<String, usize> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| (row.batch.to_string(), place))
        .collect();
    let mut reader = LogReader::new(control.store().dir(), task);
    let mut place = 0;
    loop {
        let chunk = reader.read_from(place)?;
        if chunk.bytes.is_empty() {
            return Ok(());
        }
        place = chunk.next;
        for line in chunk.lines() {
            let Some(row) = places.get(line.source) else {
                continue;
            };
            let output = &mut rows[*row].output;
            if output.len() == LINES {
                output.pop_front();
            }
            output.push_back(String::from_utf8_lossy(line.text).into_owned());
        }
    }
}

const COLUMNS: [Column; 7] = [
    Column::right("BATCH", 100),
    Column::left("STATE", 95),
    Column::right("ITEMS", 90),
    Column::right("FAILED", 60),
    Column::right("ATTEMPTS", 50),
    Column::left("WHEN", 40),
    Column::left("ERROR", 80).cut_to(20),
];

fn text(rows: &[Row], output: bool, paint: Paint) -> String {
    let clock = Clock::local();
    if !output {
        let mut table = Table::new(COLUMNS);
        for row in rows {
            table.push(cells(row, &clock));
        }
        return table.render(terminal::width(), paint);
    }
    let mut text = String::new();
    for row in rows {
        let mut table = Table::new(COLUMNS);
        table.push(cells(row, &clock));
        text.push_str(&table.render(terminal::width(), paint));
        for passed in &row.passed {
            let item = passed.item.unwrap_or(passed.place + 1);
            let line = format!("  item {}: {}", human::count(item), passed.error);
            text.push_str(&paint.paint(Tone::Bad, &safe_output(line.as_bytes())));
            text.push('\n');
        }
        for line in &row.output {
            text.push_str("  ");
            text.push_str(&safe_output(line.as_bytes()));
            text.push('\n');
        }
    }
    text
}

fn cells(row: &Row, clock: &Clock) -> [Cell; 7] {
    let tone = match row.state {
        Standing::Blocks => Tone::Bad,
        Standing::Retried => Tone::Attention,
        Standing::Failed | Standing::Waiting => Tone::Plain,
    };
    let items = match (row.first_item, row.last_item, row.items) {
        (Some(first), Some(last), _) if first == last => human::count(first),
        (Some(first), Some(last), _) => {
            format!("{}-{}", human::count(first), human::count(last))
        }
        (.., Some(items)) => human::counted(items, "item", "items"),
        (.., None) => String::new(),
    };
    let error = match (&row.passed_over_by, &row.reason) {
        (None, _) => row.error.clone(),
        (Some(by), None) => format!("passed over by {by}: {}", row.error),
        (Some(by), Some(why)) => format!("passed over by {by} because \"{why}\": {}", row.error),
    };
    [
        Cell::new(row.batch.to_string()),
        Cell::toned(row.state.as_str(), tone),
        Cell::new(items),
        Cell::new(row.items_failed.map(human::count).unwrap_or_default()),
        Cell::new(human::count(row.attempts.into())),
        Cell::new(clock.time(row.at)),
        Cell::new(error),
    ]
}
