//! Each page and the detail, at each size that people have.

use std::time::Duration;

use longhaul_common::alive::Condition;
use longhaul_common::id::{BatchNumber, WorkerNumber};
use longhaul_common::store::Failure;

use crate::dashboard::fixtures::stored::{Stored, log};
use crate::dashboard::fixtures::{
    DEAD, LIVING, NOW, THEME, filled, measured, press, screen, tell, worker,
};
use crate::dashboard::message::{Message, News, WorkerNews};
use crate::dashboard::model::Model;
use crate::dashboard::theme::{Charset, Colors, Theme};
use crate::dashboard::update::update;

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 40), (200, 50)];

const PLAIN: Theme = Theme {
    colors: Colors::None,
    charset: Charset::Ascii,
};

/// The list with the cursor on a task.
fn at(stored: &Stored, (columns, rows): (u16, u16), theme: Theme, task: usize) -> Model {
    let mut model = filled(columns, rows, theme, &stored.tasks);
    let lines = stored.tasks.len() - task;
    stored.press(&mut model, &"j ".repeat(lines));
    model
}

fn at_each_size(name: &str, stored: &Stored, task: usize, keys: &str) {
    for (columns, rows) in SIZES {
        let mut model = at(stored, (columns, rows), THEME, task);
        stored.press(&mut model, keys);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), screen(&model));
    }
}

fn with_failures() -> Stored {
    let mut stored = Stored::new();
    stored.failures = (0..9)
        .map(|batch| Failure {
            batch: BatchNumber(batch * 1300),
            items: 100,
            attempts: 4,
            error: format!(
                "exit code 1: no such table: orders_{batch}; {}",
                "the import expects it to be there ".repeat(4)
            ),
            at: NOW.after(Duration::from_secs(batch * 61)),
            ..Failure::default()
        })
        .collect();
    stored
}

fn workers() -> Vec<WorkerNews> {
    let known = |number: WorkerNumber, change: &dyn Fn(&mut WorkerNews)| {
        let mut news = worker(number, 4);
        news.row.actor.host = "db-1.example.org".into();
        news.row.actor.user = "anna".into();
        news.row.actor.pid = 4711;
        news.row.version = "0.1.0".into();
        news.row.started_at = NOW;
        change(&mut news);
        news
    };
    vec![
        known(LIVING, &|_| {}),
        known(DEAD, &|news| news.alive = false),
        known(WorkerNumber(3), &|news| news.condition = Condition::Stopped),
        known(WorkerNumber(4), &|news| {
            news.condition = Condition::Uninterruptible;
            news.row.accepts.kinds.insert("invoice".into());
        }),
        known(WorkerNumber(5), &|news| {
            news.row.stopped_at = Some(NOW);
            news.alive = false;
        }),
    ]
}

#[test]
fn the_detail_of_a_running_task() {
    at_each_size("detail", &Stored::new(), 7, "enter");
    for (columns, rows) in SIZES {
        let stored = Stored::new();
        let mut model = at(&stored, (columns, rows), THEME, 7);
        stored.press(&mut model, "enter");
        tell(&mut model, measured(&[7], &[]));
        insta::assert_snapshot!(format!("detail_used_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn the_detail_that_has_the_keys_scrolls() {
    at_each_size("detail_scrolled", &Stored::new(), 5, "tab G");
}

#[test]
fn the_log_of_a_task() {
    at_each_size("log", &Stored::new(), 7, "l");
}

#[test]
fn the_events_of_all_tasks() {
    at_each_size("events", &Stored::new(), 7, "e k k");
}

#[test]
fn what_failed_of_a_task() {
    at_each_size("failures", &with_failures(), 5, "f");
}

#[test]
fn the_workers() {
    for (columns, rows) in SIZES {
        let mut model = at(&Stored::new(), (columns, rows), THEME, 7);
        tell(&mut model, News::Workers(workers()));
        update(
            &mut model,
            Message::Clock(NOW.after(Duration::from_secs(4000))),
        );
        tell(&mut model, measured(&[], &[LIVING, DEAD, WorkerNumber(3)]));
        press(&mut model, "w j j");
        insta::assert_snapshot!(format!("workers_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn in_plain_signs() {
    for (name, keys) in [("detail", "enter"), ("log", "l W"), ("events", "e")] {
        let stored = Stored::new();
        let mut model = at(&stored, (80, 24), PLAIN, 7);
        stored.press(&mut model, keys);
        insta::assert_snapshot!(format!("plain_{name}"), screen(&model));
    }
}

#[test]
fn a_log_that_is_searched_and_wrapped() {
    let mut stored = Stored::new();
    stored.log = log(200);
    let mut model = at(&stored, (80, 24), THEME, 7);
    stored.press(&mut model, "l W / s o u r c e enter N");
    insta::assert_snapshot!(screen(&model));
    stored.press(&mut model, "/ n o t h i n g enter n");
    insta::assert_snapshot!(screen(&model));
    stored.press(&mut model, "/ a b");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn pages_that_have_nothing_yet() {
    let mut model = at(&Stored::new(), (80, 24), THEME, 11);
    for (name, keys) in [
        ("log", "l"),
        ("events", "esc e"),
        ("failures", "esc f"),
        ("workers", "esc w"),
        ("detail", "esc enter"),
    ] {
        tell(&mut model, News::Workers(Vec::new()));
        press(&mut model, keys);
        insta::assert_snapshot!(format!("reading_{name}"), screen(&model));
    }
}
