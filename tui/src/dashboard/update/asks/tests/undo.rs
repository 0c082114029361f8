//! Undoing what was asked from here.

use longhaul_common::time::Timestamp;

use super::*;

#[test]
fn requests_are_undone_from_the_last_to_the_first() {
    let mut model = list(12);
    for number in 1..=12 {
        let request = asked(keys(&mut model, "s"));
        let answers = granted(&request, number);
        answer(&mut model, request, answers);
        keys(&mut model, "j");
    }
    for number in (1..=12).rev() {
        let undos = undoing(keys(&mut model, "u"));
        let [undo] = undos.as_slice() else {
            panic!("{undos:?}")
        };
        assert_eq!(undo.request, RequestNumber(number));
        assert_eq!(undo.task, TaskNumber(13 - number));
        let done = granted(&asking(&undos), 100);
        update(&mut model, Message::Undone(undos, Ok(done)));
        assert_shows(&model, "undone: RUN is wanted of task");
    }
    assert_eq!(keys(&mut model, "u"), []);
}

#[test]
fn undo_means_what_was_asked_last_although_it_is_not_answered_yet() {
    let mut model = list(3);
    let first = asked(keys(&mut model, "s"));
    let answers = granted(&first, 1);
    answer(&mut model, first, answers);
    let second = asked(keys(&mut model, "js"));
    assert_eq!(keys(&mut model, "u"), [], "not the first one");
    let answers = granted(&second, 2);
    let undos = undoing(answer(&mut model, second, answers));
    assert_eq!(undos[0].request, RequestNumber(2));
}

#[test]
fn what_could_not_be_undone_can_be_tried_again_and_a_refusal_is_told() {
    let mut model = list(1);
    let request = asked(keys(&mut model, "s"));
    let answers = granted(&request, 1);
    answer(&mut model, request.clone(), answers);
    let undos = undoing(keys(&mut model, "u"));
    let busy = StoreError::Busy {
        path: "/store".into(),
        waited: Duration::from_secs(5),
    };
    update(&mut model, Message::Undone(undos.clone(), Err(busy)));
    assert_shows(&model, "not undone: the store");
    assert_eq!(undoing(keys(&mut model, "u")), undos);
    let mut answers = granted(&request, 2);
    let since = Refused::AskedSince {
        by: "bert".into(),
        want: Desired::Terminate,
        request: RequestNumber(9),
        at: Timestamp::default(),
    };
    refuse(&mut answers[0], since);
    update(&mut model, Message::Undone(undos, Ok(answers)));
    assert_shows(&model, "not undone: bert asked for TERMINATE since");
}

#[test]
fn what_ended_at_once_and_a_termination_that_was_withdrawn_are_not_undone() {
    let mut model = list(1);
    keys(&mut model, "t");
    let request = asked(keys(&mut model, "y"));
    let mut answers = granted(&request, 1);
    answers[0].current = StateWord::Terminate;
    answer(&mut model, request, answers);
    assert_hides(&model, "u undoes");
    wait(&mut model, 60);
    let request = asked(keys(&mut model, "r"));
    let mut answers = granted(&request, 2);
    if let Some(before) = &mut answers[0].before {
        before.desired = Desired::Terminate;
    }
    answer(&mut model, request, answers);
    assert_hides(&model, "u undoes");
    assert_eq!(keys(&mut model, "u"), []);
    assert_shows(
        &model,
        "task 1 (import-1) not undone: TERMINATE was wanted before",
    );
    let undos = undoing(keys(&mut model, "u"));
    assert_eq!(undos[0].request, RequestNumber(1), "the store refuses it");
    let mut answers = granted(&asking(&undos), 3);
    refuse(&mut answers[0], ENDED);
    update(&mut model, Message::Undone(undos, Ok(answers)));
    assert_shows(
        &model,
        "task 1 (import-1) not undone: it has ended (terminated)",
    );
}

/// What would ask the same of the tasks.
fn asking(undos: &[Undo]) -> Request {
    Request {
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
    }
}

#[test]
fn undo_pressed_again_goes_on_to_what_was_asked_of_the_task_before() {
    let mut model = list(1);
    for (key, number) in [("s", 11), ("r", 12)] {
        let request = asked(keys(&mut model, key));
        let answers = granted(&request, number);
        answer(&mut model, request, answers);
    }
    let undos = undoing(keys(&mut model, "u"));
    assert_eq!(undos[0].request, RequestNumber(12));
    let answers = granted(&asking(&undos), 13);
    update(&mut model, Message::Undone(undos, Ok(answers)));
    // Once more something is asked, and undone.
    let request = asked(keys(&mut model, "s"));
    let answers = granted(&request, 14);
    answer(&mut model, request, answers);
    let undos = undoing(keys(&mut model, "u"));
    let answers = granted(&asking(&undos), 15);
    update(&mut model, Message::Undone(undos, Ok(answers)));
    let undos = undoing(keys(&mut model, "u"));
    let [first] = undos.as_slice() else {
        panic!("{undos:?}")
    };
    assert_eq!(
        (first.request, first.last),
        (RequestNumber(11), RequestNumber(15))
    );
}

#[test]
fn an_undoing_that_was_refused_uncovers_nothing() {
    let mut model = list(1);
    for (key, number) in [("s", 11), ("r", 12)] {
        let request = asked(keys(&mut model, key));
        let answers = granted(&request, number);
        answer(&mut model, request, answers);
    }
    let undos = undoing(keys(&mut model, "u"));
    let mut answers = granted(&asking(&undos), 14);
    let since = Refused::AskedSince {
        by: "bert".into(),
        want: Desired::Run,
        request: RequestNumber(15),
        at: Timestamp::default(),
    };
    refuse(&mut answers[0], since);
    update(&mut model, Message::Undone(undos, Ok(answers)));
    let undos = undoing(keys(&mut model, "u"));
    assert_eq!(undos[0].last, RequestNumber(11));
}

#[test]
fn undo_after_a_termination_that_was_reached_leaves_what_was_asked_of_others() {
    let mut model = list(2);
    let request = asked(keys(&mut model, "s"));
    let answers = granted(&request, 1);
    answer(&mut model, request.clone(), answers);
    keys(&mut model, "jt");
    let ended = asked(keys(&mut model, "y"));
    let mut answers = granted(&ended, 2);
    answers[0].current = StateWord::Terminate;
    answer(&mut model, ended.clone(), answers);
    let undos = undoing(keys(&mut model, "u"));
    assert_eq!(undos[0].task, ended.tasks[0]);
    let mut answers = granted(&ended, 3);
    refuse(&mut answers[0], ENDED);
    update(&mut model, Message::Undone(undos, Ok(answers)));
    assert_shows(&model, "not undone: it has ended (terminated)");
    let undos = undoing(keys(&mut model, "u"));
    assert_eq!(undos[0].task, request.tasks[0]);
}

#[test]
fn nothing_of_one_store_is_undone_in_another() {
    let mut model = list(1);
    let request = asked(keys(&mut model, "s"));
    let answers = granted(&request, 1);
    answer(&mut model, request, answers);
    update(&mut model, Message::News(News::Anew));
    assert_eq!(keys(&mut model, "u"), []);
}
