use super::*;
use proptest::prelude::*;

fn read_all(source: &mut RangeSource, size: usize) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), Cursor::default());
    while let Some(chunk) = source.read(&cursor, size).unwrap() {
        let texts = chunk.items.into_iter().map(String::from_utf8);
        all.extend(texts.map(Result::unwrap));
        cursor = chunk.next;
    }
    all
}

fn items(text: &str) -> Vec<String> {
    read_all(&mut RangeSource::parse(text).unwrap(), 3)
}

#[test]
fn both_ends_are_included() {
    assert_eq!(items("1..4"), ["1", "2", "3", "4"]);
    assert_eq!(items("-2..1"), ["-2", "-1", "0", "1"]);
    assert_eq!(items("7..7"), ["7"]);
}

#[test]
fn a_greater_first_end_counts_down() {
    assert_eq!(items("2..-1"), ["2", "1", "0", "-1"]);
}

#[test]
fn a_leading_zero_makes_all_items_as_wide_as_the_wider_end() {
    assert_eq!(items("08..11"), ["08", "09", "10", "11"]);
    assert_eq!(items("8..010"), ["008", "009", "010"]);
    assert_eq!(items("-01..1"), ["-01", "000", "001"]);
    assert_eq!(items("0..2"), ["0", "1", "2"]);
}

#[test]
fn the_widest_range_is_cut_at_both_ends_without_overflow() {
    let mut source = RangeSource::new(i64::MIN, i64::MAX);
    assert_eq!(source.total(), None, "2^64 does not fit");
    let first = source.read(&Cursor::default(), 1).unwrap().unwrap();
    assert_eq!(first.items, [i64::MIN.to_string().into_bytes()]);
    let last = Cursor::at(u64::MAX.into());
    let last = source.read(&last, 100).unwrap().unwrap();
    assert_eq!(last.items, [i64::MAX.to_string().into_bytes()]);
    assert!(last.exhausted);
    let down = RangeSource::new(i64::MAX, i64::MIN + 1);
    assert_eq!(down.total(), Some(u64::MAX));
}

#[test]
fn a_cursor_past_the_end_or_from_elsewhere_is_refused() {
    let mut source = RangeSource::new(1, 3);
    for text in ["4", "x", "-1"] {
        let error = source.read(&Cursor(text.into()), 1).unwrap_err();
        assert!(matches!(error, SourceError::BadCursor { .. }), "{text}");
        assert!(error.to_string().contains("the range 1..3"));
    }
}

#[test]
fn a_batch_of_no_items_is_refused() {
    let error = RangeSource::new(1, 3)
        .read(&Cursor::default(), 0)
        .unwrap_err();
    assert!(matches!(error, SourceError::EmptyBatch { .. }));
}

#[test]
fn what_is_no_range_is_answered_with_what_to_write() {
    for text in ["", "1", "1-200", "1..", "..5", ".."] {
        let error = RangeSource::parse(text).unwrap_err();
        assert!(
            matches!(error, ParseRangeError::Malformed { .. }),
            "{text:?}"
        );
        assert!(error.to_string().contains("1..200"));
    }
    for text in ["a..5", "1..=5", "1...5", "1 .. 5", "1..1.5", "--1..2"] {
        let error = RangeSource::parse(text).unwrap_err();
        assert!(
            matches!(error, ParseRangeError::NotANumber { .. }),
            "{text:?}"
        );
        assert!(error.to_string().contains("whole number"));
    }
    let error = RangeSource::parse("1..9..2").unwrap_err();
    assert!(matches!(error, ParseRangeError::Step { .. }));
}

#[test]
fn a_number_too_large_is_named_with_the_limits() {
    let error = RangeSource::parse("1..9223372036854775808").unwrap_err();
    let text = error.to_string();
    assert!(text.contains("\"9223372036854775808\""), "{text}");
    assert!(text.contains("9223372036854775807"), "{text}");
    let zeros = format!("1..{}1", "0".repeat(1000));
    assert!(RangeSource::parse(&zeros).is_err());
}

proptest! {
    #[test]
    fn any_sizes_give_every_number_once_and_in_order(
        first in -300_i64..300,
        last in -300_i64..300,
        sizes in prop::collection::vec(1_usize..50, 1..10),
    ) {
        let mut source = RangeSource::new(first, last);
        let (mut all, mut cursor) = (Vec::new(), Cursor::default());
        for size in sizes.into_iter().cycle() {
            let Some(chunk) = source.read(&cursor, size).unwrap() else { break };
            let again = source.clone().read(&cursor, size).unwrap();
            prop_assert_eq!(again.as_ref(), Some(&chunk));
            prop_assert!(!chunk.items.is_empty() && chunk.items.len() <= size);
            prop_assert_eq!(chunk.exhausted, source.read(&chunk.next, 1).unwrap().is_none());
            all.extend(chunk.items);
            cursor = chunk.next;
        }
        let mut expected: Vec<i64> = (first.min(last)..=first.max(last)).collect();
        if first > last {
            expected.reverse();
        }
        prop_assert_eq!(source.total(), Some(expected.len() as u64));
        let expected: Vec<_> = expected.iter().map(|n| n.to_string().into_bytes()).collect();
        prop_assert_eq!(all, expected);
    }

    #[test]
    fn any_ends_can_be_written_and_parsed_again(first in any::<i64>(), last in any::<i64>()) {
        let source = RangeSource::new(first, last);
        prop_assert_eq!(RangeSource::parse(&source.to_string()), Ok(source));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[-+0-9. ]{0,30}|.{0,30}") {
        let _ = RangeSource::parse(&text);
    }
}
