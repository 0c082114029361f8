//! Marks: kept in the transaction that moves on, gone with the task.

use serde_bytes::ByteBuf;

use super::{Home, W1, batch};
use crate::id::{BatchNumber, RequestNumber};
use crate::marks::{self, Start};
use crate::progress::Progress;
use crate::rules::Happened;
use crate::state::{Desired, Ending, Hook};
use crate::store::{Failure, Moved};
use crate::time::Timestamp;

/// The progress behind another batch of ten, with its marks.
fn moved(progress: &Progress) -> Moved {
    let mut next = progress.clone();
    let number = progress.batch.0 + 1;
    next.done(
        &crate::progress::BatchDone {
            next: number.to_string().into_bytes(),
            ..batch(10)
        },
        Timestamp::now(),
    );
    Moved {
        marks: marks::between(&Start::of(progress), &Start::of(&next), Some(progress.cut)),
        progress: next,
        again: None,
    }
}

#[test]
fn the_batches_behind_a_task_are_found_from_the_last_mark_to_the_first_and_marks_go_at_its_end() {
    let home = Home::new();
    let task = home.submit();
    let key = home.run(W1).key;
    let mut progress = home.row(task).progress;
    for number in 0..70 {
        let moved = moved(&progress);
        if number == 66 {
            let failure = Failure {
                batch: BatchNumber(66),
                ..Failure::default()
            };
            progress = home
                .store
                .skip(key, moved, failure, RequestNumber(0))
                .unwrap()
                .0;
        } else {
            progress = home.store.checkpoint(key, moved).unwrap().0;
        }
    }
    let kept = home.store.marks(task).unwrap();
    let numbers: Vec<u64> = kept.iter().map(|marked| marked.batch.0).collect();
    // The size of the first batch is that of the submission, and the others have another one.
    assert_eq!(numbers, [0, 1, 64]);

    let end = ByteBuf::from("70");
    let last = home
        .store
        .stretch(key, BatchNumber(70), Some(&end))
        .unwrap();
    let last = last.expect("there are some");
    assert_eq!((last.first.0, last.below.0), (64, 70));
    assert_eq!(
        (last.mark.cursor, last.end),
        (ByteBuf::from("64"), Some(end))
    );
    assert_eq!(
        last.failures.into_keys().collect::<Vec<_>>(),
        [BatchNumber(66)]
    );
    let before = home.store.stretch(key, last.first, None).unwrap();
    assert_eq!(before.expect("there are some").first.0, 1);
    let first = home.store.stretch(key, BatchNumber(1), None).unwrap();
    assert_eq!(first.expect("there is one").first.0, 0);
    assert_eq!(home.store.stretch(key, BatchNumber(0), None).unwrap(), None);

    home.ask(task, Desired::Terminate);
    home.hook(
        key,
        Happened::Boundary,
        Hook::Cleanup,
        Some(Ending::Terminated),
    );
    home.settle(key, Happened::Boundary, Ending::Terminated)
        .unwrap();
    assert_eq!(home.store.marks(task).unwrap(), []);
}
