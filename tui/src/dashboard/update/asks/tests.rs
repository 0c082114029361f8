mod rollback;
mod said;
mod undo;
mod walk;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use longhaul_common::id::{RequestNumber, TaskId, TaskNumber};
use longhaul_common::rules::Refused;
use longhaul_common::state::{Desired, Ending, Outcome, StateWord};
use longhaul_common::store::{Answer, Done, Haste, Hooks, StoreError, TaskRow, Undo, Wish};

use crate::dashboard::effect::{Effect, Request};
use crate::dashboard::fixtures::stored::Stored;
use crate::dashboard::fixtures::{self, THEME, asked, numbers, row, running, task};
use crate::dashboard::message::{Message, News};
use crate::dashboard::model::{Access, Model};
use crate::dashboard::update::update;

/// A list of so many running tasks.
fn list(tasks: u64) -> Model {
    let tasks: Vec<TaskRow> = (1..=tasks)
        .map(|number| task(number, |row| running(row, 1, 9, 1.0)))
        .collect();
    fixtures::filled(80, 24, THEME, &tasks)
}

fn screen(model: &Model) -> String {
    fixtures::screen(model).to_string()
}

fn code(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    update(model, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// Presses keys, and gives what the last of them has done.
fn keys(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.chars() {
        effects = code(model, KeyCode::Char(key));
    }
    effects
}

/// What the store answers to a request that is granted on each of its tasks.
fn granted(request: &Request, number: u64) -> Vec<Answer> {
    let answer = |task: &TaskNumber| Answer {
        number: *task,
        id: TaskId::from_u128(1),
        name: format!("import-{task}"),
        desired: request.want,
        before: Some(Box::new(Wish {
            request: RequestNumber(number - 1),
            ..Wish::default()
        })),
        claim: None,
        current: StateWord::Run,
        request: Some(RequestNumber(number)),
        held: None,
        refused: None,
        passed_over: Vec::new(),
    };
    request.tasks.iter().map(answer).collect()
}

fn refuse(answer: &mut Answer, why: Refused) {
    answer.refused = Some(why);
    answer.request = None;
    answer.before = None;
}

fn answer(model: &mut Model, request: Request, answers: Vec<Answer>) -> Vec<Effect> {
    update(model, Message::Answered(request, Ok(answers)))
}

fn wait(model: &mut Model, seconds: u64) {
    let now = model.now.after(Duration::from_secs(seconds));
    update(model, Message::Clock(now));
}

#[track_caller]
fn undoing(effects: Vec<Effect>) -> Vec<Undo> {
    match <[Effect; 1]>::try_from(effects) {
        Ok([Effect::Undo(undos)]) => undos,
        other => panic!("nothing is undone: {other:?}"),
    }
}

#[track_caller]
fn assert_shows(model: &Model, text: &str) {
    let shown = screen(model);
    assert!(shown.contains(text), "no {text:?} in\n{shown}");
}

#[track_caller]
fn assert_hides(model: &Model, text: &str) {
    let shown = screen(model);
    assert!(!shown.contains(text), "{text:?} in\n{shown}");
}

const ENDED: Refused = Refused::Ended {
    outcome: Outcome::Terminated,
};

#[test]
fn suspending_the_task_under_the_cursor_asks_nobody() {
    let mut model = list(3);
    let request = asked(keys(&mut model, "js"));
    assert_eq!(numbers(&request), [2]);
    assert_eq!(request.want, Desired::Suspend);
    assert_eq!(request.haste, Haste::AtBoundary);
}

#[test]
fn terminating_force_and_several_tasks_are_confirmed_with_y_alone() {
    for first in ["t", "S", "T", " s", " j r"] {
        for no in [KeyCode::Char('n'), KeyCode::Esc] {
            let mut model = list(3);
            assert_eq!(
                keys(&mut model, if first == " s" { "  s" } else { first }),
                []
            );
            assert!(model.dialogue.is_some(), "{first}");
            assert_eq!(code(&mut model, KeyCode::Enter), []);
            assert!(model.dialogue.is_some(), "enter closed it: {first}");
            assert_eq!(code(&mut model, no), []);
            assert!(model.dialogue.is_none());
            let late = code(&mut model, KeyCode::Char('y'));
            assert!(!late.iter().any(|effect| matches!(effect, Effect::Ask(_))));
        }
    }
    let mut model = list(3);
    let request = asked(keys(&mut model, "Ty"));
    assert_eq!(
        (request.want, request.haste),
        (Desired::Terminate, Haste::ByForce)
    );
}

#[test]
fn a_dialogue_acts_on_what_it_showed_whatever_the_list_does() {
    let mut model = list(3);
    keys(&mut model, "t");
    let rows = vec![row(4, |row| running(row, 1, 9, 1.0))];
    let gone = vec![TaskNumber(2)];
    update(&mut model, Message::News(News::Changed { rows, gone }));
    assert_eq!(numbers(&asked(keys(&mut model, "y"))), [3]);
}

#[test]
fn the_reason_is_typed_after_tab_and_its_letters_answer_nothing() {
    let mut model = list(1);
    keys(&mut model, "t");
    code(&mut model, KeyCode::Tab);
    assert_eq!(keys(&mut model, "yes, no"), []);
    code(&mut model, KeyCode::Esc);
    assert!(screen(&model).contains("reason: yes, no"));
    let request = asked(keys(&mut model, "y"));
    assert_eq!(request.reason.as_deref(), Some("yes, no"));
}

#[test]
fn more_than_ten_tasks_are_confirmed_by_their_number() {
    let mut model = list(12);
    keys(&mut model, "*ty");
    assert!(model.dialogue.is_some());
    keys(&mut model, "11");
    assert_eq!(code(&mut model, KeyCode::Enter), []);
    code(&mut model, KeyCode::Backspace);
    keys(&mut model, "2");
    let request = asked(code(&mut model, KeyCode::Enter));
    assert_eq!(request.tasks.len(), 12);
    assert!(model.marks.is_empty());
}

#[test]
fn all_that_match_are_marked_also_those_that_are_not_on_the_screen() {
    let mut model = list(100);
    keys(&mut model, "*");
    assert_eq!(model.marks.len(), 100);
    keys(&mut model, "s");
    assert!(screen(&model).contains("tasks are not on the screen"));
    code(&mut model, KeyCode::Esc);
    keys(&mut model, "*");
    assert!(model.marks.is_empty());
}

#[test]
fn a_task_whose_detail_covers_the_list_is_on_the_screen() {
    let stored = Stored::new();
    let mut model = fixtures::filled(60, 15, THEME, &stored.tasks);
    stored.press(&mut model, "enter");
    let subject = model.tasks.selected().expect("there are tasks").number;
    assert!(model.tasks.visible().all(|row| row.number != subject));
    stored.press(&mut model, "t");
    assert!(model.dialogue.is_some());
    assert_hides(&model, "not on the screen");
}

#[test]
fn marks_of_tasks_that_are_gone_go() {
    let mut model = list(2);
    keys(&mut model, "*");
    let gone = vec![TaskNumber(1)];
    let rows = Vec::new();
    update(&mut model, Message::News(News::Changed { rows, gone }));
    assert_eq!(
        model.marks.iter().map(|task| task.0).collect::<Vec<_>>(),
        [2]
    );
}

#[test]
fn resuming_what_somebody_else_suspended_shows_who_and_why_and_asks() {
    let suspended = |by: &str, policy: bool| {
        let rows = [task(1, |row| {
            row.state.word = StateWord::Suspend;
            row.wish.desired = Desired::Suspend;
            row.wish.by.user = by.into();
            row.wish.reason = Some("the backup runs".into());
            row.wish.policy = policy;
            // It failed before, in either case.
            row.progress.error = Some("exit status 1".into());
        })];
        fixtures::filled(80, 24, THEME, &rows)
    };
    let mut model = suspended("bert", false);
    assert_eq!(keys(&mut model, "r"), []);
    let shown = screen(&model);
    assert!(
        shown.contains("suspended by bert: the backup runs"),
        "{shown}"
    );
    assert_eq!(asked(keys(&mut model, "y")).want, Desired::Run);
    assert_eq!(
        asked(keys(&mut suspended("anna", false), "r")).want,
        Desired::Run
    );
    assert_eq!(
        asked(keys(&mut suspended("bert", true), "r")).want,
        Desired::Run
    );
}

#[test]
fn where_one_may_only_look_nothing_is_asked_and_that_is_said() {
    let mut model = list(1);
    model.options.access = Access::ReadOnly;
    assert_eq!(keys(&mut model, "t"), []);
    assert!(model.dialogue.is_none());
    assert!(screen(&model).contains("open to look only"));
}

#[test]
fn a_dialogue_copies_its_command() {
    let mut model = list(2);
    keys(&mut model, " T");
    code(&mut model, KeyCode::Tab);
    keys(&mut model, "it's wrong");
    code(&mut model, KeyCode::Enter);
    let command =
        "longhaul terminate 2 --force --reason 'it'\\''s wrong' --store /var/lib/longhaul";
    assert_eq!(keys(&mut model, "c"), [Effect::Copy(command.into())]);
    assert!(model.dialogue.is_some());
    assert_shows(&model, "the command was sent to the terminal's clipboard");
}

#[test]
fn a_dialogue_says_how_many_of_the_marks_the_filter_hides() {
    let tasks: Vec<TaskRow> = (1..=30)
        .map(|number| {
            task(number, |row| {
                row.spec.name = if number < 27 { "few" } else { "many" }.into();
            })
        })
        .collect();
    let mut model = fixtures::filled(80, 24, THEME, &tasks);
    keys(&mut model, "*/many");
    code(&mut model, KeyCode::Enter);
    keys(&mut model, "s");
    let said = "26 tasks are hidden by the filter";
    assert_shows(&model, said);
}

#[test]
fn hooks_can_be_passed_over_where_nobody_lives_to_run_them() {
    let mut model = list(1);
    keys(&mut model, "t");
    assert_hides(&model, "without hooks");
    assert_eq!(asked(keys(&mut model, "xy")).hooks, Hooks::Run);
    let orphan = task(1, |row| {
        fixtures::held(row, fixtures::DEAD, StateWord::Run);
        row.state.owed.cleanup = true;
    });
    let mut model = fixtures::filled(80, 24, THEME, &[orphan]);
    keys(&mut model, "t");
    assert_shows(&model, "1 task owes cleanup and waits for a worker");
    keys(&mut model, "x");
    assert_shows(&model, "--no-hooks");
    assert_shows(&model, "x with hooks");
    keys(&mut model, "x");
    assert_hides(&model, "--no-hooks");
    assert_eq!(asked(keys(&mut model, "xy")).hooks, Hooks::PassOver);
}

#[test]
fn every_action_has_a_key_and_help_tells_of_it() {
    let mut model = fixtures::filled(130, 50, THEME, &[]);
    keys(&mut model, "?");
    let shown = screen(&model);
    for action in crate::dashboard::action::Action::ALL {
        let key = model.keys.shown(*action);
        assert!(!key.is_empty(), "{action:?}");
        assert!(shown.contains(action.help()), "{action:?}: {shown}");
    }
}

#[test]
fn a_dialogue_goes_with_the_store_it_was_about() {
    let mut model = list(1);
    keys(&mut model, "t");
    update(&mut model, Message::News(News::Anew));
    assert_eq!(keys(&mut model, "y"), []);
}
