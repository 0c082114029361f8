//! A random operator who asks, over a store that others change meanwhile.

use std::collections::VecDeque;

use super::*;
use crate::dashboard::fixtures::{Dice, NOW, all_sorts, key, seen};
use crate::dashboard::message::New;
use crate::dashboard::model::Field;
use crate::dashboard::view;

const STEPS: u32 = 20_000;

/// Keys by their names; those that ask come more often than others.
const KEYS: &[&str] = &[
    "s",
    "s",
    "r",
    "r",
    "t",
    "S",
    "T",
    "u",
    "u",
    "space",
    "space",
    "*",
    "y",
    "y",
    "n",
    "x",
    "c",
    "tab",
    "enter",
    "enter",
    "esc",
    "j",
    "k",
    "G",
    "g",
    "1",
    "2",
    "3",
    "backspace",
    ":",
    "/",
    "l",
    "e",
    "w",
    "f",
    "?",
    "up",
    "down",
    "^c",
    "o",
    "z",
    "q",
    "+",
    "-",
];

/// What is typed at once in the palette.
const COMMANDS: &[&str] = &[
    "suspend 3",
    "resume 4",
    "suspend",
    "terminate 2 4",
    "suspend 1 2 3",
    "resume 5 --reason why",
    "terminate --no-hooks",
    "suspend 6 --force",
    "mark 1 2 3",
    "mark-all",
    "undo",
    "filter e",
    "filter state:run",
    "sort name",
    "log 2",
    "suspend nobody",
    "set 2 rate=5/s",
    "set retries=1",
    "pause 3",
    "close",
    "\u{1b}[2J",
];

struct Walk {
    dice: Dice,
    model: Model,
    /// What the store has not answered yet.
    open: VecDeque<Effect>,
    requests: u64,
    asked: u32,
    undone: u32,
    set: u32,
}

impl Walk {
    fn take(&mut self, message: Message) {
        let key = match &message {
            Message::Key(key) => Some(*key),
            _ => None,
        };
        let answers = matches!(
            message,
            Message::Answered(..) | Message::WasSet(..) | Message::Undone(..)
        );
        let before = self.model.dialogue.as_ref().map(frozen);
        let confirms = key.is_some_and(|key| confirms(&self.model, key));
        let typed = self.model.palette.typing().is_some();
        let read_only = self.model.options.access == Access::ReadOnly;
        let effects = update(&mut self.model, message);
        for effect in effects {
            match effect {
                Effect::Ask(request) => {
                    assert!(!read_only, "{request:?}");
                    self.asked += 1;
                    let key = key.expect("only a key asks");
                    match &before {
                        Some(shown) => {
                            assert!(confirms, "{key:?}");
                            assert_eq!(
                                (&request.tasks, request.want, request.haste),
                                (&shown.0, shown.1, shown.2)
                            );
                        }
                        None => {
                            let by_key = matches!(key.code, KeyCode::Char('s' | 'r'));
                            let by_words = typed && key.code == KeyCode::Enter;
                            assert!(by_key || by_words, "{key:?}");
                            assert_eq!(request.tasks.len(), 1);
                            assert_ne!(request.want, Desired::Terminate);
                            assert_eq!(request.haste, Haste::AtBoundary);
                        }
                    }
                    self.open.push_back(Effect::Ask(request));
                }
                Effect::Undo(undos) => {
                    assert!(!read_only);
                    assert!(before.is_none() || answers, "not under a dialogue");
                    assert!(
                        undos
                            .iter()
                            .all(|undo| undo.before.desired != Desired::Terminate)
                    );
                    assert!(!undos.is_empty());
                    self.undone += 1;
                    self.open.push_back(Effect::Undo(undos));
                }
                Effect::Set(request) => {
                    assert!(!read_only, "{request:?}");
                    assert!(before.is_none() || answers, "not under a dialogue");
                    assert!(request.undoes || key.is_some(), "only a key sets");
                    self.set += 1;
                    self.undone += u32::from(request.undoes);
                    self.open.push_back(Effect::Set(request));
                }
                Effect::Submit(submission) => {
                    assert!(!read_only, "{submission:?}");
                    assert!(key.is_some(), "only a key submits");
                    self.open.push_back(Effect::Submit(submission));
                }
                Effect::Comment(request) => {
                    assert!(!read_only, "{request:?}");
                    assert!(key.is_some(), "only a key says anything");
                    self.open.push_back(Effect::Comment(request));
                }
                _ => {}
            }
        }
        if let (Some(before), Some(after)) = (&before, &self.model.dialogue) {
            assert_eq!(*before, frozen(after), "what a dialogue shows is frozen");
        }
        let gone = self
            .model
            .marks
            .iter()
            .find(|task| self.model.tasks.get(**task).is_none());
        assert_eq!(gone, None, "marks exist");
    }

    /// The store answers what it was asked longest ago.
    fn answer(&mut self) {
        let error = match self.dice.below(8) {
            0 => Some(StoreError::Busy {
                path: "/store".into(),
                waited: Duration::ZERO,
            }),
            1 => Some(StoreError::Unknown {
                path: "/store".into(),
                waited: None,
            }),
            _ => None,
        };
        self.requests += 1;
        let number = self.requests;
        match self.open.pop_front() {
            Some(Effect::Ask(request)) => {
                let answers = match error {
                    Some(error) => Err(error),
                    None => Ok(self.answers(&request, number)),
                };
                self.take(Message::Answered(request, answers));
            }
            Some(Effect::Undo(undos)) => {
                let request = Request {
                    blocking: longhaul_common::store::Blocking::Again,
                    until: None,
                    of_request: None,
                    want: Desired::Run,
                    haste: Haste::AtBoundary,
                    hooks: Hooks::Run,
                    done: Done::AsBrought,
                    tasks: undos.iter().map(|undo| undo.task).collect(),
                    ids: undos.iter().map(|undo| undo.id).collect(),
                    reason: None,
                };
                let answers = match error {
                    Some(error) => Err(error),
                    None => Ok(self.answers(&request, number)),
                };
                self.take(Message::Undone(undos, answers));
            }
            Some(Effect::Set(request)) => {
                let answers = match error {
                    Some(error) => Err(error),
                    None => Ok(fixtures::were_set(&request)),
                };
                self.take(Message::WasSet(request, answers));
            }
            Some(Effect::Submit(submission)) => {
                let answer = match error {
                    Some(error) => Err(error.to_string()),
                    None => Ok(New::Task(TaskNumber(number))),
                };
                self.take(Message::Submitted(submission, answer));
            }
            Some(Effect::Comment(request)) => {
                let answer = error.map_or(Ok(Vec::new()), Err);
                self.take(Message::Commented(request, answer));
            }
            _ => {}
        }
    }

    fn answers(&mut self, request: &Request, number: u64) -> Vec<Answer> {
        let wanted = [Desired::Run, Desired::Suspend, Desired::Terminate];
        let mut answers = granted(request, number);
        for answer in &mut answers {
            if let Some(before) = &mut answer.before {
                before.desired = *self.dice.of(&wanted);
            }
            match self.dice.below(6) {
                0 => refuse(answer, ENDED),
                1 => answer.current = StateWord::Terminate,
                2 => {
                    answer.request = None;
                    answer.before = None;
                }
                _ => {}
            }
        }
        answers
    }

    fn news(&mut self) -> News {
        match self.dice.below(60) {
            0 => News::Anew,
            1..4 => News::Access(Access::ReadOnly),
            4..12 => News::Access(Access::Control),
            12..18 => News::Changed {
                rows: Vec::new(),
                gone: (0..self.dice.below(3))
                    .map(|_| TaskNumber(1 + self.dice.below(15)))
                    .collect(),
            },
            _ => {
                let sorts = all_sorts();
                let rows = (0..self.dice.below(4)).map(|_| {
                    let mut task = self.dice.of(&sorts).clone();
                    task.spec.number = TaskNumber(1 + self.dice.below(15));
                    task.wish.by.user = (*self.dice.of(&["anna", "bert"])).into();
                    task.state.owed.cleanup = self.dice.below(2) == 0;
                    seen(&task)
                });
                News::Changed {
                    rows: rows.collect(),
                    gone: Vec::new(),
                }
            }
        }
    }
}

/// What a dialogue acts on.
fn frozen(dialogue: &crate::dashboard::model::Dialogue) -> (Vec<TaskNumber>, Desired, Haste) {
    let request = dialogue.request();
    (request.tasks, request.want, request.haste)
}

/// Whether a key is a yes to the dialogue that is open.
fn confirms(model: &Model, key: KeyEvent) -> bool {
    model
        .dialogue
        .as_ref()
        .is_some_and(|dialogue| match (dialogue.field, key.code) {
            (Field::Answer, KeyCode::Char('y')) => true,
            (Field::Count, KeyCode::Enter) => {
                dialogue.count.text() == dialogue.tasks.len().to_string()
            }
            _ => false,
        })
}

#[test]
fn whatever_happens_only_what_was_shown_and_confirmed_is_asked() {
    let mut walk = Walk {
        dice: Dice::new(17),
        model: fixtures::filled(80, 24, THEME, &all_sorts()),
        open: VecDeque::new(),
        requests: 0,
        asked: 0,
        undone: 0,
        set: 0,
    };
    for step in 0..STEPS {
        match walk.dice.below(20) {
            0 | 6 => walk.answer(),
            1 => {
                let now = NOW.after(Duration::from_secs(walk.dice.below(100)));
                walk.take(Message::Clock(now));
            }
            2..5 => {
                let news = walk.news();
                walk.take(Message::News(news));
            }
            5 => {
                walk.take(Message::Key(key(":")));
                for letter in walk.dice.of(COMMANDS).chars() {
                    let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
                    walk.take(Message::Key(key));
                }
                walk.take(Message::Key(key("enter")));
            }
            _ => {
                let name = *walk.dice.of(KEYS);
                walk.take(Message::Key(key(name)));
            }
        }
        if step.is_multiple_of(50) {
            let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24))
                .expect("a test backend takes all");
            let model = &walk.model;
            terminal
                .draw(|frame| view::draw(model, frame))
                .expect("a test backend takes all");
        }
    }
    assert!(walk.asked > 100, "{}", walk.asked);
    assert!(walk.undone > 50, "{}", walk.undone);
    assert!(walk.set > 50, "{}", walk.set);
}
