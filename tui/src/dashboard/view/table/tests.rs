use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use longhaul_common::state::RollbackStage;

use crate::dashboard::fixtures::{
    self, THEME, all_sorts, filled, press, row, running, screen, task, tell,
};
use crate::dashboard::message::News;
use crate::dashboard::model::Model;
use crate::dashboard::theme::{Charset, Colors, Palette, Theme};

/// Names that are hard on a terminal.
fn strange() -> Vec<String> {
    vec![
        "plain".into(),
        "数据导入数据导入数据导入".into(),
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}xport".into(),
        "مهمة الاستيراد".into(),
        "🚀👩‍🚀👨‍👩‍👧‍👦🏳️‍🌈🇩🇪".into(),
        "\u{1b}[2J\u{1b}]0;owned\u{7}".into(),
        "tab\there\r\nand\u{202e}back".into(),
        "zero\u{200b}width\u{200d}".into(),
        "x".repeat(4096),
        "宽".repeat(4096),
        "\u{301}\u{301}\u{301}".into(),
        "️".into(),
    ]
}

fn cells(buffer: &Buffer, y: u16) -> Vec<String> {
    (0..buffer.area.width)
        .map(|x| buffer[(x, y)].symbol().to_owned())
        .collect()
}

/// Where a text starts on a line, in columns.
fn column_of(buffer: &Buffer, y: u16, text: &str) -> Option<usize> {
    let cells = cells(buffer, y);
    (0..cells.len()).find(|at| cells[*at..].concat().starts_with(text))
}

#[test]
fn no_name_moves_what_stands_behind_it() {
    for (columns, rows) in [(60, 15), (80, 24), (120, 40), (200, 50)] {
        for name in strange() {
            let tasks = [
                task(1, |row| running(row, 1, 10, 1.0)),
                task(2, |row| {
                    running(row, 2, 10, 1.0);
                    row.spec.name.clone_from(&name);
                    row.progress.message = Some(name.clone());
                }),
            ];
            let screen = screen(&filled(columns, rows, THEME, &tasks));
            let buffer = screen.buffer();
            let title = column_of(buffer, 2, "STATE").expect("a title");
            for y in [3, 4] {
                let cells = cells(buffer, y);
                assert_eq!(
                    cells[title..title + 4].concat(),
                    "RUN ",
                    "{name:.20} {columns}"
                );
                let hostile = |cell: &String| cell.chars().any(char::is_control);
                assert!(!cells.iter().any(hostile), "{name:.20}");
            }
        }
    }
}

#[test]
fn no_column_moves_while_numbers_change() {
    let titles = |model: &Model| cells(screen(model).buffer(), 3).concat();
    let mut model = filled(120, 40, THEME, &all_sorts());
    let before = titles(&model);
    for (done, rate) in [(0, 0.0), (9, 0.001), (99_999, 123_456.0), (102_713, 1e9)] {
        let changed = row(6, |row| {
            row.spec.name = "export".into();
            running(row, done, 102_713, rate);
        });
        tell(
            &mut model,
            News::Changed {
                rows: vec![changed],
                gone: Vec::new(),
            },
        );
        assert_eq!(titles(&model), before, "{done} {rate}");
    }
}

#[test]
fn the_column_it_is_sorted_by_is_shown_on_the_smallest_screen() {
    let mut model = filled(60, 15, THEME, &all_sorts());
    for _ in 0..12 {
        press(&mut model, "o");
        let title = model.tasks.sort().by.name().to_uppercase();
        let title = if title == "NUMBER" { "NR" } else { &title };
        let line = cells(screen(&model).buffer(), 3).concat();
        let signed = [format!("{title}▲"), format!("{title}▼")];
        assert!(
            signed.iter().any(|title| line.contains(title)),
            "{title} in {line}"
        );
    }
}

#[test]
fn the_line_under_the_cursor_is_reversed_whole_with_and_without_colours() {
    for colors in [Colors::Sixteen(Palette::USUAL), Colors::None] {
        let theme = Theme {
            colors,
            charset: Charset::Unicode,
        };
        let mut model = filled(80, 24, theme, &all_sorts());
        press(&mut model, "j");
        let screen = screen(&model);
        let buffer = screen.buffer();
        for y in 3..17 {
            let reversed = (0..80)
                .filter(|x| buffer[(*x, y)].modifier.contains(Modifier::REVERSED))
                .count();
            assert_eq!(reversed, if y == 5 { 80 } else { 0 }, "line {y}");
        }
    }
}

#[test]
fn without_colours_no_cell_has_one() {
    let theme = Theme {
        colors: Colors::None,
        charset: Charset::Unicode,
    };
    let screen = screen(&filled(200, 50, theme, &all_sorts()));
    for cell in &screen.buffer().content {
        assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{cell:?}");
    }
}

#[test]
fn a_plain_terminal_is_sent_nothing_but_ascii() {
    let theme = Theme {
        colors: Colors::None,
        charset: Charset::Ascii,
    };
    let mut tasks = all_sorts();
    for (number, name) in (14..).zip(strange()) {
        tasks.push(task(number, |row| row.spec.name = name));
    }
    let mut model = filled(120, 20, theme, &tasks);
    press(&mut model, "/");
    fixtures::type_text(&mut model, "!größe");
    let screen = screen(&model);
    for cell in &screen.buffer().content {
        assert!(cell.symbol().is_ascii(), "{cell:?}");
    }
}

#[test]
fn what_a_rollback_undid_goes_from_the_items_that_are_done() {
    let undone = fixtures::undone;
    let tasks = [
        task(1, |row| undone(row, (300, 1_200), RollbackStage::Failed)),
        task(2, |row| undone(row, (1_100, 1_200), RollbackStage::Begun)),
    ];
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        let model = filled(columns, rows, THEME, &tasks);
        insta::assert_snapshot!(format!("rollbacks_{columns}x{rows}"), screen(&model));
    }
}
