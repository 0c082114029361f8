use crate::dashboard::fixtures::{THEME, all_sorts, filled, press, screen, type_text};
use crate::dashboard::theme::{Charset, Colors, Theme};

const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (120, 40)];

/// Types a text and presses keys, on screens of all sizes.
fn shot(name: &str, text: &str, keys: &str) {
    for (columns, rows) in SIZES {
        let mut model = filled(columns, rows, THEME, &all_sorts());
        press(&mut model, ":");
        type_text(&mut model, text);
        press(&mut model, keys);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn all_that_can_be_typed() {
    shot("opened", "", "");
}

#[test]
fn a_command_that_can_be_completed() {
    shot("command", "f", "tab tab");
}

#[test]
fn tasks_that_can_be_meant() {
    shot("tasks", "suspend --reason 'release at noon' 6 ", "");
}

#[test]
fn options_of_the_command_line() {
    shot("options", "terminate 6 --", "");
}

#[test]
fn what_is_wrong() {
    shot(
        "error",
        "suspend nobody --force --reason 'release at noon'",
        "enter",
    );
}

#[test]
fn in_plain_signs() {
    let plain = Theme {
        colors: Colors::None,
        charset: Charset::Ascii,
    };
    let mut model = filled(80, 24, plain, &all_sorts());
    press(&mut model, ": r e tab");
    insta::assert_snapshot!(screen(&model));
}
