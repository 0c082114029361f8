use super::*;
use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde::Deserialize;
use tempfile::{NamedTempFile, TempDir};

const PLAIN: CsvFormat = CsvFormat {
    delimiter: b',',
    header: true,
};
const BARE: CsvFormat = CsvFormat {
    delimiter: b',',
    header: false,
};

fn file_of(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn try_open(path: &Path, format: CsvFormat, form: CsvForm) -> Result<CsvSource, SourceError> {
    CsvSource::open(path, Fingerprint::of_path(path).unwrap(), format, form)
}

fn open(path: &Path, format: CsvFormat) -> CsvSource {
    try_open(path, format, CsvForm::Csv).unwrap()
}

fn all(source: &mut impl Source<Vec<u8>>, size: usize) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), Cursor::default());
    while let Some(chunk) = source.read(&cursor, size).unwrap() {
        all.extend(
            chunk
                .items
                .into_iter()
                .map(|i| String::from_utf8(i).unwrap()),
        );
        cursor = chunk.next;
    }
    all
}

fn records(content: &str, format: CsvFormat) -> Vec<String> {
    let file = file_of(content.as_bytes());
    let all = all(&mut open(file.path(), format), 2);
    assert_eq!(count(file.path(), format), all.len() as u64, "{content:?}");
    all
}

fn count(path: &Path, format: CsvFormat) -> u64 {
    CsvSource::count(path, format, &AtomicBool::new(false))
        .unwrap()
        .unwrap()
}

#[test]
fn an_item_is_a_record_as_it_is_in_the_file() {
    for (content, expected) in [
        ("h\na\nb\n", vec!["a", "b"]),
        ("h\na\nb", vec!["a", "b"]),
        (
            "h,i\n\"a\nb\",\"c\"\"d\"\n \"x\",y\n",
            vec!["\"a\nb\",\"c\"\"d\"", " \"x\",y"],
        ),
        ("h\r\na\r\n\"b\r\nc\"\r\n", vec!["a", "\"b\r\nc\""]),
        ("h\ra\rb\r", vec!["a", "b"]),
        ("\n\nh\n\n\na\n\r\nb\n\n", vec!["a", "b"]),
        ("\u{feff}h\na\n", vec!["a"]),
        ("\u{feff}h\n\u{feff}a\n", vec!["\u{feff}a"]),
        ("h\n\"\"\n", vec!["\"\""]),
        ("h", vec![]),
        ("", vec![]),
        ("\n\n", vec![]),
    ] {
        assert_eq!(records(content, PLAIN), expected, "{content:?}");
    }
}

#[test]
fn without_a_header_the_first_record_is_an_item_too() {
    assert_eq!(records("\u{feff}a,b\nc,d\n", BARE), ["a,b", "c,d"]);
    let file = file_of(b"a\n");
    assert!(open(file.path(), BARE).head().is_empty());
}

#[test]
fn the_header_ends_as_the_file_has_it_and_so_do_the_records() {
    for (content, head, framing) in [
        ("\u{feff}a,\"b\nc\"\nx,y\n", "a,\"b\nc\"\n", Framing::Lines),
        ("a,b\r\nx,y\n", "a,b\r\n", Framing::CrLf),
        ("a", "a\n", Framing::Lines),
        ("", "", Framing::Lines),
    ] {
        let file = file_of(content.as_bytes());
        let source = open(file.path(), PLAIN);
        assert_eq!(source.head(), head.as_bytes(), "{content:?}");
        assert_eq!(source.framing(), framing, "{content:?}");
    }
}

#[test]
fn a_delimiter_is_what_separates_fields() {
    let tabs = CsvFormat {
        delimiter: b'\t',
        ..PLAIN
    };
    assert_eq!(records("a\tb\n1,5\t\"x\ty\"\n", tabs), ["1,5\t\"x\ty\""]);
    let file = file_of(b"a;b\n1;2;3\n");
    let semicolons = CsvFormat {
        delimiter: b';',
        ..PLAIN
    };
    assert!(
        open(file.path(), semicolons)
            .read(&Cursor::default(), 9)
            .is_err()
    );
    assert!(open(file.path(), PLAIN).read(&Cursor::default(), 9).is_ok());
}

#[test]
fn a_record_is_an_object_whose_keys_are_in_the_order_of_the_columns() {
    let file = file_of("z,a,\"ü\n\"\n1,\"say \"\"hi\"\"\",\"x\ny\"\n,,\n".as_bytes());
    let mut source = try_open(file.path(), PLAIN, CsvForm::Json).unwrap();
    assert!(source.head().is_empty());
    assert_eq!(
        all(&mut source, 1),
        [
            r#"{"z":"1","a":"say \"hi\"","ü\n":"x\ny"}"#,
            r#"{"z":"","a":"","ü\n":""}"#
        ]
    );
}

fn fault(result: Result<impl Sized, SourceError>) -> String {
    match result.err() {
        Some(error @ SourceError::Record { .. }) => {
            assert!(error.is_permanent());
            let text = error.to_string();
            let from = text.find(", line").unwrap();
            let to = text.find("; mend").unwrap();
            text[from + 2..to].to_owned()
        }
        Some(other) => panic!("{other}"),
        None => panic!("no fault"),
    }
}

#[test]
fn what_is_malformed_is_named_with_line_column_and_record_after_what_comes_before_it() {
    for (content, expected) in [
        (
            "a,b\n1,2\n3\n",
            "line 3: 1 field where the header has 2 (record 2)",
        ),
        (
            "a,b\n1,2\n\n\"x\n\",2\n1,2,3\n",
            "line 6: 3 fields where the header has 2 (record 3)",
        ),
        (
            "a,b\n1,2\n3,ü\"x\n4,\"y\n5,6\n",
            "line 4, column 3: a quote opens and is never closed (record 3)",
        ),
        (
            "a,b\n1,2\nü,\"4\"x\n",
            "line 3, column 6: a field goes on after its closing quote (record 2)",
        ),
        (
            "a,b\n1,2\n\"3\n4\",\"5\n6\"7\n",
            "line 5, column 3: a field goes on after its closing quote (record 2)",
        ),
    ] {
        let file = file_of(content.as_bytes());
        let mut source = open(file.path(), PLAIN);
        let before = source.read(&Cursor::default(), 100).unwrap().unwrap();
        assert!(!before.items.is_empty() && !before.exhausted, "{content:?}");
        for _ in 0..2 {
            assert_eq!(fault(source.read(&before.next, 100)), expected);
        }
        let anew = open(file.path(), PLAIN).read(&before.next, 1);
        assert_eq!(fault(anew), expected, "resumed");
        assert!(CsvSource::count(file.path(), PLAIN, &AtomicBool::new(false)).is_err());
        let again = source.read(&Cursor::default(), 1).unwrap().unwrap();
        assert_eq!(again.items, before.items[..1], "usable after an error");
    }
}

#[test]
fn a_first_record_that_is_malformed_and_keys_that_are_none_are_told_at_once() {
    for (content, form, expected) in [
        (
            "a,\"b\n1,2\n",
            CsvForm::Csv,
            "line 1, column 3: a quote opens and is never closed (record 1)",
        ),
        (
            "a,b,a\n",
            CsvForm::Json,
            "line 1: two columns of the header are named \"a\", and an object has each key once (record 1)",
        ),
    ] {
        let file = file_of(content.as_bytes());
        assert_eq!(fault(try_open(file.path(), PLAIN, form)), expected);
    }
    let file = file_of(b"a,\xff\n1,2\n");
    assert!(fault(try_open(file.path(), PLAIN, CsvForm::Json)).contains("column 2 is not UTF-8"));
    let file = file_of(b"a,b\n1,2\n1,\xff\n");
    let mut source = try_open(file.path(), PLAIN, CsvForm::Json).unwrap();
    let next = source.read(&Cursor::default(), 2).unwrap().unwrap().next;
    assert_eq!(
        fault(source.read(&next, 2)),
        "line 3: field 2 is not UTF-8 (record 2)"
    );
}

#[test]
fn a_quote_that_swallows_a_file_is_named_where_it_opens() {
    let mut content = b"a,b\n1,2\n3,\"".to_vec();
    content.extend(b"x,y\n".repeat(5 << 20));
    let file = file_of(&content);
    let mut source = open(file.path(), PLAIN);
    let next = source.read(&Cursor::default(), 9).unwrap().unwrap().next;
    assert_eq!(
        fault(source.read(&next, 9)),
        "line 3, column 3: a quote opens and is not closed within 16 MiB (record 2)"
    );
}

#[test]
fn a_cursor_from_elsewhere_is_refused() {
    let file = file_of(b"a,b\n1,2\n3,4\n");
    for cursor in ["9:1:1", "0:1:1", "13:9:9", "4", "x", "4:2:1:1"] {
        let read = open(file.path(), PLAIN).read(&Cursor(cursor.into()), 1);
        assert!(
            matches!(read, Err(SourceError::BadCursor { .. })),
            "{cursor}"
        );
    }
    let empty = open(file.path(), PLAIN).read(&Cursor::default(), 0);
    assert!(matches!(empty, Err(SourceError::EmptyBatch { .. })));
}

#[test]
fn a_file_that_changes_is_noticed_at_the_next_batch() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("in.csv");
    fs::write(&path, "a\n1\n2\n3\n").unwrap();
    let mut source = open(&path, PLAIN);
    let chunk = source.read(&Cursor::default(), 2).unwrap().unwrap();
    fs::write(&path, "a\n1\n2\n3\n4\n").unwrap();
    match source.read(&chunk.next, 2) {
        Err(SourceError::Changed { what, .. }) => assert_eq!(what, "size was 8, is 10"),
        other => panic!("{other:?}"),
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Row {
    name: String,
    age: Option<u32>,
}

#[test]
fn rows_are_values_of_a_type_and_one_that_is_none_is_named() {
    let file = file_of(b"age,name,rest\n41,Ada,x\n,\"B\nC\",y\nold,D,z\n");
    let now = Fingerprint::of_path(file.path()).unwrap();
    let mut rows: CsvRows<Row> = CsvRows::open(file.path(), now, PLAIN).unwrap();
    let chunk = rows.read(&Cursor::default(), 9).unwrap().unwrap();
    let row = |name: &str, age| Row {
        name: name.into(),
        age,
    };
    assert_eq!(chunk.items, [row("Ada", Some(41)), row("B\nC", None)]);
    let why = fault(rows.read(&chunk.next, 9));
    assert!(
        why.starts_with("line 5: field 1: ") && why.ends_with("(record 3)"),
        "{why}"
    );
    let mut pairs: CsvRows<(String, String, String)> =
        CsvRows::open(file.path(), now, BARE).unwrap();
    let chunk = pairs.read(&Cursor::default(), 1).unwrap().unwrap();
    assert_eq!(chunk.items[0].1, "name");
}

/// A field as it may be written.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9 é]{0,6}",
        "\"([a-z,\n\r]|\"\"){0,8}\"",
        Just(String::new()),
    ]
}

/// A file of two columns; its records, and its text.
fn table() -> impl Strategy<Value = (Vec<String>, String)> {
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n"), Just("\r\n\r\n")];
    let record = (field(), field(), end).prop_map(|(a, b, end)| (format!("{a},{b}"), end));
    (
        prop::collection::vec(record, 0..40),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(records, mark, ends)| {
            let mut text = String::from(if mark { "\u{feff}" } else { "" }) + "a,b\n";
            for (record, end) in &records {
                text += record;
                text += end;
            }
            if !ends && !records.is_empty() {
                text.truncate(text.trim_end_matches(['\n', '\r']).len());
            }
            (
                records.into_iter().map(|(record, _)| record).collect(),
                text,
            )
        })
}

proptest! {
    #[test]
    fn any_sizes_and_resume_points_give_every_record_once_and_in_order(
        (records, text) in table(),
        sizes in prop::collection::vec(1_usize..9, 1..8),
        packed in any::<bool>(),
    ) {
        let mut bytes = text.clone().into_bytes();
        if packed {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&bytes).unwrap();
            bytes = encoder.finish().unwrap();
        }
        let file = file_of(&bytes);
        let (mut source, mut cuts, mut cursor) = (open(file.path(), PLAIN), Vec::new(), Cursor::default());
        for size in sizes.into_iter().cycle() {
            let Some(chunk) = source.read(&cursor, size).unwrap() else { break };
            prop_assert!(!chunk.items.is_empty() && chunk.items.len() <= size);
            let last = chunk.exhausted;
            cuts.push((std::mem::replace(&mut cursor, chunk.next.clone()), size, chunk));
            if last { break }
        }
        let all: Vec<String> = cuts
            .iter()
            .flat_map(|(_, _, chunk)| &chunk.items)
            .map(|item| String::from_utf8(item.clone()).unwrap())
            .collect();
        prop_assert_eq!(&all, &records);
        prop_assert_eq!(count(file.path(), PLAIN), records.len() as u64);
        for (cursor, size, chunk) in cuts.iter().rev() {
            let by_the_same = source.read(cursor, *size).unwrap();
            prop_assert_eq!(by_the_same.as_ref(), Some(chunk));
            let by_another = open(file.path(), PLAIN).read(cursor, *size).unwrap();
            prop_assert_eq!(by_another.as_ref(), Some(chunk));
        }
        // The reader of the csv crate sees the same fields.
        let mut theirs = csv::Reader::from_reader(text.as_bytes());
        let theirs: Vec<csv::ByteRecord> = theirs.byte_records().map(Result::unwrap).collect();
        let now = Fingerprint::of_path(file.path()).unwrap();
        let mut rows: CsvRows<(String, String)> = CsvRows::open(file.path(), now, PLAIN).unwrap();
        let ours = rows.read(&Cursor::default(), 1000).unwrap().map_or(Vec::new(), |chunk| chunk.items);
        let ours: Vec<csv::ByteRecord> = ours
            .iter()
            .map(|(a, b)| [a, b].into_iter().collect())
            .collect();
        prop_assert_eq!(ours, theirs);
    }
}
