//! What batches of one item each wrote of themselves.

use std::path::Path;

/// Each of `1..=items` stands once in a file of lines with a batch's key and its item, and under its own key.
#[track_caller]
pub(crate) fn assert_each_done_once(written: &Path, items: u64) {
    let text = std::fs::read_to_string(written).expect("it was written");
    let mut found: Vec<u64> = text
        .lines()
        .map(|line| {
            let (key, item) = line.rsplit_once(' ').expect("a key and an item");
            let item = item.parse().expect("a number");
            assert!(key.ends_with(&format!(":{}", item - 1)), "{line}");
            item
        })
        .collect();
    found.sort_unstable();
    assert_eq!(found, (1..=items).collect::<Vec<_>>());
}
