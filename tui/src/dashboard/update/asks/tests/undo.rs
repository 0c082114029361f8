//! Undoing what was asked from here.

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
        let request = Request {
            want: Desired::Run,
            haste: Haste::AtBoundary,
            hooks: Hooks::Run,
            tasks: vec![undo.task],
            ids: vec![undo.id],
            reason: None,
        };
        let done = granted(&request, 100);
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
    let request = asked(keys(&mut model, "r"));
    let mut answers = granted(&request, 2);
    if let Some(before) = &mut answers[0].before {
        before.desired = Desired::Terminate;
    }
    answer(&mut model, request, answers);
    assert_hides(&model, "u undoes");
    assert_eq!(keys(&mut model, "u"), []);
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
