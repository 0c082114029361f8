use super::*;

const COLUMNS: [Column; 4] = [
    Column::right("NR", 9),
    Column::left("NAME", 8).cut_to(4),
    Column::right("RATE", 1),
    Column::left("NOTE", 5).cut_to(6),
];

fn table(rows: &[[&str; 4]]) -> Table<4> {
    let mut table = Table::new(COLUMNS);
    for row in rows {
        table.push(row.map(Cell::new));
    }
    table
}

fn rows() -> Table<4> {
    table(&[
        ["7", "import", "1.0/s", "waits for a worker"],
        ["12", "a", "-", ""],
    ])
}

#[test]
fn numbers_stand_to_the_right_and_no_line_ends_with_a_blank() {
    assert_eq!(
        rows().render(None, Paint::Nothing),
        "NR  NAME     RATE  NOTE\n \
         7  import  1.0/s  waits for a worker\n\
         12  a           -\n"
    );
}

#[test]
fn a_column_without_a_word_is_left_out() {
    let table = table(&[["7", "import", "", ""]]);
    assert_eq!(table.render(None, Paint::Nothing), "NR  NAME\n 7  import\n");
}

#[test]
fn what_can_be_cut_is_cut_before_a_column_goes() {
    assert_eq!(
        rows().render(Some(30), Paint::Nothing),
        "NR  NAME     RATE  NOTE\n \
         7  import  1.0/s  waits for …\n\
         12  a           -\n"
    );
}

#[test]
fn the_least_important_column_goes_first() {
    let narrow = rows().render(Some(18), Paint::Nothing);
    assert_eq!(narrow, "NR  NAME    NOTE\n 7  import  waits…\n12  a\n");
    let narrower = rows().render(Some(10), Paint::Nothing);
    assert_eq!(narrower, "NR  NAME\n 7  import\n12  a\n");
}

#[test]
fn no_line_is_ever_wider_than_the_terminal() {
    let table = table(&[[
        "1234567",
        "進捗管理システム",
        "1,234.5/s",
        "\u{202e}\x1b[31mno",
    ]]);
    for columns in 1..60 {
        for line in table.render(Some(columns), Paint::Nothing).lines() {
            assert!(width(line) <= columns, "{columns}: {line}");
        }
    }
}

#[test]
fn wide_characters_leave_the_columns_in_order() {
    let table = table(&[["1", "進捗", "1/s", ""], ["2", "abcd", "2/s", ""]]);
    assert_eq!(
        table.render(None, Paint::Nothing),
        "NR  NAME  RATE\n 1  進捗   1/s\n 2  abcd   2/s\n"
    );
}

#[test]
fn hostile_text_is_shown_and_not_obeyed() {
    let table = table(&[["1", "\x1b[31mred\n", "", ""]]);
    let shown = table.render(None, Paint::Nothing);
    assert!(shown.contains("\\x1b[31mred\\n"), "{shown}");
}

#[test]
fn colours_take_no_room() {
    let mut table = Table::new(COLUMNS);
    table.push([
        Cell::new("1"),
        Cell::toned("ab", Tone::Bad),
        Cell::new("1/s"),
        Cell::default(),
    ]);
    let plain = table.render(Some(20), Paint::Nothing);
    let painted = table.render(Some(20), Paint::Colors);
    assert!(painted.contains("\x1b[31mab\x1b[0m"));
    let stripped = ["\x1b[31m", "\x1b[1m", "\x1b[0m"]
        .iter()
        .fold(painted, |text, code| text.replace(code, ""));
    assert_eq!(stripped, plain);
}
