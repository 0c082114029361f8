use proptest::prelude::*;

use super::{Part, PartsSource, position};
use crate::source::{Cursor, RangeSource, Source};

const LAST: i64 = 60;

fn source(parts: &[Part]) -> PartsSource<Vec<u8>> {
    PartsSource::new(Box::new(RangeSource::new(0, LAST)), parts.to_vec())
}

/// Items by their place, cut in sizes that take turns, the source made anew for each.
fn read(parts: &[Part], sizes: &[usize]) -> Vec<u64> {
    let (mut cursor, mut found, mut positions) = (Cursor::default(), Vec::new(), vec![0]);
    for size in sizes.iter().cycle() {
        let Some(chunk) = source(parts).read(&cursor, *size).unwrap() else {
            break;
        };
        assert!((1..=*size).contains(&chunk.items.len()));
        let items = chunk.items.iter();
        found.extend(items.map(|item| str::from_utf8(item).unwrap().parse::<u64>().unwrap()));
        cursor = chunk.next;
        positions.push(position(&cursor).unwrap());
        if chunk.exhausted {
            break;
        }
    }
    assert!(positions.is_sorted_by(|one, next| one < next));
    found
}

proptest! {
    #[test]
    fn any_sizes_give_what_is_meant_once_and_in_order(
        starts in prop::collection::vec((1..8_u64, any::<u8>()), 0..8),
        sizes in prop::collection::vec(1..9_usize, 1..4),
    ) {
        let (mut parts, mut meant, mut at) = (Vec::new(), Vec::new(), 0);
        for (items, mask) in starts {
            let places: Vec<u64> = (0..items).filter(|place| mask >> place & 1 == 1).collect();
            let all: Vec<u64> = (0..items).collect();
            let these = if places.is_empty() { &all } else { &places };
            meant.extend(these.iter().map(|place| at + place));
            parts.push(Part { cursor: Cursor(at.to_string().into_bytes()), items: Some(items), places });
            at += items;
        }
        prop_assert_eq!(source(&parts).total(), Some(meant.len() as u64));
        prop_assert_eq!(read(&parts, &sizes), meant);
    }
}

#[test]
fn a_part_without_an_end_goes_on_to_the_end_of_the_input() {
    let part = |cursor: &str, items| Part {
        cursor: Cursor(cursor.into()),
        items,
        places: Vec::new(),
    };
    let parts = [part("3", Some(2)), part("57", None)];
    assert_eq!(read(&parts, &[3]), [3, 4, 57, 58, 59, 60]);
    assert_eq!(source(&parts).total(), None);
}

#[test]
fn a_cursor_of_another_input_is_refused() {
    for text in ["x", "7", "1:", "1:x:"] {
        assert!(source(&[]).read(&Cursor(text.into()), 1).is_err(), "{text}");
    }
}
