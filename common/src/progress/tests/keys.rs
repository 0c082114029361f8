//! The stable key: whatever happens to a task, a batch's number always means the same items.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use proptest::prelude::*;

use super::at;
use crate::progress::{BatchDone, Progress};

/// What becomes of an attempt at a batch.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Done,
    /// Some of its items are passed over.
    DoneInPart,
    Skipped,
    Failed,
    /// Halved; one item alone is passed over.
    Halved,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// An attempt that is recorded.
    Attempt(Outcome),
    /// The worker dies before what became of an attempt is durable.
    Crash(Outcome),
    /// Somebody changes the batch size.
    SetSize(u64),
    /// Somebody lets the attempts start anew.
    Forgive,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Done),
        1 => Just(Outcome::DoneInPart),
        1 => Just(Outcome::Skipped),
        2 => Just(Outcome::Failed),
        2 => Just(Outcome::Halved),
    ];
    let step = prop_oneof![
        4 => outcome.clone().prop_map(Step::Attempt),
        2 => outcome.prop_map(Step::Crash),
        2 => (1..30_u64).prop_map(Step::SetSize),
        1 => Just(Step::Forgive),
    ];
    prop::collection::vec(step, 0..60)
}

/// A task of so many items, its row in the store, and the worker that carries it.
struct Model {
    items: u64,
    /// The batch size that is wanted.
    size: u64,
    /// The one that the worker has read.
    known: u64,
    /// The row as it is written.
    durable: Vec<u8>,
    progress: Progress,
    /// The items that each number was seen with.
    seen: BTreeMap<u64, Range<u64>>,
    /// The batches that are durably behind, in order.
    behind: Vec<(u64, Range<u64>)>,
}

impl Model {
    fn new(items: u64, size: u64) -> Self {
        let progress = Progress {
            cut: size,
            ..Progress::default()
        };
        Self {
            items,
            size,
            known: size,
            durable: written(&progress),
            progress,
            seen: BTreeMap::new(),
            behind: Vec::new(),
        }
    }

    /// The items of the batch at the cursor; none: the input is at its end.
    fn cut(&self) -> Option<Range<u64>> {
        let start = match std::str::from_utf8(&self.progress.cursor) {
            Ok("") => 0,
            Ok(text) => text.parse().expect("a cursor of ours"),
            Err(error) => panic!("a cursor of ours: {error}"),
        };
        let end = self.items.min(start + self.progress.cut.max(1));
        (start < end).then_some(start..end)
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Attempt(outcome) => {
                if let Some(passed) = self.attempt(outcome)? {
                    self.behind.push(passed);
                }
                self.durable = written(&self.progress);
            }
            Step::Crash(outcome) => {
                self.attempt(outcome)?;
                self.progress = rmp_serde::from_slice(&self.durable).expect("we wrote it");
                self.known = self.size;
            }
            Step::SetSize(size) => self.size = size,
            Step::Forgive => {
                self.progress.forgive();
                self.durable = written(&self.progress);
            }
        }
        Ok(())
    }

    /// One attempt, in the worker's memory. Gives the batch if it is behind the task then.
    fn attempt(&mut self, outcome: Outcome) -> Result<Option<(u64, Range<u64>)>, TestCaseError> {
        let number = self.progress.batch.0;
        let Some(items) = self.cut() else {
            return Ok(None);
        };
        let seen = self.seen.entry(number).or_insert_with(|| items.clone());
        prop_assert_eq!(&*seen, &items, "batch {} came with other items", number);
        if matches!(outcome, Outcome::Done | Outcome::DoneInPart) {
            self.known = self.size;
        }
        let count = items.end - items.start;
        let done = BatchDone {
            items: count,
            passed: 0,
            next: items.end.to_string().into_bytes(),
            next_cut: self.known,
            took: Duration::ZERO,
            ran: Duration::ZERO,
        };
        let progress = &mut self.progress;
        match outcome {
            Outcome::Done => progress.done(&done, at(0)),
            Outcome::DoneInPart => {
                let passed = count.div_ceil(3);
                progress.done(&BatchDone { passed, ..done }, at(0));
            }
            Outcome::Halved if count > 1 => {
                progress.halve(count, "bad".into());
                return Ok(None);
            }
            Outcome::Skipped | Outcome::Halved => progress.skipped(&done, "bad".into(), at(0)),
            Outcome::Failed => {
                progress.attempt_failed("no".into(), Some(at(1)), Duration::ZERO, at(0));
                return Ok(None);
            }
        }
        Ok(Some((number, items)))
    }
}

fn written(progress: &Progress) -> Vec<u8> {
    rmp_serde::to_vec_named(progress).expect("it becomes a row")
}

proptest! {
    #[test]
    fn a_number_always_means_the_same_items_and_none_is_left_out(
        items in 1..300_u64,
        size in 1..30_u64,
        steps in steps(),
    ) {
        let mut model = Model::new(items, size);
        for step in steps {
            model.take(step)?;
        }
        while model.cut().is_some() {
            model.take(Step::Attempt(Outcome::Done))?;
        }
        let (mut next, mut last) = (0, None);
        for (number, items) in &model.behind {
            prop_assert_eq!(items.start, next, "batch {} leaves items out, or repeats some", number);
            prop_assert!(last < Some(*number), "number {} was used again", number);
            (next, last) = (items.end, Some(*number));
        }
        prop_assert_eq!(next, items);
        prop_assert_eq!(model.progress.items_tried(), items);
        let batches = model.progress.batches_done + model.progress.batches_failed;
        prop_assert_eq!(batches, model.behind.len() as u64);
    }
}
