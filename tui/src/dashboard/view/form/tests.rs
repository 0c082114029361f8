use crate::dashboard::fixtures::{self, LIVING, THEME, kinds, performs, press, screen, type_text};
use crate::dashboard::message::News;
use crate::dashboard::model::{FormField, Model, OfField, Submitting};
use crate::dashboard::theme::{Charset, Colors, Theme};

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 40), (200, 50)];

const PLAIN: Theme = Theme {
    colors: Colors::None,
    charset: Charset::Ascii,
};

/// Some of the options of a submission: the others that there are look no other.
const OPTIONS: [&str; 9] = [
    "name",
    "reason",
    "batch-size",
    "retries",
    "backoff",
    "on-error",
    "isolate",
    "rate",
    "priority",
];

/// A form of this kind on a screen.
fn form((columns, rows): (u16, u16), theme: Theme, kind: &str) -> Model {
    let mut model = fixtures::filled(columns, rows, theme, &fixtures::all_sorts());
    let worker = performs(LIVING, &["import"]);
    fixtures::tell(&mut model, News::Workers(vec![worker]));
    fixtures::tell(&mut model, News::Kinds(kinds()));
    press(&mut model, ":");
    type_text(&mut model, &format!("submit {kind}"));
    press(&mut model, "enter");
    if let Some(Submitting::Filling(form)) = &mut model.submitting {
        let is_shown = |field: &FormField| OPTIONS.contains(&field.name.as_str());
        form.fields
            .retain(|field| field.of == OfField::Kind || is_shown(field));
    }
    model
}

fn at_each_size(name: &str, kind: &str, fill: impl Fn(&mut Model)) {
    for (columns, rows) in SIZES {
        let mut model = form((columns, rows), THEME, kind);
        fill(&mut model);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn an_empty_form() {
    at_each_size("empty", "import", |_| {});
}

#[test]
fn a_form_that_is_filled_in_with_a_mistake() {
    at_each_size("mistake", "import", |model| {
        type_text(model, "orders");
        press(model, "tab space tab");
        type_text(model, "300");
    });
}

#[test]
fn a_choice_that_is_turned() {
    at_each_size("choice", "import", |model| {
        type_text(model, "orders");
        press(model, "down down down right");
    });
}

#[test]
fn a_form_whose_end_is_seen() {
    at_each_size("end", "import", |model| press(model, "up"));
}

#[test]
fn hostile_and_wide_texts() {
    for (columns, rows) in SIZES {
        let mut model = form((columns, rows), THEME, "odd");
        type_text(&mut model, "表の名前 \u{202e}x\u{301}");
        press(&mut model, "tab");
        type_text(&mut model, &"注文".repeat(70));
        press(&mut model, "left left");
        insta::assert_snapshot!(format!("hostile_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn in_plain_signs() {
    let mut model = form((80, 24), PLAIN, "odd");
    type_text(&mut model, "表");
    insta::assert_snapshot!("plain", screen(&model));
    let mut model = form((80, 24), PLAIN, "import");
    press(&mut model, "enter");
    insta::assert_snapshot!("plain_missing", screen(&model));
}

#[test]
fn a_kind_whose_parameters_have_no_names_says_how_they_are_given() {
    let model = form((80, 24), THEME, "nameless");
    insta::assert_snapshot!("nameless", screen(&model));
}

#[test]
fn the_cursor_is_where_one_types_also_in_a_text_that_is_longer_than_its_field() {
    for (columns, rows) in SIZES {
        let mut model = form((columns, rows), THEME, "import");
        let mut before = 0;
        for _ in 0..300 {
            type_text(&mut model, "x");
            let backend = screen(&model);
            let position = backend.cursor_position();
            assert!(position.x < columns && position.x >= before, "{position:?}");
            before = position.x;
            let cell = &backend.buffer()[(position.x - 1, position.y)];
            assert_eq!(cell.symbol(), "x");
        }
    }
}
