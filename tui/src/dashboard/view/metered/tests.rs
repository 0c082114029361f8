use longhaul_common::id::WorkerNumber;

use super::*;
use crate::dashboard::fixtures::{LIVING, THEME, all_sorts, filled, press, running, task};

fn tasks(model: &Model) -> Vec<u64> {
    metered(model).tasks.keys().map(|task| task.0).collect()
}

#[test]
fn tasks_are_measured_where_the_columns_are_shown_and_in_the_detail() {
    let mut wide = filled(200, 50, THEME, &all_sorts());
    assert_eq!(tasks(&wide), [6, 7, 8]);
    let mut narrow = filled(80, 24, THEME, &all_sorts());
    assert_eq!(tasks(&narrow), [0; 0]);
    for model in [&mut wide, &mut narrow] {
        press(model, "enter");
    }
    assert_eq!(tasks(&narrow), [0; 0], "the cursor is on one that rests");
    press(&mut narrow, "j j j j j");
    assert_eq!(tasks(&narrow), [8]);
    press(&mut narrow, "l");
    assert_eq!(tasks(&narrow), [0; 0], "the log covers it");
}

#[test]
fn lines_that_are_not_on_the_screen_are_not_measured() {
    let many: Vec<_> = (1..100)
        .map(|number| task(number, |row| running(row, 1, 9, 1.0)))
        .collect();
    let mut model = filled(200, 15, THEME, &many);
    assert_eq!(tasks(&model).last(), Some(&99));
    press(&mut model, "G");
    let measured = tasks(&model);
    assert_eq!(
        (measured[0], measured.len()),
        (1, model.tasks.visible().count())
    );
    assert!(measured.len() < 15);
}

#[test]
fn workers_are_measured_on_their_page_alone() {
    let mut model = filled(200, 50, THEME, &all_sorts());
    assert!(metered(&model).workers.is_empty());
    press(&mut model, "w");
    let metered = metered(&model);
    let workers: Vec<WorkerNumber> = metered.workers.keys().copied().collect();
    assert_eq!(workers, [LIVING]);
    assert!(metered.tasks.is_empty());
}
