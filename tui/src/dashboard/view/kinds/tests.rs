use crate::dashboard::fixtures::{self, LIVING, THEME, kinds, performs, press, screen};
use crate::dashboard::message::News;
use crate::dashboard::theme::{Charset, Colors, Theme};

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 40), (200, 50)];

#[test]
fn the_kinds_that_a_task_can_be_of() {
    for (columns, rows) in SIZES {
        let mut model = fixtures::filled(columns, rows, THEME, &fixtures::all_sorts());
        let worker = performs(LIVING, &["import", "audit"]);
        fixtures::tell(&mut model, News::Workers(vec![worker]));
        fixtures::tell(&mut model, News::Kinds(kinds()));
        press(&mut model, "i j");
        insta::assert_snapshot!(format!("kinds_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn in_plain_signs_and_where_there_are_none() {
    let plain = Theme {
        colors: Colors::None,
        charset: Charset::Ascii,
    };
    let mut model = fixtures::filled(80, 24, plain, &fixtures::all_sorts());
    fixtures::tell(&mut model, News::Kinds(kinds()));
    press(&mut model, "i G");
    insta::assert_snapshot!("kinds_plain", screen(&model));
    fixtures::tell(&mut model, News::Kinds(Vec::new()));
    insta::assert_snapshot!("kinds_none", screen(&model));
}
