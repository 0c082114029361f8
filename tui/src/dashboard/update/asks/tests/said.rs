//! What is said of what became of requests.

use longhaul_common::alive::Condition;

use super::*;

#[test]
fn what_was_done_is_said_until_a_key_is_pressed_or_its_time_is_over() {
    let mut model = list(1);
    let request = asked(keys(&mut model, "s"));
    let said = "task 1 (import-1): SUSPEND at the next batch boundary; u undoes";
    let answers = granted(&request, 1);
    answer(&mut model, request.clone(), answers.clone());
    assert_shows(&model, said);
    assert!(model.counts());
    keys(&mut model, "j");
    assert_hides(&model, said);
    answer(&mut model, request, answers);
    assert_shows(&model, said);
    wait(&mut model, 60);
    assert_hides(&model, said);
    assert!(model.toasts.is_empty());
}

#[test]
fn the_boundary_is_foretold_from_how_long_batches_take_and_this_one_has_run() {
    let slow = task(1, |row| {
        running(row, 1, 9, 1.0);
        row.progress.batch_seconds = 9.0;
    });
    let mut model = fixtures::filled(80, 24, THEME, &[slow]);
    let request = asked(keys(&mut model, "s"));
    let answers = granted(&request, 1);
    wait(&mut model, 4);
    answer(&mut model, request.clone(), answers.clone());
    assert_shows(&model, "at the next batch boundary, in about 5s; u undoes");
    wait(&mut model, 6);
    answer(&mut model, request, answers);
    assert_shows(&model, "at the next batch boundary, any moment now");
    keys(&mut model, "t");
    assert_shows(&model, "at the next batch boundary, any moment now");
}

#[test]
fn an_error_stays_until_esc_enter_or_its_time_and_covers_no_row() {
    let busy = || {
        Err(StoreError::Busy {
            path: "/store".into(),
            waited: Duration::from_secs(5),
        })
    };
    let failed = || {
        let mut model = list(40);
        keys(&mut model, "G");
        let request = asked(keys(&mut model, "s"));
        update(&mut model, Message::Answered(request, busy()));
        model
    };
    for close in [KeyCode::Esc, KeyCode::Enter] {
        let mut model = failed();
        keys(&mut model, "k j");
        assert_shows(&model, "not asked: the store");
        assert_shows(&model, "s suspend");
        let cursor = model.tasks.cursor();
        let window = model.tasks.window();
        assert!(cursor < window.first + window.lines, "{cursor} {window:?}");
        code(&mut model, close);
        assert_hides(&model, "not asked");
    }
    let mut model = failed();
    keys(&mut model, " ");
    code(&mut model, KeyCode::Esc);
    assert_eq!(model.marks.len(), 1, "esc closed the error alone");
    let mut model = failed();
    wait(&mut model, 60);
    assert!(model.toasts.is_empty());
}

#[test]
fn an_outcome_that_is_unknown_is_not_called_refused() {
    let mut model = list(1);
    let request = asked(keys(&mut model, "s"));
    let unknown = StoreError::Unknown {
        path: "/store".into(),
        waited: None,
    };
    update(&mut model, Message::Answered(request, Err(unknown)));
    assert_shows(&model, "unknown whether it was asked, look again");
    assert_hides(&model, "not asked");
}

#[test]
fn refusals_of_many_are_told_by_their_reasons() {
    let mut model = list(9);
    let request = {
        keys(&mut model, "*s");
        asked(keys(&mut model, "y"))
    };
    let mut answers = granted(&request, 1);
    for ended in &mut answers[..3] {
        refuse(ended, ENDED);
    }
    let ending = Ending::Terminated;
    refuse(&mut answers[3], Refused::Ending { ending });
    answers[4].request = None;
    answer(&mut model, request, answers);
    assert_shows(&model, "3 tasks not asked: terminated already");
    assert_shows(
        &model,
        "task 4 (import-4) not asked: their hooks have begun",
    );
    assert_shows(
        &model,
        "SUSPEND asked of 4 tasks, wanted of 1 already; u undoes",
    );
}

#[test]
fn one_that_is_refused_is_told_why_in_full_and_leaves_nothing_to_undo() {
    let mut model = list(1);
    let request = asked(keys(&mut model, "s"));
    let mut answers = granted(&request, 1);
    refuse(&mut answers[0], ENDED);
    answer(&mut model, request, answers);
    assert_shows(&model, "never changes again");
    assert_eq!(keys(&mut model, "u"), []);
    assert_shows(&model, "nothing to undo");
}

#[test]
fn what_waits_for_a_stopped_worker_says_so_and_its_tasks_need_attention() {
    let mut model = list(3);
    let stays = model.tasks.selected().expect("there are tasks").number;
    assert_eq!(keys(&mut model, "a"), []);
    assert_eq!(model.tasks.selected().map(|row| row.number), Some(stays));
    assert_hides(&model, "▲");
    let mut worker = fixtures::worker(fixtures::LIVING, 4);
    worker.condition = Condition::Stopped;
    worker.row.actor.pid = 4242;
    update(&mut model, Message::News(News::Workers(vec![worker])));
    assert_shows(&model, "▲");
    assert_shows(&model, "worker 1 is stopped");
    keys(&mut model, "a");
    assert_ne!(model.tasks.selected().map(|row| row.number), Some(stays));
    let request = asked(keys(&mut model, "s"));
    let answers = granted(&request, 1);
    answer(&mut model, request, answers);
    assert_shows(&model, "SUSPEND waits: worker 1 is stopped; S forces");
}
