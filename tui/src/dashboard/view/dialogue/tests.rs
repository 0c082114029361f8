use longhaul_common::state::{Desired, StateWord};
use longhaul_common::store::TaskRow;

use crate::dashboard::fixtures::{self, DEAD, THEME, filled, press, running, screen, type_text};
use crate::dashboard::model::Model;
use crate::dashboard::theme::{Charset, Colors, Theme};

const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (120, 40)];

/// Tasks of which each sort of question can be asked.
fn tasks() -> Vec<TaskRow> {
    let named = |row: &mut TaskRow, name: &str| row.spec.name = name.into();
    let mut tasks: Vec<TaskRow> = (1..=14)
        .map(|number| {
            fixtures::task(number, |row| {
                running(row, 100 * number, 9_000, 3.5);
                row.progress.batch_seconds = 4.0 + 0.5 * number as f64;
                if number % 3 == 0 {
                    named(row, &format!("export-{number}"));
                }
            })
        })
        .collect();
    tasks.push(fixtures::task(15, |row| {
        named(row, "reindex");
        row.state.word = StateWord::Suspend;
        row.wish.desired = Desired::Suspend;
        row.wish.by.user = "bert".into();
        row.wish.reason = Some("the disk is needed for the backup".into());
    }));
    tasks.push(fixtures::task(16, |row| {
        named(
            row,
            "resize-videos of the year before the last one, all of them",
        );
        fixtures::held(row, DEAD, StateWord::Run);
        row.state.owed.cleanup = true;
    }));
    tasks
}

/// Opens a dialogue on screens of all sizes.
fn shot(name: &str, open: impl Fn(&mut Model)) {
    for (columns, rows) in SIZES {
        let mut model = filled(columns, rows, THEME, &tasks());
        open(&mut model);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn terminating_one_whose_worker_died() {
    shot("terminate", |model| press(model, "t"));
}

#[test]
fn terminating_without_hooks_and_for_a_reason() {
    shot("without_hooks", |model| {
        press(model, "T x tab");
        type_text(model, "the wrong year, asked for by the office");
    });
}

#[test]
fn resuming_what_somebody_else_suspended() {
    shot("resume", |model| press(model, "j r"));
}

#[test]
fn suspending_some_by_force() {
    shot("force", |model| {
        press(model, "j j j space space space S");
    });
}

#[test]
fn suspending_many_of_which_the_filter_hides_most() {
    shot("many", |model| {
        press(model, "* /");
        type_text(model, "export");
        press(model, "enter s 1");
    });
}

#[test]
fn in_plain_signs() {
    let plain = Theme {
        colors: Colors::None,
        charset: Charset::Ascii,
    };
    let mut model = filled(80, 24, plain, &tasks());
    press(&mut model, "j r");
    insta::assert_snapshot!(screen(&model));
}
