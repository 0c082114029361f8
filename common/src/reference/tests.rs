use proptest::prelude::*;

use super::{BadName, TaskRef, is_name};
use crate::id::{TaskId, TaskNumber};

const ID: &str = "0198c5e2-7b1a-7cde-8f01-23456789abcd";

fn id() -> TaskId {
    ID.parse().unwrap()
}

fn is_part(text: &str) -> bool {
    matches!(TaskRef::parse(text), TaskRef::PartOfId(_))
}

fn prefix(text: &str) -> (u128, u128) {
    TaskRef::part_of_id(text).unwrap().prefix_range()
}

#[test]
fn all_digits_are_a_number_however_many() {
    for (text, number) in [("1", 1), ("0", 0), ("007", 7), ("12345678", 12_345_678)] {
        assert_eq!(TaskRef::parse(text), TaskRef::Number(TaskNumber(number)));
    }
    assert_eq!(
        TaskRef::parse("99999999999999999999999999"),
        TaskRef::Number(TaskNumber(u64::MAX))
    );
}

#[test]
fn a_whole_id_is_an_id_in_any_of_its_spellings() {
    assert_eq!(TaskRef::parse(ID), TaskRef::Id(id()));
    assert_eq!(TaskRef::parse(&ID.to_uppercase()), TaskRef::Id(id()));
    assert_eq!(TaskRef::parse(&ID.replace('-', "")), TaskRef::Id(id()));
}

#[test]
fn part_of_an_id_has_four_characters_and_a_non_digit() {
    for part in [
        "0198c",
        "abcd",
        "c5e2",
        "0198c5e2-7b1a",
        "ABCD",
        "0198-",
        "6789abcd",
    ] {
        assert!(is_part(part), "{part}");
    }
    for name in ["abc", "a1", "", "0198g", "nightly", "über"] {
        assert_eq!(TaskRef::parse(name), TaskRef::Name(name.into()));
    }
    assert!(matches!(TaskRef::parse("0198"), TaskRef::Number(_)));
}

#[test]
fn more_digits_than_an_id_has_are_no_part_of_one() {
    let long = format!("{}a", "0123456789abcdef".repeat(2));
    assert_eq!(TaskRef::part_of_id(&long), None);
    assert_eq!(TaskRef::parse(&long), TaskRef::Name(long.clone()));
}

#[test]
fn dashes_in_part_of_an_id_don_t_matter() {
    assert_eq!(prefix("0198c5e2-7b1a"), prefix("0198c5e27b1a"));
    assert_eq!(TaskRef::part_of_id("----"), None);
}

#[test]
fn a_beginning_covers_the_ids_that_begin_with_it_and_no_other() {
    let (low, high) = prefix("0198c5e2");
    assert_eq!(low, 0x0198_c5e2 << 96);
    assert_eq!(high, (0x0198_c5e3 << 96) - 1);
    assert!((low..=high).contains(&id().as_u128()));
    let (low, high) = prefix(ID);
    assert_eq!((low, high), (id().as_u128(), id().as_u128()));
}

#[test]
fn a_name_is_any_line_that_can_t_be_taken_for_something_else() {
    for name in [
        "a",
        "abc",
        "import 2026",
        "nightly-run",
        "größe",
        "x-1",
        "1.5",
        "12 34",
        "g123",
    ] {
        assert_eq!(is_name(name), Ok(()), "{name}");
        assert_eq!(TaskRef::parse(name), TaskRef::Name(name.into()));
    }
    let longest = "ü".repeat(200);
    assert_eq!(is_name(&longest), Ok(()));
}

#[test]
fn what_can_t_be_a_name_is_refused_with_its_reason() {
    let long = "n".repeat(201);
    for (name, reason) in [
        ("", BadName::Empty),
        ("42", BadName::Number),
        ("abcd", BadName::Id),
        ("dead-beef", BadName::Id),
        ("FACE", BadName::Id),
        (ID, BadName::Id),
        (long.as_str(), BadName::Long),
        ("two\nlines", BadName::Control),
        ("\u{1b}[31mred", BadName::Control),
        ("a\u{7f}", BadName::Control),
        ("a\u{9b}b", BadName::Control),
        ("-n", BadName::Dash),
    ] {
        assert_eq!(is_name(name), Err(reason), "{name:?}");
    }
}

proptest! {
    #[test]
    fn any_beginning_and_any_ending_of_any_id_covers_it(value in any::<u128>(), count in 4..=32_usize) {
        let id = TaskId::from_u128(value);
        let digits = format!("{value:032x}");
        let reversed = u128::from_str_radix(&digits.chars().rev().collect::<String>(), 16).unwrap();
        if let Some(part) = TaskRef::part_of_id(&digits[..count]) {
            let (low, high) = part.prefix_range();
            prop_assert!((low..=high).contains(&id.as_u128()));
        }
        if let Some(part) = TaskRef::part_of_id(&digits[32 - count..]) {
            let (low, high) = part.ending_range();
            prop_assert!((low..=high).contains(&reversed));
        }
    }

    #[test]
    fn whatever_is_typed_is_read_and_a_name_is_read_as_that_name(text in ".{0,40}") {
        let read = TaskRef::parse(&text);
        if is_name(&text).is_ok() {
            prop_assert_eq!(read, TaskRef::Name(text));
        }
    }
}
