use crate::dashboard::fixtures::stored::Stored;
use crate::dashboard::fixtures::{
    NOW, THEME, all_sorts, blank, filled, measured, press, running, screen, task, tell, type_text,
    with_queues, worker,
};
use crate::dashboard::message::{Health, News};
use crate::dashboard::model::Model;
use crate::dashboard::theme::{Charset, Colors, Theme};
use longhaul_common::gate::Awaited;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::store::TaskRow;
use std::time::Duration;

const PLAIN: Theme = Theme {
    colors: Colors::None,
    charset: Charset::Ascii,
};

fn list(columns: u16, rows: u16) -> Model {
    filled(columns, rows, THEME, &all_sorts())
}

#[test]
fn the_list_on_a_screen_of_80_columns() {
    insta::assert_snapshot!(screen(&list(80, 24)));
}

#[test]
fn the_list_on_the_smallest_screen() {
    insta::assert_snapshot!(screen(&list(60, 15)));
}

#[test]
fn the_list_on_a_screen_of_120_columns() {
    insta::assert_snapshot!(screen(&list(120, 40)));
}

#[test]
fn the_list_on_a_wide_screen() {
    insta::assert_snapshot!(screen(&list(200, 50)));
}

#[test]
fn what_tasks_use_on_screens_with_room_for_it() {
    for (columns, rows) in [(120, 40), (160, 40), (200, 50)] {
        let mut model = list(columns, rows);
        tell(&mut model, measured(&[1, 4, 6, 7, 8, 9, 10], &[]));
        insta::assert_snapshot!(format!("used_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn the_list_in_plain_signs() {
    insta::assert_snapshot!(screen(&filled(80, 24, PLAIN, &all_sorts())));
}

#[test]
fn a_screen_that_is_too_small_says_so() {
    insta::assert_snapshot!(screen(&list(40, 5)));
}

#[test]
fn a_filter_while_it_is_typed() {
    let mut model = list(80, 24);
    press(&mut model, "/");
    type_text(&mut model, "state:suspend !thumb");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn a_filter_that_can_not_be_understood() {
    let mut model = list(80, 24);
    press(&mut model, "/");
    type_text(&mut model, "re stat:run");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn a_filter_that_is_kept_and_matches_nothing() {
    let mut model = list(80, 24);
    press(&mut model, "/");
    type_text(&mut model, "nothing-is-called-so");
    press(&mut model, "enter");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn a_store_without_tasks_says_how_to_queue_one() {
    insta::assert_snapshot!(screen(&filled(80, 24, THEME, &[])));
}

#[test]
fn a_store_that_is_being_read_says_so() {
    insta::assert_snapshot!(screen(&blank(80, 24, THEME)));
}

#[test]
fn trouble_with_the_store_stands_above_all() {
    let mut model = list(80, 24);
    tell(
        &mut model,
        News::Health(Health::Trouble(
            "the store is busy: process 4711 is stopped".into(),
        )),
    );
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn the_values_of_a_filter_while_it_is_typed() {
    for (columns, rows) in [(60, 15), (80, 24)] {
        let mut model = filled(columns, rows, THEME, &all_sorts());
        press(&mut model, "/");
        type_text(&mut model, "state:su");
        insta::assert_snapshot!(format!("values_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn tasks_with_queues_and_all_of_one_on_each_screen() {
    let stored = Stored {
        tasks: with_queues(),
        ..Stored::new()
    };
    for (columns, rows) in [(60, 15), (80, 24), (120, 40), (200, 50)] {
        let mut model = filled(columns, rows, THEME, &stored.tasks);
        insta::assert_snapshot!(format!("queues_{columns}x{rows}"), screen(&model));
        stored.press(&mut model, "G enter");
        insta::assert_snapshot!(format!("queue_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn a_queue_that_cannot_be_reached_is_told_with_why_and_without_a_password() {
    let stored = Stored {
        tasks: with_queues(),
        ..Stored::new()
    };
    let mut model = filled(200, 50, THEME, &stored.tasks);
    stored.press(&mut model, "j j enter");
    let drawn = screen(&model).to_string();
    assert!(drawn.contains("unreachable since") && drawn.contains("connection refused"));
    assert!(drawn.contains("10.0.0.7") && !drawn.contains("secret"));
}

#[test]
fn workers_are_as_busy_as_the_batches_they_perform() {
    let mut model = filled(120, 40, THEME, &with_queues());
    tell(
        &mut model,
        News::Workers(
            [1, 3, 5]
                .map(|number| worker(WorkerNumber(number), 4))
                .into(),
        ),
    );
    press(&mut model, "w");
    insta::assert_snapshot!("queues_workers", screen(&model));
}

/// Tasks that gates hold, and one whose suspension ends by itself.
fn held() -> Vec<TaskRow> {
    let awaited = |task: u64, outcome: Option<Outcome>| Awaited {
        task: TaskNumber(task),
        outcome,
    };
    let named = |row: &mut TaskRow, name: &str| row.spec.name = name.into();
    vec![
        task(1, |row| {
            named(row, "import");
            running(row, 300, 9_000, 3.5);
        }),
        task(2, |row| {
            named(row, "index");
            row.awaited = vec![awaited(1, None)];
        }),
        task(3, |row| {
            named(row, "report");
            row.awaited = vec![awaited(1, None), awaited(7, Some(Outcome::Failed))];
        }),
        task(4, |row| {
            named(row, "mirror");
            row.wish.desired = Desired::Suspend;
            row.wish.until = Some(NOW.after(Duration::from_secs(7200)));
            row.wish.reason = Some("the disk is needed".into());
            row.state.word = StateWord::Suspend;
        }),
    ]
}

#[test]
fn what_holds_a_task_is_told_in_words_in_the_list() {
    for (columns, rows) in [(60, 15), (80, 24), (120, 40), (200, 50)] {
        let model = filled(columns, rows, THEME, &held());
        insta::assert_snapshot!(format!("held_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn what_holds_a_task_is_told_on_its_page() {
    let mut stored = Stored::new();
    stored.tasks = held();
    for (keys, name) in [
        ("enter", "until"),
        ("j enter", "lost"),
        ("j j enter", "awaited"),
    ] {
        let mut model = filled(80, 24, THEME, &stored.tasks);
        stored.press(&mut model, keys);
        insta::assert_snapshot!(format!("held_page_{name}"), screen(&model));
    }
}
