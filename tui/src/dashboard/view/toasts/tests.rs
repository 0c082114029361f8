use crate::dashboard::fixtures::{THEME, all_sorts, filled, press, screen};
use crate::dashboard::message::Message;
use crate::dashboard::model::{Model, Toast};
use crate::dashboard::update::update;

fn said(columns: u16, rows: u16) -> Model {
    let mut model = filled(columns, rows, THEME, &all_sorts());
    press(&mut model, "G");
    let now = model.now;
    for text in [
        "3 tasks not asked: terminated already",
        "task 4 (reindex) not asked: bert asked for TERMINATE since, which nobody undid",
    ] {
        model.toasts.say(Toast::failed(text.into(), now));
    }
    let done = "SUSPEND asked of 5 tasks; u undoes";
    model.toasts.say(Toast::done(done.into(), now));
    update(&mut model, Message::Resize { columns, rows });
    model
}

#[test]
fn some_lines_that_cover_no_row() {
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        let name = format!("said_{columns}x{rows}");
        insta::assert_snapshot!(name, screen(&said(columns, rows)));
    }
}

#[test]
fn the_keys_come_back_while_errors_stay() {
    let mut model = said(80, 24);
    press(&mut model, "k");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn a_page_gives_way_too() {
    let mut model = said(80, 24);
    press(&mut model, "w");
    insta::assert_snapshot!(screen(&model));
}
