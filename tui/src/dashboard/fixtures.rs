//! Tasks and screens for tests.

mod kinds;
pub(crate) mod stored;
mod undoing;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use longhaul_common::alive::Condition;
use longhaul_common::backlog::{Backlog, Begun, Seat, Span, Tried, Unreachable};
use longhaul_common::gate::StoreGates;
use longhaul_common::id::{BatchNumber, RequestNumber, TaskId, TaskNumber, WorkerNumber};
use longhaul_common::settings::{Assignment, Changed};
use longhaul_common::spec::{Place, Queue, RegisteredWork, Way, Work};
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::store::{Claim, SetAnswer, TaskRow, WorkerRow};
use longhaul_common::time::Timestamp;
use longhaul_common::usage::Used;
use longhaul_common::view::Surroundings;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::effect::{Effect, Request, SetRequest};
use super::message::{Message, News, WorkerNews};
use super::model::{Access, Measured, Model, Options, Size};
use super::row::Row;
use super::texts::Texts;
use super::theme::{Charset, Colors, Palette, Theme};
use super::update::update;
use super::view;
pub(crate) use kinds::{kinds, performs};
pub(crate) use undoing::{undoes, undone};

/// When all of this happens.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_512_000_000);

/// The worker of odd number lives, the one of even number is dead.
pub(crate) const LIVING: WorkerNumber = WorkerNumber(1);
pub(crate) const DEAD: WorkerNumber = WorkerNumber(2);

pub(crate) const THEME: Theme = Theme {
    colors: Colors::Sixteen(Palette::USUAL),
    charset: Charset::Unicode,
};

/// A task as the store has it.
pub(crate) fn task(number: u64, change: impl FnOnce(&mut TaskRow)) -> TaskRow {
    let mut row = TaskRow::default();
    row.spec.number = TaskNumber(number);
    row.spec.id = TaskId::from_u128(0x01a2_0c16_4151_732a_8034_0000_0000_0000 + u128::from(number));
    row.spec.created_at = NOW;
    row.state.since = NOW;
    row.wish.by.user = "anna".into();
    row.progress.updated_at = NOW;
    change(&mut row);
    row
}

/// The same as the dashboard has it.
pub(crate) fn seen(row: &TaskRow) -> Row {
    let lives = |worker: WorkerNumber| worker.0 % 2 == 1;
    let view = Surroundings::new(&[], &StoreGates::default(), &lives, NOW).view(row);
    Row::of(view, NOW, &mut Texts::default())
}

pub(crate) fn row(number: u64, change: impl FnOnce(&mut TaskRow)) -> Row {
    seen(&task(number, change))
}

/// So much done of so much, so fast.
pub(crate) fn far(row: &mut TaskRow, done: u64, total: u64, rate: f64) {
    row.progress.items_done = done;
    row.progress.items_total = Some(total);
    row.progress.rate = rate;
    row.progress.running_ms = done * 1000 / 37;
    row.state.started_at = Some(NOW);
}

/// It runs.
pub(crate) fn running(row: &mut TaskRow, done: u64, total: u64, rate: f64) {
    held(row, LIVING, StateWord::Run);
    far(row, done, total, rate);
}

/// A worker holds it.
pub(crate) fn held(row: &mut TaskRow, worker: WorkerNumber, word: StateWord) {
    row.state.word = word;
    row.claim = Some(Claim {
        worker,
        epoch: row.state.epoch,
    });
}

fn ended(row: &mut TaskRow, outcome: Outcome) {
    row.state.word = StateWord::Terminate;
    row.state.outcome = Some(outcome);
}

/// One of each sort of task that there is.
pub(crate) fn all_sorts() -> Vec<TaskRow> {
    let named = |row: &mut TaskRow, name: &str| row.spec.name = name.into();
    vec![
        task(1, |row| {
            named(row, "checksums");
            ended(row, Outcome::Completed);
            far(row, 102_713, 102_713, 0.0);
        }),
        task(2, |row| {
            named(row, "import-2025");
            ended(row, Outcome::Failed);
            far(row, 1_200, 45_000, 0.0);
            row.progress.batches_failed = 1;
            row.progress.error = Some("exit code 1: no such table: orders".into());
        }),
        task(3, |row| {
            named(row, "wrong-year");
            ended(row, Outcome::Terminated);
            row.wish.desired = Desired::Terminate;
            row.wish.reason = Some("wrong year".into());
            far(row, 500, 8_000, 0.0);
        }),
        task(4, |row| {
            named(row, "reindex");
            row.wish.desired = Desired::Suspend;
            row.wish.reason = Some("the disk is needed for the backup".into());
            row.state.word = StateWord::Suspend;
            far(row, 55_400, 102_713, 0.0);
        }),
        task(5, |row| {
            named(row, "thumbnails");
            row.wish.desired = Desired::Suspend;
            row.wish.policy = true;
            row.state.word = StateWord::Suspend;
            row.progress.error = Some("exit code 2: cannot open /mnt/pictures/0042.raw".into());
            row.progress.retries = 3;
            far(row, 41, 900, 0.0);
        }),
        task(6, |row| {
            named(row, "export");
            running(row, 2_400, 102_713, 2251.0);
        }),
        task(7, |row| {
            named(row, "resize-videos");
            running(row, 63, 80, 0.004);
            row.wish.desired = Desired::Suspend;
            row.wish.reason = Some("release at noon".into());
            row.progress.batch_seconds = 9.0;
        }),
        task(8, |row| {
            named(row, "sync-mirror");
            running(row, 9_000, 0, 12.5);
            row.progress.items_total = None;
            row.wish.desired = Desired::Terminate;
        }),
        task(9, |row| {
            named(row, "mails");
            running(row, 310, 5_000, 3.2);
            row.progress.retries = 2;
            row.progress.error = Some("exit code 75: greylisted".into());
            row.progress.next_attempt_at = Some(NOW.after(Duration::from_secs(4)));
        }),
        task(10, |row| {
            named(row, "orphan");
            held(row, DEAD, StateWord::Run);
            far(row, 700, 1_000, 0.0);
        }),
        task(11, |row| named(row, "nightly")),
        task(12, |row| {
            named(row, "billing");
            row.spec.kind = "invoice".into();
            row.spec.work = Work::Registered(RegisteredWork::default());
        }),
        task(13, |row| {
            row.wish.desired = Desired::Run;
            row.state.word = StateWord::Suspend;
            far(row, 12, 40, 0.0);
        }),
    ]
}

/// Tasks with queues: one that is performed, one on its way to rest, one whose broker is away, one
/// that nobody performs, and one that rests.
pub(crate) fn with_queues() -> Vec<TaskRow> {
    let before = |seconds: i64| Timestamp::from_millis(NOW.as_millis() - 1000 * seconds);
    let begun = |batch: u64, worker: u64, seconds: i64| Begun {
        batch: BatchNumber(batch),
        slot: u16::try_from(batch % 100).expect("a small number"),
        seat: Seat {
            worker: WorkerNumber(worker),
            number: batch,
        },
        attempt: 1 + u32::from(batch == 117),
        since: before(seconds),
    };
    let queued = |row: &mut TaskRow, name: &str, queue: Queue, begun: Vec<Begun>| {
        row.spec.name = name.into();
        running(row, 11_600, 40_000, 84.0);
        row.progress.batch = BatchNumber(184);
        row.progress.batches_done = 115;
        row.progress.batch_seconds = 9.0;
        row.spec.batch_size = 100;
        row.spec.way = Way::Queued(queue);
        row.backlog = Some(Backlog {
            serving: true,
            open: vec![Span(121, 183)],
            begun,
            ..Backlog::default()
        });
    };
    let broker = Queue {
        place: Place::Broker(
            "redis://me:secret@10.0.0.7:6379/1"
                .parse()
                .expect("an address"),
        ),
        parallel: 4,
        ..Queue::default()
    };
    vec![
        task(1, |row| {
            let queue = Queue {
                parallel: 6,
                ordered: true,
                ..Queue::default()
            };
            let flight = vec![
                begun(117, 1, 2),
                begun(118, 1, 7),
                begun(119, 3, 4),
                begun(120, 5, 1),
            ];
            queued(row, "convert", queue, flight);
            if let Some(backlog) = &mut row.backlog {
                backlog.tried = vec![Tried {
                    batch: BatchNumber(116),
                    attempts: 2,
                    not_before: Some(NOW.after(Duration::from_secs(3))),
                }];
            }
        }),
        task(2, |row| {
            let flight = vec![begun(119, 1, 3), begun(120, 2, 5)];
            queued(row, "resize", Queue::default(), flight);
            row.wish.desired = Desired::Suspend;
        }),
        task(3, |row| {
            queued(row, "mails", broker, vec![begun(120, 3, 2)]);
            if let Some(backlog) = &mut row.backlog {
                backlog.sent_again = 31;
                backlog.unreachable = Some(Unreachable {
                    since: before(75),
                    why: "connection refused".into(),
                });
            }
        }),
        task(4, |row| {
            queued(row, "index", Queue::default(), Vec::new());
        }),
        task(5, |row| {
            queued(row, "archive", Queue::default(), Vec::new());
            row.claim = None;
            row.wish.desired = Desired::Suspend;
            row.state.word = StateWord::Suspend;
            if let Some(backlog) = &mut row.backlog {
                backlog.serving = false;
            }
        }),
    ]
}

/// A worker as it is shown.
pub(crate) fn worker(number: WorkerNumber, concurrency: u64) -> WorkerNews {
    WorkerNews {
        row: WorkerRow {
            number,
            concurrency,
            ..WorkerRow::default()
        },
        alive: true,
        condition: Condition::Running,
    }
}

/// What is used by each of these: the more, the higher the number.
pub(crate) fn measured(tasks: &[u64], workers: &[WorkerNumber]) -> News {
    let used = |number: u64| {
        let cores = Dice::new(number).below(100 * number.max(1));
        Used {
            cores: Some(f64::from(u32::try_from(cores).expect("few cores")) / 100.0),
            memory: (number + 1).pow(9),
            processes: usize::try_from(number).expect("few processes"),
        }
    };
    News::Measured(Measured {
        tasks: tasks
            .iter()
            .map(|number| (TaskNumber(*number), used(*number)))
            .collect(),
        workers: workers
            .iter()
            .map(|worker| (*worker, used(worker.0)))
            .collect(),
    })
}

/// A dashboard of this size that knows nothing yet.
pub(crate) fn blank(columns: u16, rows: u16, theme: Theme) -> Model {
    let options = Options {
        store: "/var/lib/longhaul".into(),
        theme,
        access: Access::Control,
        operator: "anna".into(),
        zone: TimeZone::UTC,
    };
    let mut model = Model::new(options, NOW, Size { columns, rows });
    update(&mut model, Message::Resize { columns, rows });
    model
}

/// One that has read the whole store.
pub(crate) fn filled(columns: u16, rows: u16, theme: Theme, tasks: &[TaskRow]) -> Model {
    let mut model = blank(columns, rows, theme);
    tell(&mut model, News::Workers(vec![worker(LIVING, 4)]));
    let rows: Vec<Row> = tasks.iter().rev().map(seen).collect();
    tell(&mut model, News::Whole(rows));
    model
}

pub(crate) fn tell(model: &mut Model, news: News) {
    update(model, Message::News(news));
}

/// Presses keys, by the names that help shows: single letters, `esc`, `enter`, `up`, `^u`.
pub(crate) fn press(model: &mut Model, keys: &str) {
    for name in keys.split_whitespace() {
        update(model, Message::Key(key(name)));
    }
}

/// A key by its name.
pub(crate) fn key(name: &str) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    let code = match name {
        "esc" => KeyCode::Esc,
        "enter" => KeyCode::Enter,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "backspace" => KeyCode::Backspace,
        "space" => KeyCode::Char(' '),
        _ => {
            let mut letters = name.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) => KeyCode::Char(letter),
                (Some('^'), Some(letter)) => {
                    modifiers = KeyModifiers::CONTROL;
                    KeyCode::Char(letter)
                }
                _ => panic!("no key {name}"),
            }
        }
    };
    KeyEvent::new(code, modifiers)
}

/// Types a text, letter by letter.
pub(crate) fn type_text(model: &mut Model, text: &str) {
    for letter in text.chars() {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        update(model, Message::Key(key));
    }
}

/// The one request that was made.
#[track_caller]
pub(crate) fn asked(effects: Vec<Effect>) -> Request {
    match <[Effect; 1]>::try_from(effects) {
        Ok([Effect::Ask(request)]) => request,
        other => panic!("nothing was asked: {other:?}"),
    }
}

/// What the store answers where all of it was changed.
pub(crate) fn were_set(request: &SetRequest) -> Vec<SetAnswer> {
    let tasks = request.tasks.iter().zip(&request.ids);
    let changed = |assignment: &Assignment| Changed {
        key: assignment.key(),
        before: "100/s".into(),
        after: "80/s".into(),
    };
    tasks
        .map(|(number, id)| SetAnswer {
            number: *number,
            id: *id,
            name: String::new(),
            changed: request.assignments.iter().map(changed).collect(),
            request: Some(RequestNumber(5)),
            refused: None,
        })
        .collect()
}

/// The tasks that a request is about.
pub(crate) fn numbers(request: &Request) -> Vec<u64> {
    request.tasks.iter().map(|task| task.0).collect()
}

/// The screen as it is drawn.
pub(crate) fn screen(model: &Model) -> TestBackend {
    let backend = TestBackend::new(model.size.columns, model.size.rows);
    let mut terminal = Terminal::new(backend).expect("a test backend takes all");
    terminal
        .draw(|frame| view::draw(model, frame))
        .expect("a test backend takes all");
    terminal.backend().clone()
}

/// Small random numbers; the same ones each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let at = self.below(all.len() as u64);
        &all[usize::try_from(at).expect("a place in a slice")]
    }
}
