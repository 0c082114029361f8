use jiff::tz::TimeZone;
use longhaul_common::task_log::parse_line;

use super::*;

fn shown(line: &[u8], paint: Paint) -> String {
    let clock = Clock::at(Timestamp::from_millis(0), TimeZone::UTC);
    log_lines(std::iter::once(parse_line(line)), &clock, paint)
}

#[test]
fn a_line_says_when_which_batch_and_which_stream() {
    assert_eq!(
        shown(b"2026-07-03T14:02:11.123Z 12 err oops\n", Paint::Nothing),
        "2026-07-03 14:02:11    12 err oops\n"
    );
}

#[test]
fn a_damaged_line_is_all_text() {
    assert_eq!(
        shown(b"\xff\x1b[2J\n", Paint::Nothing),
        format!("{:19}       out \\xff\\x1b[2J\n", "")
    );
}

#[test]
fn what_longhaul_says_is_told_from_what_the_task_says() {
    let line = b"2026-07-03T14:02:11.123Z 12 sys attempt 1 failed";
    assert!(shown(line, Paint::Nothing).contains(" sys "));
    assert!(shown(line, Paint::Colors).contains("\x1b[1mattempt 1 failed\x1b[0m"));
}

#[test]
fn programs_get_text_that_is_no_text_replaced() {
    let line = parse_line(b"2026-07-03T14:02:11.123Z 12 out a\xffb");
    let json = serde_json::to_string(&JsonLogLine::of(&line)).unwrap();
    assert_eq!(
        json,
        r#"{"at":"2026-07-03T14:02:11.123Z","source":"12","stream":"out","text":"a�b"}"#
    );
    let damaged = parse_line(b"half a li");
    let json = serde_json::to_string(&JsonLogLine::of(&damaged)).unwrap();
    assert_eq!(
        json,
        r#"{"at":null,"source":null,"stream":"out","text":"half a li"}"#
    );
}
