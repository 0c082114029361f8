use super::*;

fn log_line() -> Sheet {
    let mut sheet = Sheet::default();
    let pieces = vec![
        Piece::of("12 out", Tone::Quiet),
        Piece::of(" a line that is long", Tone::Plain),
    ];
    sheet.below(pieces, 0, Overflow::IsCut);
    sheet
}

#[test]
fn a_line_that_is_cut_takes_no_more_than_the_columns_with_its_indent() {
    assert_eq!(
        log_line().print(Some(16), Paint::Nothing),
        "  12 out a line…\n"
    );
    assert_eq!(
        log_line().print(None, Paint::Nothing),
        "  12 out a line that is long\n"
    );
}

#[test]
fn texts_are_safe_and_nothing_ends_with_a_blank() {
    let mut sheet = Sheet::default();
    sheet.field("error", "a\x1b[2Jb");
    sheet.field("folder", "");
    assert_eq!(
        sheet.print(None, Paint::Nothing),
        "error      a\\x1b[2Jb\nfolder\n"
    );
}
