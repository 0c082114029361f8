use longhaul_common::id::TaskNumber;
use longhaul_common::settings::Assignment;
use longhaul_common::state::StateWord;
use longhaul_common::store::{TaskRow, Wish};

use super::*;
use crate::dashboard::fixtures::{self, THEME, key, press, running, task};
use crate::dashboard::message::{Message, News};
use crate::dashboard::model::Access;
use crate::dashboard::update::update;

/// Two that run, one that bert suspended, one that was to end.
fn list() -> Model {
    let suspended = |by: &'static str| {
        move |row: &mut TaskRow| {
            row.state.word = StateWord::Suspend;
            row.wish.desired = Desired::Suspend;
            row.wish.by.user = by.into();
            row.wish.reason = Some("the disk".into());
        }
    };
    let tasks = [
        task(1, |row| running(row, 1, 9, 1.0)),
        task(2, |row| running(row, 1, 9, 1.0)),
        task(3, suspended("bert")),
        task(4, suspended("anna")),
    ];
    fixtures::filled(80, 24, THEME, &tasks)
}

fn enter(model: &mut Model, typed: &str) -> Vec<Effect> {
    press(model, ":");
    fixtures::type_text(model, typed);
    update(model, Message::Key(key("enter")))
}

/// Request 17 was on these tasks, of which that was wanted before.
fn made(model: &mut Model, tasks: &[(u64, Desired)]) -> Vec<Effect> {
    let undo = |(number, desired): &(u64, Desired)| Undo {
        task: TaskNumber(*number),
        id: model
            .tasks
            .get(TaskNumber(*number))
            .expect("it is there")
            .id,
        request: RequestNumber(17),
        last: RequestNumber(17),
        before: Box::new(Wish {
            desired: *desired,
            ..Wish::default()
        }),
    };
    let made = Made::Asked(tasks.iter().map(undo).collect());
    update(model, Message::News(News::Made(RequestNumber(17), made)))
}

#[track_caller]
fn undone(effects: Vec<Effect>) -> UndoRequest {
    match <[Effect; 1]>::try_from(effects) {
        Ok([Effect::UndoRequest(request)]) => request,
        other => panic!("nothing is undone: {other:?}"),
    }
}

#[track_caller]
fn shows(model: &Model, text: &str) {
    let shown = fixtures::screen(model).to_string();
    assert!(shown.contains(text), "{text}: {shown}");
}

#[test]
fn a_request_on_one_task_is_undone_once_it_is_known_what_it_was() {
    let mut model = list();
    let looks = [Effect::Read(Reading::Request(RequestNumber(17)))];
    assert_eq!(enter(&mut model, "undo 17 --reason oops"), looks);
    let request = undone(made(&mut model, &[(4, Desired::Run)]));
    assert_eq!(request.number, RequestNumber(17));
    assert_eq!(request.reason.as_deref(), Some("oops"));
    assert_eq!(request.of.0, TaskNumber(4));
    update(
        &mut model,
        Message::RequestUndone(request, Ok(Undone::Gone)),
    );
    shows(&model, "nothing is kept of request 17");
    assert!(!model.undos.is_open(), "it is answered");
    // Told once more it is nobody's.
    assert_eq!(made(&mut model, &[(4, Desired::Run)]), []);
}

#[test]
fn several_tasks_an_end_and_what_another_suspended_are_asked_about_first() {
    for (tasks, told) in [
        (
            vec![(1, Desired::Run), (2, Desired::Run)],
            "Undo request 17, on 2 tasks?",
        ),
        (
            vec![(4, Desired::Terminate)],
            "TERMINATE is wanted again, of 1 task",
        ),
        (vec![(3, Desired::Run)], "suspended by bert: the disk"),
    ] {
        let mut model = list();
        enter(&mut model, "undo 17");
        assert_eq!(made(&mut model, &tasks), []);
        shows(&model, told);
        shows(&model, "longhaul undo 17");
        let mut given_up = list();
        enter(&mut given_up, "undo 17");
        made(&mut given_up, &tasks);
        assert_eq!(update(&mut given_up, Message::Key(key("n"))), []);
        let request = undone(update(&mut model, Message::Key(key("y"))));
        assert_eq!(request.number, RequestNumber(17));
    }
}

#[test]
fn the_tasks_of_a_request_are_resumed_unless_asked_since() {
    let mut model = list();
    enter(&mut model, "resume --request 17 --reason 'it is back'");
    assert_eq!(
        made(&mut model, &[(3, Desired::Run), (4, Desired::Run)]),
        []
    );
    shows(&model, "Resume 2 tasks that request 17 was on?");
    shows(&model, "longhaul resume --request 17");
    let request = fixtures::asked(update(&mut model, Message::Key(key("y"))));
    assert_eq!(request.want, Desired::Run);
    assert_eq!(request.of_request, Some(RequestNumber(17)));
    assert_eq!(request.reason.as_deref(), Some("it is back"));
}

#[test]
fn settings_go_back_too() {
    let mut model = list();
    enter(&mut model, "undo 17");
    let assignment = Assignment::new("priority", "3").expect("it can be set");
    let set = Made::Set(vec![(TaskNumber(2), vec![assignment])]);
    let effects = update(
        &mut model,
        Message::News(News::Made(RequestNumber(17), set)),
    );
    assert_eq!(undone(effects).of.0, TaskNumber(2));
}

#[test]
fn what_can_not_be_undone_is_said() {
    for (answer, told) in [
        (
            News::Made(RequestNumber(17), Made::Never),
            "there is no request 17",
        ),
        (
            News::Made(RequestNumber(17), Made::Gone),
            "nothing is kept of request 17",
        ),
        (
            News::Unread(
                Reading::Request(RequestNumber(17)),
                "the store is busy".into(),
            ),
            "what request 17 was can't be told now: the store is busy",
        ),
    ] {
        let mut model = list();
        enter(&mut model, "undo 17");
        assert_eq!(update(&mut model, Message::News(answer)), []);
        shows(&model, told);
    }
}

#[test]
fn who_only_looks_undoes_no_request() {
    let mut model = list();
    model.options.access = Access::ReadOnly;
    for typed in ["undo 17", "resume --request 17", "comment 1 hello"] {
        assert_eq!(enter(&mut model, typed), [], "{typed}");
        shows(&model, "to look only");
        press(&mut model, "esc");
    }
}

#[test]
fn the_question_on_screens_of_all_sizes() {
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        let mut model = list();
        update(&mut model, Message::Resize { columns, rows });
        enter(&mut model, "undo 17");
        made(&mut model, &[(3, Desired::Run), (4, Desired::Terminate)]);
        insta::assert_snapshot!(format!("undo_{columns}x{rows}"), fixtures::screen(&model));
    }
}
