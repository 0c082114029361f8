//! A planned batch that is halved.

use serde_bytes::ByteBuf;

use super::{Planned, take_planned};
use crate::backlog::{Backlog, Begun};
use crate::id::{BatchNumber, TaskNumber};
use crate::marks::{self, Start};
use crate::progress::{Progress, first_half};
use crate::store::error::StoreError;
use crate::store::fed::number_anew;
use crate::store::hold::Halved;
use crate::store::marks::keep;
use crate::store::schema::PLANNED;
use crate::store::tx::{Tx, encode};

/// Puts two batches with new numbers in the place of one that is in flight no more; the second starts at
/// `middle`. The old number is finished: nothing is done under it, and nothing failed.
pub(super) fn halve(
    tx: &Tx<'_>,
    task: TaskNumber,
    (progress, backlog): (&mut Progress, &mut Backlog),
    begun: &Begun,
    middle: Vec<u8>,
    error: &str,
) -> Result<(), StoreError> {
    let whole = take_planned(tx, task, begun.batch)?;
    let middle = ByteBuf::from(middle);
    let first = first_half(whole.items);
    let part = |items| Planned {
        items,
        size: items,
        half: true,
        at: tx.now,
        ..whole.clone()
    };
    let parts = [
        Planned {
            next: middle.clone(),
            ..part(first)
        },
        Planned {
            cursor: middle,
            ..part(whole.items - first)
        },
    ];
    let numbers = [progress.batch, progress.batch.next()];
    let mut table = tx.table(PLANNED)?;
    for (BatchNumber(number), part) in numbers.iter().zip(&parts) {
        table.insert((task.0, *number), encode(part).as_slice())?;
    }
    drop(table);
    progress.batch = numbers[1].next();
    let start = |number: usize| Start {
        batch: numbers[number],
        cursor: parts[number].cursor.clone(),
        cut: parts[number].size,
    };
    let kept = [
        marks::retired(begun.batch, whole.next.clone(), whole.size),
        start(0).marked(),
        start(1).marked(),
        Start::of(progress).marked(),
    ];
    keep(tx, task, &kept)?;
    backlog.halve(begun.batch, numbers);
    number_anew(tx, task)?;
    let halved = Halved {
        batch: begun.batch,
        items: whole.items,
        first: numbers[0],
        attempts: begun.attempt,
        error: error.to_owned(),
    };
    tx.append(halved.event(task, begun.seat.worker, tx.now))?;
    Ok(())
}
