use longhaul_common::id::BatchNumber;
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::store::{Again, Failure, TaskRow};

use super::*;
use crate::dashboard::fixtures::{self, THEME, asked, key, press, running, task};
use crate::dashboard::message::{Message, New, News};
use crate::dashboard::model::Access;
use crate::dashboard::reading::FailuresNews;
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

/// The page of what failed of task 2, as far as it was read.
fn failed(model: &mut Model, failures: &[Again]) {
    enter(model, "failures 2");
    let failures = failures.iter().zip(1..).map(|(again, batch)| Failure {
        batch: BatchNumber(batch),
        items: 10,
        error: "no room".into(),
        again: *again,
        ..Failure::default()
    });
    let failures: Vec<_> = failures.collect();
    let (again, total) = failures.iter().partition::<Vec<_>, _>(|one| one.waits());
    let news = FailuresNews {
        task: TaskNumber(2),
        blocking: None,
        again: again.len() as u64,
        total: total.len() as u64,
        failures,
    };
    fixtures::tell(model, News::Failures(news));
}

#[test]
fn r_on_that_page_of_a_task_that_runs_has_it_try_that_again_itself() {
    let mut model = list();
    failed(&mut model, &[Again::No, Again::Waits]);
    let shown = fixtures::screen(&model).to_string();
    assert!(shown.contains("r retry"), "{shown}");
    assert!(shown.contains("1 waits to be tried again"), "{shown}");
    assert!(shown.contains("waits to be tried again;"), "{shown}");
    let submission = submitted(update(&mut model, Message::Key(key("r"))));
    update(
        &mut model,
        Message::Submitted(submission, Ok(New::Task(TaskNumber(2)))),
    );
    let shown = fixtures::screen(&model).to_string();
    let told = "what failed of task 2 waits to be tried again";
    assert!(shown.contains(told), "{shown}");
    assert!(!model.undos.is_open(), "it is answered");
}

#[test]
fn r_on_that_page_resumes_a_task_of_which_nothing_else_could_be_tried_again() {
    let mut model = list();
    failed(&mut model, &[Again::Asked]);
    let shown = fixtures::screen(&model).to_string();
    assert!(shown.contains("r resume"), "{shown}");
    let request = asked(update(&mut model, Message::Key(key("r"))));
    assert_eq!(request.want, Desired::Run);
}

#[test]
fn r_on_that_page_resumes_a_task_that_is_to_be_suspended() {
    let tasks = [
        task(1, ended),
        task(2, |row| row.wish.desired = Desired::Suspend),
    ];
    let mut model = fixtures::filled(80, 24, THEME, &tasks);
    failed(&mut model, &[Again::No]);
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
        shown.contains("not tried again: nothing of task 1 has failed"),
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
