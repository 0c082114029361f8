use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::first_half;
use crate::progress::{BatchDone, Progress};
use crate::time::Timestamp;

/// Works through `items` items, of which the bad ones never pass alone or with others; gives the items of
/// each number, and those that stood alone in the end.
fn work(items: u64, size: u64, bad: &[u64]) -> (BTreeMap<u64, (u64, u64)>, Vec<u64>, Progress) {
    let mut progress = Progress {
        cut: size,
        ..Progress::default()
    };
    let (mut numbers, mut alone, mut at) = (BTreeMap::new(), Vec::new(), 0);
    while at < items {
        let count = progress.cut.min(items - at);
        let told = numbers.insert(progress.batch.0, (at, count));
        assert_eq!(told, None, "a number is used once");
        let fails = bad.iter().any(|bad| (at..at + count).contains(bad));
        let behind = BatchDone {
            items: count,
            passed: 0,
            next: (at + count).to_string().into_bytes(),
            next_cut: size,
            took: Duration::ZERO,
            ran: Duration::ZERO,
        };
        let now = Timestamp::default();
        match (fails, count) {
            (false, _) => progress.done(&behind, now),
            (true, 1) => {
                alone.push(at);
                progress.skipped(&behind, "bad".into(), now);
            }
            (true, _) => {
                progress.halve(count, "bad".into());
                continue;
            }
        }
        at += count;
    }
    (numbers, alone, progress)
}

proptest! {
    #[test]
    fn the_bad_items_end_up_alone_and_the_usual_size_comes_back(
        items in 1..200_u64,
        size in 1..40_u64,
        mut bad in prop::collection::vec(0..200_u64, 0..6),
    ) {
        bad.retain(|bad| *bad < items);
        bad.sort_unstable();
        bad.dedup();
        let (numbers, alone, progress) = work(items, size, &bad);
        prop_assert_eq!(&alone, &bad);
        prop_assert_eq!(progress.items_failed, bad.len() as u64);
        prop_assert_eq!(progress.items_done, items - bad.len() as u64);
        prop_assert_eq!(&progress.isolation, &None);
        prop_assert_eq!(progress.cut, size);
        // What is not in a batch that was halved is cut as ever.
        for (at, count) in numbers.values() {
            let whole = at / size * size;
            let has_bad = bad.iter().any(|bad| (whole..whole + size).contains(bad));
            prop_assert!(has_bad || (*at == whole && *count == size.min(items - at)));
        }
    }
}

#[test]
fn a_batch_is_halved_into_parts_that_both_have_items() {
    for items in 2..100 {
        let first = first_half(items);
        assert!((1..items).contains(&first));
    }
}

#[test]
fn what_a_process_left_that_knows_no_isolation_is_void() {
    let mut progress = Progress {
        cut: 10,
        ..Progress::default()
    };
    progress.halve(10, "bad".into());
    assert!(progress.is_half());
    // It went on by itself.
    progress.batch = progress.batch.next();
    progress.cut = 10;
    assert!(!progress.is_half());
    progress.halve(10, "bad".into());
    assert_eq!(progress.isolation.as_ref().unwrap().rest, [5]);
}
