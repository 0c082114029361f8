use super::*;

fn fed(items: u64, closed: bool) -> Fed {
    Fed {
        items,
        closed_at: closed.then(Timestamp::default),
        ..Fed::default()
    }
}

fn items(count: u64, next: u64, last: bool) -> Cut {
    Cut::Items { count, next, last }
}

#[test]
fn a_batch_takes_what_is_there_and_never_waits_to_be_filled() {
    assert_eq!(fed(7, false).cut(0, 100), items(7, 7, false));
    assert_eq!(fed(7, false).cut(2, 3), items(3, 5, false));
    assert_eq!(fed(7, false).cut(7, 3), Cut::NothingYet);
    assert_eq!(fed(7, false).cut(5, 0), items(1, 6, false));
}

#[test]
fn only_a_closed_feed_has_a_last_batch() {
    assert_eq!(fed(7, true).cut(5, 2), items(2, 7, true));
    assert_eq!(fed(7, true).cut(4, 2), items(2, 6, false));
    assert_eq!(fed(7, true).cut(7, 2), Cut::NoMore);
    assert_eq!(fed(0, true).cut(0, 2), Cut::NoMore);
}

#[test]
fn a_cursor_is_the_number_of_an_item() {
    assert_eq!(item(&cursor(0)), Some(0));
    assert_eq!(item(&cursor(u64::MAX)), Some(u64::MAX));
    assert_eq!(item(b""), Some(0));
    assert_eq!(item(b"a line"), None);
}

#[test]
fn a_chunk_is_full_at_so_many_items_or_so_many_bytes() {
    let mut chunk = Chunk::default();
    while !chunk.is_full() {
        chunk.push(*b"item").unwrap();
    }
    assert_eq!(chunk.len(), CHUNK_ITEMS);
    let mut chunk = Chunk::default();
    chunk.push(vec![0; CHUNK_BYTES - 1]).unwrap();
    assert!(!chunk.is_full());
    chunk.push(*b"x").unwrap();
    assert!(chunk.is_full());
}

#[test]
fn an_item_of_the_greatest_length_is_taken_and_a_longer_one_is_not() {
    let mut chunk = Chunk::default();
    chunk.push(vec![0; MAX_ITEM]).unwrap();
    assert_eq!(chunk.push(vec![0; MAX_ITEM + 1]), Err(TooLong));
    assert_eq!(chunk.len(), 1);
}
