use longhaul_common::state::Outcome;
use longhaul_common::store::TaskRow;

use super::*;
use crate::dashboard::fixtures::{self, THEME, asked, key, press, running, task};
use crate::dashboard::message::{Message, New};
use crate::dashboard::model::Access;
use crate::dashboard::update::update;

fn ended(row: &mut TaskRow) {
    row.state.word = StateWord::Terminate;
    row.state.outcome = Some(Outcome::Completed);
    row.progress.batches_failed = 2;
}

fn list() -> Model {
    let tasks = [task(1, ended), task(2, |row| running(row, 1, 9, 1.0))];
    fixtures::filled(80, 24, THEME, &tasks)
}

fn enter(model: &mut Model, typed: &str) -> Vec<Effect> {
    press(model, ":");
    fixtures::type_text(model, typed);
    update(model, Message::Key(key("enter")))
}

#[track_caller]
fn submitted(effects: Vec<Effect>) -> Submission {
    match <[Effect; 1]>::try_from(effects) {
        Ok([Effect::Submit(submission)]) => submission,
        other => panic!("nothing is submitted: {other:?}"),
    }
}

#[test]
fn r_on_the_page_of_what_failed_of_an_ended_task_tries_that_again() {
    let mut model = list();
    enter(&mut model, "failures 1");
    let shown = fixtures::screen(&model).to_string();
    assert!(shown.contains("r retry"), "{shown}");
    let submission = submitted(update(&mut model, Message::Key(key("r"))));
    assert!(matches!(
        submission,
        Submission::Retry {
            task: TaskNumber(1),
            reason: None,
            ..
        }
    ));
    update(
        &mut model,
        Message::Submitted(submission, Ok(New::Task(TaskNumber(7)))),
    );
    let shown = fixtures::screen(&model).to_string();
    assert!(
        shown.contains("what failed of task 1 is tried again by task 7"),
        "{shown}"
    );
    assert!(!model.undos.is_open(), "it is answered");
}

#[test]
fn r_on_that_page_of_a_live_task_resumes_it() {
    let mut model = list();
    enter(&mut model, "failures 2");
    let request = asked(update(&mut model, Message::Key(key("r"))));
    assert_eq!(request.want, Desired::Run);
}

#[test]
fn retry_is_a_command_with_a_reason() {
    let mut model = list();
    let submission = submitted(enter(&mut model, "retry 1 --reason 'the disk is back'"));
    assert!(matches!(
        &submission,
        Submission::Retry { task: TaskNumber(1), reason: Some(why), .. } if why == "the disk is back"
    ));
    let refused = Err("nothing of task 1 has failed".into());
    update(&mut model, Message::Submitted(submission, refused));
    let shown = fixtures::screen(&model).to_string();
    assert!(
        shown.contains("not submitted: nothing of task 1 has failed"),
        "{shown}"
    );
}

#[test]
fn who_only_looks_submits_nothing() {
    let mut model = list();
    model.options.access = Access::ReadOnly;
    assert_eq!(enter(&mut model, "retry 1"), []);
    let shown = fixtures::screen(&model).to_string();
    assert!(shown.contains("to look only"), "{shown}");
}
