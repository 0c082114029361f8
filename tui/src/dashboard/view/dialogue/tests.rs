use longhaul_common::alive::Condition;
use longhaul_common::id::WorkerNumber;
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::store::TaskRow;

use crate::dashboard::fixtures::{
    self, DEAD, LIVING, THEME, filled, press, running, screen, type_text,
};
use crate::dashboard::message::{Message, News};
use crate::dashboard::model::Model;
use crate::dashboard::theme::{Charset, Colors, Theme};
use crate::dashboard::update::update;

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

/// Workers can't act.
fn halt(model: &mut Model, workers: &[WorkerNumber], condition: Condition) {
    let workers = workers.iter().map(|&number| {
        let mut worker = fixtures::worker(number, 4);
        worker.condition = condition;
        worker.row.actor.pid = 4242;
        worker
    });
    fixtures::tell(model, News::Workers(workers.collect()));
}

#[test]
fn suspending_by_force_what_a_stopped_worker_holds() {
    shot("stopped_force", |model| {
        halt(model, &[LIVING], Condition::Stopped);
        press(model, "j j j space space space S");
    });
}

#[test]
fn terminating_what_a_stopped_worker_holds() {
    shot("stopped", |model| {
        halt(model, &[LIVING], Condition::Stopped);
        press(model, "j j t");
    });
}

#[test]
fn a_worker_that_is_stopped_while_the_question_is_open_is_told_of() {
    let mut model = filled(80, 24, THEME, &tasks());
    press(&mut model, "j j T");
    let force = "force kills it";
    assert!(!screen(&model).to_string().contains(force));
    halt(&mut model, &[LIVING], Condition::Uninterruptible);
    let shown = screen(&model).to_string();
    assert!(
        shown.contains("worker 1 waits for its disk: force kills it"),
        "{shown}"
    );
    halt(&mut model, &[LIVING], Condition::Running);
    assert!(!screen(&model).to_string().contains(force));
}

#[test]
fn resuming_says_nothing_of_a_worker_that_is_stopped() {
    let mut model = filled(80, 24, THEME, &tasks());
    halt(&mut model, &[LIVING], Condition::Stopped);
    press(&mut model, "j j space space r");
    let shown = screen(&model).to_string();
    assert!(shown.contains("Resume 2 tasks?"), "{shown}");
    assert!(!shown.contains("this waits"), "{shown}");
}

#[test]
fn several_workers_that_are_stopped_are_counted_and_others_named_shortly() {
    let held = |worker, name: &'static str| {
        move |row: &mut TaskRow| {
            running(row, 1, 9, 1.0);
            fixtures::held(row, worker, StateWord::Run);
            row.spec.name = name.into();
        }
    };
    let long = "the-import-of-the-year-before";
    let tasks = [
        fixtures::task(1, held(LIVING, "first")),
        fixtures::task(2, held(WorkerNumber(3), "second")),
        fixtures::task(3, held(WorkerNumber(3), long)),
        fixtures::task(4, held(WorkerNumber(5), "of another worker")),
    ];
    let said = |keys: &str| {
        let mut model = filled(120, 40, THEME, &tasks);
        halt(&mut model, &[LIVING, WorkerNumber(3)], Condition::Stopped);
        press(&mut model, keys);
        screen(&model).to_string()
    };
    let by_force = said("j j space space S");
    for text in [
        "2 workers can't act: force kills them, and 1 other task loses its batch: 3",
        "the-import-of-the-y…",
    ] {
        assert!(by_force.contains(text), "{by_force}");
    }
    let waits = said("j j space space s");
    let text = "2 workers can't act: this waits until they go on, or use force";
    assert!(waits.contains(text), "{waits}");
    let alone = said("j space space space S");
    assert!(alone.contains("can't act: force kills them "), "{alone}");
}

/// Tasks end.
fn end(model: &mut Model, numbers: &[u64]) {
    let ended = numbers.iter().map(|&number| {
        fixtures::row(number, |row| {
            row.state.word = StateWord::Terminate;
            row.state.outcome = Some(Outcome::Completed);
        })
    });
    let (rows, gone) = (ended.collect(), Vec::new());
    fixtures::tell(model, News::Changed { rows, gone });
}

#[test]
fn a_task_that_ends_while_the_question_is_open_is_told_of() {
    shot("ended_meanwhile", |model| {
        press(model, "j j t");
        end(model, &[14]);
    });
    let mut model = filled(80, 24, THEME, &tasks());
    press(&mut model, "j j t");
    let boundary = "at the next batch boundary";
    assert!(screen(&model).to_string().contains(boundary));
    end(&mut model, &[14]);
    // It asks what it was opened for, and the store refuses.
    let effects = update(&mut model, Message::Key(fixtures::key("y")));
    assert_eq!(fixtures::numbers(&fixtures::asked(effects)), [14]);
}

#[test]
fn of_many_tasks_those_are_counted_that_ended_meanwhile() {
    let mut model = filled(80, 24, THEME, &tasks());
    press(&mut model, "*");
    end(&mut model, &[1]);
    press(&mut model, "s");
    assert!(!screen(&model).to_string().contains("meanwhile"));
    end(&mut model, &[1, 2, 3, 4]);
    let shown = screen(&model).to_string();
    assert!(shown.contains("3 tasks ended meanwhile"), "{shown}");
    assert!(shown.contains("at the next batch boundary"), "{shown}");
}

#[test]
fn the_batches_in_flight_of_a_task_with_a_queue_are_counted() {
    for (keys, said) in [
        ("t", "the batches in flight (4) end in about 8s"),
        (
            "T",
            "kills the batches in flight (4); nothing of them is recorded",
        ),
    ] {
        let mut model = filled(80, 24, THEME, &fixtures::with_queues());
        press(&mut model, "G");
        press(&mut model, keys);
        let drawn = screen(&model).to_string();
        assert!(drawn.contains(said), "{drawn}");
    }
    let mut model = filled(80, 24, THEME, &fixtures::with_queues());
    press(&mut model, "G k t");
    let drawn = screen(&model).to_string();
    assert!(
        drawn.contains("the batches in flight (2) end first"),
        "{drawn}"
    );
}

#[test]
fn terminating_what_undoes_what_it_did() {
    for (columns, rows) in SIZES {
        let undoing = fixtures::task(1, |row| fixtures::undoes(row, 1_200));
        let mut model = filled(columns, rows, THEME, &[undoing]);
        press(&mut model, "t");
        insta::assert_snapshot!(format!("undo_{columns}x{rows}"), screen(&model));
        press(&mut model, "k");
        insta::assert_snapshot!(format!("keep_{columns}x{rows}"), screen(&model));
    }
}
