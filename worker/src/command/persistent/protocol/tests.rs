use super::*;

fn handover(work: Handed<'_>) -> Handover<'_> {
    Handover {
        batch: 7,
        key: "an-id:7",
        attempt: 2,
        head: b"",
        work,
    }
}

fn read(line: &[u8]) -> Result<Word, BadAnswer> {
    read_of(line, false)
}

fn read_of(line: &[u8], answers_cursor: bool) -> Result<Word, BadAnswer> {
    let request = Request {
        line: b"",
        batch: 7,
        items: 3,
        answers_cursor,
        timeout: None,
    };
    super::read(line, &request)
}

fn items(items: &[&[u8]]) -> Vec<Vec<u8>> {
    items.iter().map(|item| item.to_vec()).collect()
}

fn line_of(handover: &Handover<'_>) -> String {
    String::from_utf8(handover.line().unwrap()).unwrap()
}

#[test]
fn a_batch_is_one_line_whatever_its_items_hold() {
    let items = items(&[b"plain", b"a\nb\"\\\0\x1b", "é 字".as_bytes(), b""]);
    let line = line_of(&handover(Handed::Text(&items)));
    assert_eq!(
        line,
        "{\"batch\":7,\"key\":\"an-id:7\",\"attempt\":2,\"items\":[\"plain\",\"a\\nb\\\"\\\\\\u0000\\u001b\",\"é 字\",\"\"]}\n"
    );
}

#[test]
fn items_that_are_no_utf_8_come_under_another_name() {
    let items = items(&[b"\xff\xfe", b"plain"]);
    let line = line_of(&handover(Handed::Text(&items)));
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        value["items_base64"],
        serde_json::json!(["//4=", "cGxhaW4="])
    );
    assert!(value.get("items").is_none());
}

#[test]
fn items_that_are_json_are_embedded_and_checked() {
    let good = items(&[b"{\"a\":\n1}", b"[2]"]);
    let line = line_of(&handover(Handed::Json(&good)));
    assert!(line.ends_with(",\"items\":[{\"a\": 1},[2]]}\n"), "{line}");
    let bad = items(&[b"{\"a\":1}", b"{"]);
    let refused = handover(Handed::Json(&bad)).line();
    assert!(
        matches!(&refused, Err(Failure::Suspend(error)) if error.starts_with("item 2 is no JSON")),
        "{refused:?}"
    );
}

#[test]
fn a_cursor_is_handed_over_where_there_is_one() {
    let page = handover(Handed::Page(b"page \"2\""));
    let value: serde_json::Value = serde_json::from_str(&line_of(&page)).unwrap();
    assert_eq!(value["cursor"], "page \"2\"");
    assert!(value.get("items").is_none());
}

#[test]
fn records_of_csv_come_with_their_header() {
    let items = items(&[b"1,2"]);
    let records = Handover {
        head: b"a,b\n",
        ..handover(Handed::Text(&items))
    };
    let value: serde_json::Value = serde_json::from_str(&line_of(&records)).unwrap();
    assert_eq!(value["header"], "a,b");
    assert_eq!(value["items"], serde_json::json!(["1,2"]));
}

#[test]
fn each_answer_is_understood() {
    let text = |text: &str| Some(text.to_owned());
    for (line, word) in [
        (
            r#"{"ok":true}"#,
            Word::Done {
                cursor: None,
                message: None,
            },
        ),
        (
            r#" {"batch":7,"ok":true,"cursor":"c","message":"m"} "#,
            Word::Done {
                cursor: text("c"),
                message: text("m"),
            },
        ),
        (r#"{"error":"e"}"#, Word::Failed(Failure::Retry("e".into()))),
        (
            r#"{"error":"e","then":"retry"}"#,
            Word::Failed(Failure::Retry("e".into())),
        ),
        (
            r#"{"error":"e","then":"skip"}"#,
            Word::Failed(Failure::Skip("e".into())),
        ),
        (
            r#"{"error":"e","then":"suspend","batch":7}"#,
            Word::Failed(Failure::Suspend("e".into())),
        ),
        (
            r#"{"error":"e","then":"fatal"}"#,
            Word::Failed(Failure::Fatal("e".into())),
        ),
        (
            r#"{"items_done":3}"#,
            Word::Report {
                items_done: Some(3),
                message: None,
            },
        ),
        (
            r#"{"message":"m"}"#,
            Word::Report {
                items_done: None,
                message: text("m"),
            },
        ),
        (
            r#"{"items_done":0,"message":"m","batch":7}"#,
            Word::Report {
                items_done: Some(0),
                message: text("m"),
            },
        ),
    ] {
        assert_eq!(read_of(line.as_bytes(), true), Ok(word), "{line}");
    }
}

#[test]
fn everything_else_is_a_bad_answer_and_is_quoted() {
    for line in [
        "",
        "hello",
        "{}",
        "[]",
        "[7,true,null,null,null,null,null]",
        "true",
        r#"{"ok":false}"#,
        r#"{"ok":"yes"}"#,
        r#"{"ok":true"#,
        r#"{"ok":true} {"ok":true}"#,
        r#"{"ok":true,"ok":true}"#,
        r#"{"ok":true,"error":"e"}"#,
        r#"{"ok":true,"then":"skip"}"#,
        r#"{"ok":true,"items_done":1}"#,
        r#"{"ok":true,"okay":true}"#,
        r#"{"ok":true,"cursor":"c"}"#,
        r#"{"error":"e","cursor":"c"}"#,
        r#"{"error":"e","then":"again"}"#,
        r#"{"then":"skip"}"#,
        r#"{"batch":8,"ok":true}"#,
        r#"{"batch":7}"#,
        r#"{"items_done":4}"#,
        r#"{"items_done":-1}"#,
        r#"{"items_done":1,"cursor":"c"}"#,
        "{\"ok\":true,\"message\":\"\u{fffd}",
    ] {
        let bad = read(line.as_bytes()).expect_err(line).to_string();
        assert!(bad.starts_with("a bad answer, "), "{bad}");
        assert!(bad.ends_with(&format!(": {line}")), "{bad}");
    }
    assert!(read(b"{\"message\":\"\xff\"}").is_err());
}

#[test]
fn a_long_bad_answer_is_quoted_in_part() {
    let line = "x".repeat(1_000_000);
    let bad = read(line.as_bytes()).unwrap_err().to_string();
    assert!(bad.len() < 300 && bad.ends_with("x…"), "{bad}");
}
