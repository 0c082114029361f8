use longhaul_common::id::{BatchNumber, Epoch, TaskId};
use longhaul_common::progress::{Detour, Progress};
use serde_bytes::ByteBuf;

use super::{Mark, Reading};

fn mark(task: TaskId, epoch: u64, batch: u64) -> Mark {
    Mark {
        task,
        epoch: Epoch(epoch),
        batch: BatchNumber(batch),
        from: ByteBuf::from(format!("at {batch}")),
        ..Mark::default()
    }
}

fn progress(batch: u64, marked: Option<u64>) -> Progress {
    Progress {
        batch: BatchNumber(batch),
        cursor: ByteBuf::from(format!("at {batch}")),
        marked: marked.map(BatchNumber),
        ..Progress::default()
    }
}

#[test]
fn a_mark_of_the_next_batch_says_that_it_is_done_and_an_older_one_that_it_is_to_run() {
    let task = TaskId::new();
    let read = |kept: u64, batch, marked| {
        Mark::read(
            Some(&mark(task, 1, kept)),
            task,
            Epoch(2),
            &progress(batch, marked),
        )
    };
    assert_eq!(read(5, 5, Some(4)), Reading::Done);
    assert_eq!(read(0, 0, None), Reading::Done);
    assert_eq!(read(4, 5, Some(4)), Reading::Run);
    // Batches between were passed over, and have none.
    assert_eq!(read(4, 9, Some(4)), Reading::Run);
}

#[test]
fn a_task_that_keeps_none_is_run() {
    let read = Mark::read(None, TaskId::new(), Epoch(2), &progress(7, None));
    assert_eq!(read, Reading::Run);
}

#[test]
fn what_does_not_fit_is_told() {
    let task = TaskId::new();
    let tells = |kept: Option<&Mark>, progress: &Progress, word: &str| {
        let read = Mark::read(kept, task, Epoch(2), progress);
        assert!(
            matches!(&read, Reading::Suspend(told) if told.contains(word)),
            "{word}: {read:?}"
        );
    };
    tells(None, &progress(5, Some(4)), "has none");
    tells(
        Some(&mark(TaskId::new(), 1, 5)),
        &progress(5, Some(4)),
        "not of this one",
    );
    tells(Some(&mark(task, 1, 3)), &progress(5, Some(4)), "is behind");
    tells(Some(&mark(task, 1, 6)), &progress(5, Some(4)), "is ahead");
    let mut moved = mark(task, 1, 5);
    moved.from = ByteBuf::from("elsewhere");
    tells(Some(&moved), &progress(5, Some(4)), "another place");
    let later = Mark::read(
        Some(&mark(task, 3, 5)),
        task,
        Epoch(2),
        &progress(5, Some(4)),
    );
    assert_eq!(later, Reading::Later);
}

#[test]
fn a_mark_is_kept_in_any_form() {
    let mark = mark(TaskId::new(), 1, 5);
    let text = serde_json::to_string(&mark).unwrap();
    assert_eq!(serde_json::from_str::<Mark>(&text).unwrap(), mark);
    let later = text.replacen('{', "{\"unheard_of\":1,", 1);
    assert_eq!(serde_json::from_str::<Mark>(&later).unwrap(), mark);
}

#[test]
fn on_a_detour_the_mark_is_of_the_batch_that_was_done_last_or_of_the_one_it_went_back_to() {
    let task = TaskId::new();
    let read = |kept: u64, batch, marked| {
        let progress = Progress {
            detour: Some(Detour {
                batch: BatchNumber(9),
                ..Detour::default()
            }),
            ..progress(batch, marked)
        };
        Mark::read(Some(&mark(task, 1, kept)), task, Epoch(2), &progress)
    };
    assert_eq!(read(8, 3, Some(8)), Reading::Run);
    assert_eq!(read(3, 3, Some(8)), Reading::Done);
    assert_eq!(read(3, 3, None), Reading::Done);
    assert_eq!(read(2, 3, None), Reading::Run);
    // From one to the next.
    assert_eq!(read(3, 5, Some(3)), Reading::Run);
    let told = |kept, batch, marked, word: &str| {
        let read = read(kept, batch, marked);
        assert!(
            matches!(&read, Reading::Suspend(told) if told.contains(word)),
            "{word}: {read:?}"
        );
    };
    told(7, 3, Some(8), "is behind");
    told(12, 3, Some(8), "is ahead");
    told(6, 5, Some(3), "is ahead");
    told(9, 3, None, "is ahead");
}
