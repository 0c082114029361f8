//! A random operator over a random store: whatever they do, nothing breaks.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::id::TaskNumber;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use longhaul_common::task_log::Seam;

use super::effect::Effect;
use super::fixtures::stored::{Stored, log};
use super::fixtures::{DEAD, Dice, LIVING, NOW, THEME, all_sorts, blank, row, seen, task, worker};
use super::message::{Health, Message, News};
use super::reading::{LogNews, LogPart};
use super::update::update;
use super::view;

fn any_key(dice: &mut Dice) -> KeyEvent {
    const LETTERS: &[char] = &[
        'j', 'k', 'g', 'G', 'n', 'N', 'a', 'A', ' ', '*', 'u', '/', 'o', 'O', 'z', 's', ':', '?',
        't', 'e', 'r', '!', '~', '"', 'é', '数', 'l', 'e', 'w', 'f', 'F', 'W', 'v', 'y',
    ];
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    match dice.below(40) {
        0 => plain(KeyCode::Esc),
        1 => plain(KeyCode::Enter),
        2 => plain(KeyCode::Up),
        3 => plain(KeyCode::Down),
        4 => plain(KeyCode::Left),
        5 => plain(KeyCode::Backspace),
        6 => plain(KeyCode::Tab),
        7 => plain(KeyCode::Home),
        8 => KeyEvent::new(KeyCode::Char('d'), KeyModifiers::CONTROL),
        9 => KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL),
        10 => KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL),
        11 => plain(KeyCode::Right),
        12 => plain(KeyCode::End),
        _ => plain(KeyCode::Char(*dice.of(LETTERS))),
    }
}

/// A log that grows, is read back, dropped or replaced, whether or not somebody asked.
fn any_log(dice: &mut Dice, next: u64) -> LogNews {
    let lines = usize::try_from(dice.below(90)).expect("small");
    let hostile = "\u{1b}[2J\r\t数\u{202e}\n\n\0\n";
    let bytes: Vec<u8> = match dice.below(4) {
        0 => hostile.as_bytes().to_vec(),
        1 => Vec::new(),
        _ => log(lines).into_bytes(),
    };
    LogNews {
        task: TaskNumber(1 + dice.below(next)),
        part: match dice.below(6) {
            0 => LogPart::End,
            1 => LogPart::Before(dice.below(9000)),
            2 => LogPart::Appended(Seam::Dropped { bytes: 70 }),
            3 => LogPart::Appended(Seam::Restarted),
            _ => LogPart::Appended(Seam::Joined),
        },
        bytes,
        next: dice.below(90_000),
    }
}

/// What was asked for is answered, now and then not at all.
fn any_answer(dice: &mut Dice, effect: &Effect, stored: &Stored) -> Option<News> {
    match effect {
        Effect::Read(reading) => match dice.below(9) {
            0 => Some(News::Unread(*reading, "the\u{1b}[2Jstore is busy".into())),
            _ => Some(stored.read(*reading)),
        },
        _ => None,
    }
}

fn any_news(dice: &mut Dice, next: &mut u64) -> News {
    match dice.below(27) {
        26 => News::LookedBefore(NOW),
        20 => News::Log(any_log(dice, *next)),
        21 => News::LogGrew(TaskNumber(1 + dice.below(*next))),
        22 => News::LogUnread(TaskNumber(1 + dice.below(*next)), "no\u{1b}log".into()),
        23 => News::Happened(Stored::new().events),
        24 | 25 => News::Log(LogNews {
            part: LogPart::End,
            ..any_log(dice, *next)
        }),
        0 => News::Anew,
        1 => News::Whole(Vec::new()),
        2 => News::Workers(vec![worker(LIVING, dice.below(9))]),
        3 => News::Workers(Vec::new()),
        4 => News::Health(Health::Trouble("the store\u{1b}[2J is busy".into())),
        5 => News::Health(Health::Well),
        6 => News::Changed {
            rows: Vec::new(),
            gone: (0..dice.below(4))
                .map(|_| TaskNumber(1 + dice.below(*next)))
                .collect(),
        },
        7..11 => {
            *next += 1;
            let rows = vec![row(*next, |row| row.spec.name = "n\u{301}数".repeat(9))];
            News::Filled(rows)
        }
        _ => {
            let sorts = all_sorts();
            let rows = (0..dice.below(5))
                .map(|_| {
                    let mut task = dice.of(&sorts).clone();
                    task.spec.number = TaskNumber(1 + dice.below(*next));
                    task.spec.id = self::task(task.spec.number.0, |_| {}).spec.id;
                    if dice.below(9) == 0
                        && let Some(claim) = &mut task.claim
                    {
                        claim.worker = DEAD;
                    }
                    seen(&task)
                })
                .collect();
            News::Changed {
                rows,
                gone: Vec::new(),
            }
        }
    }
}

#[test]
fn random_keys_and_news_break_nothing() {
    let mut dice = Dice::new(11);
    let mut model = blank(80, 24, THEME);
    let stored = Stored::new();
    let mut next = 1;
    for step in 0..20_000_u32 {
        let message = match dice.below(10) {
            0 => Message::Resize {
                columns: u16::try_from(dice.below(220)).expect("small"),
                rows: u16::try_from(dice.below(60)).expect("small"),
            },
            1 => Message::Clock(NOW.after(std::time::Duration::from_secs(dice.below(99)))),
            2..6 => Message::News(any_news(&mut dice, &mut next)),
            _ => Message::Key(any_key(&mut dice)),
        };
        let before = model.tasks.selected().map(|row| row.number);
        let by_news = matches!(message, Message::News(News::Filled { .. }));
        for effect in update(&mut model, message) {
            if let Some(news) = any_answer(&mut dice, &effect, &stored) {
                update(&mut model, Message::News(news));
            }
        }
        let listed = model.tasks.listed();
        assert_eq!(model.tasks.selected().is_none(), listed == 0, "step {step}");
        if by_news && before.is_some() {
            let after = model.tasks.selected().map(|row| row.number);
            assert_eq!(after, before, "step {step}");
        }
        if step.is_multiple_of(7) {
            let backend = TestBackend::new(model.size.columns, model.size.rows);
            let mut terminal = Terminal::new(backend).expect("a test backend takes all");
            terminal
                .draw(|frame| view::draw(&model, frame))
                .expect("a test backend takes all");
            let cells = &terminal.backend().buffer().content;
            let hostile = |symbol: &str| symbol.chars().any(char::is_control);
            assert!(
                !cells.iter().any(|cell| hostile(cell.symbol())),
                "step {step}"
            );
        }
    }
}
