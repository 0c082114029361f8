//! What was fed is removed once it is done, so that a task that is fed for months needs no more room
//! than what waits. What failed batches hold is kept.

use std::ops::Range;

use crate::fed::{self, Fed};
use crate::id::{BatchNumber, TaskNumber};
use crate::progress::Progress;
use crate::state::Outcome;
use crate::store::error::{StoreError, passing_over};
use crate::store::queue::Planned;
use crate::store::record::{Again, Failure, TaskRow};
use crate::store::row_name::RowName;
use crate::store::schema::{FAILURES, FED_ITEMS, FEDS, PLANNED};
use crate::store::tx::{Reads, Tx, decode};

/// Rows looked at in one transaction at most, which others wait for.
const AT_ONCE: usize = 256;

/// Where what is still needed begins.
#[derive(Clone, Copy)]
struct Mark {
    item: u64,
    batch: BatchNumber,
}

/// What can go, and how far that was looked for.
struct Found {
    rows: Vec<u64>,
    trimmed: u64,
    trimmed_batch: BatchNumber,
}

/// Removes items of which every batch is done; gives the feed as it is then. None: it is not a fed
/// task.
pub(in crate::store) fn trim(
    tx: &Tx<'_>,
    task: TaskNumber,
    progress: &Progress,
) -> Result<Option<Fed>, StoreError> {
    let Some(fed): Option<Fed> = tx.record(&FEDS, task.0)? else {
        return Ok(None);
    };
    // What can't be read keeps its items, and the work goes on.
    let Some(mark) = passing_over(low_mark(tx, task, progress, fed.renumbered))?.flatten() else {
        return Ok(Some(fed));
    };
    match passing_over(find(tx, task, &fed, mark, AT_ONCE))? {
        Some(found) if found.trimmed > fed.trimmed => {
            let fed = remove(tx, task, fed, found)?;
            tx.put_quietly(&FEDS, task.0, &fed)?;
            Ok(Some(fed))
        }
        Some(_) | None => Ok(Some(fed)),
    }
}

/// Removes what a task that has ended needs no more. Of one that failed what was not done is kept too:
/// nobody wanted it gone.
pub(in crate::store) fn drop_rest(tx: &Tx<'_>, row: &mut TaskRow) -> Result<(), StoreError> {
    let (task, outcome) = (row.spec.number, row.state.outcome);
    let Some(fed) = row
        .fed
        .as_mut()
        .filter(|_| outcome != Some(Outcome::Failed))
    else {
        return Ok(());
    };
    let all = Mark {
        item: fed.items,
        batch: BatchNumber(u64::MAX),
    };
    if let Some(found) = passing_over(find(tx, task, fed, all, usize::MAX))? {
        *fed = remove(tx, task, fed.clone(), found)?;
        tx.put(&FEDS, task.0, fed)?;
    }
    Ok(())
}

/// The first item that is not done. Batches are planned in the order of their items, unless they were
/// numbered anew.
fn low_mark(
    tx: &Tx<'_>,
    task: TaskNumber,
    progress: &Progress,
    renumbered: bool,
) -> Result<Option<Mark>, StoreError> {
    let table = tx.table(PLANNED)?;
    let mut lowest = fed::item(&progress.cursor).map(|item| Mark {
        item,
        batch: progress.batch,
    });
    for row in table.range((task.0, 0)..=(task.0, u64::MAX))? {
        let (key, bytes) = row?;
        let batch = BatchNumber(key.value()?.1);
        let name = RowName::Planned(task, batch);
        let planned: Planned = decode(tx.dir(), name, bytes.value()?)?;
        let item = fed::item(&planned.cursor);
        lowest = lowest.zip(item).map(|(lowest, item)| Mark {
            item: lowest.item.min(item),
            batch: lowest.batch.min(batch),
        });
        if !renumbered {
            // The first number has the first items.
            break;
        }
    }
    Ok(lowest)
}

fn find(
    tx: &Tx<'_>,
    task: TaskNumber,
    fed: &Fed,
    mark: Mark,
    at_once: usize,
) -> Result<Found, StoreError> {
    if mark.item < fed.trimmed {
        // What failed there is tried again.
        return Ok(Found {
            rows: Vec::new(),
            trimmed: fed.trimmed,
            trimmed_batch: fed.trimmed_batch,
        });
    }
    let table = tx.table(FED_ITEMS)?;
    let starts: Vec<u64> = table
        .range((task.0, fed.trimmed)..(task.0, mark.item))?
        .take(at_once)
        .map(|row| Ok(row?.0.value()?.1))
        .collect::<Result<_, StoreError>>()?;
    let Some(last) = starts.last() else {
        return Ok(Found {
            rows: Vec::new(),
            trimmed: fed.trimmed,
            trimmed_batch: fed.trimmed_batch,
        });
    };
    let behind = table
        .range((task.0, last + 1)..=(task.0, u64::MAX))?
        .next()
        .map_or(Ok(fed.items), |row| Ok(row?.0.value()?.1))?;
    drop(table);
    let numbers = if fed.renumbered {
        // A high number may have low items.
        (BatchNumber(0), BatchNumber(u64::MAX))
    } else {
        (fed.trimmed_batch, mark.batch)
    };
    let kept = failed(tx, task, numbers.0, numbers.1)?;
    let mut found = Found {
        rows: Vec::new(),
        trimmed: fed.trimmed,
        trimmed_batch: mark.batch,
    };
    let ends = starts.iter().skip(1).copied().chain([behind]);
    for (start, end) in starts.iter().copied().zip(ends) {
        if end > mark.item {
            break;
        }
        found.trimmed = end;
        if !kept
            .iter()
            .any(|(_, kept)| kept.start < end && start < kept.end)
        {
            found.rows.push(start);
        }
    }
    // A batch that failed may reach into a row that is looked at later.
    let reaching = kept.iter().find(|(_, kept)| kept.end > found.trimmed);
    if let Some((batch, _)) = reaching {
        found.trimmed_batch = *batch;
    }
    Ok(found)
}

/// The items of batches that failed for good, by batch.
fn failed(
    tx: &Tx<'_>,
    task: TaskNumber,
    from: BatchNumber,
    to: BatchNumber,
) -> Result<Vec<(BatchNumber, Range<u64>)>, StoreError> {
    let table = tx.table(FAILURES)?;
    let mut kept = Vec::new();
    for row in table.range((task.0, from.0)..(task.0, to.0))? {
        let (key, bytes) = row?;
        let batch = BatchNumber(key.value()?.1);
        let name = RowName::Failure(task, batch);
        let failure: Failure = decode(tx.dir(), name, bytes.value()?)?;
        if failure.again == Again::Apart {
            continue;
        }
        if let (Some(start), Some(end)) = (fed::item(&failure.cursor), fed::item(&failure.next)) {
            kept.push((batch, start..end));
        }
    }
    Ok(kept)
}

fn remove(tx: &Tx<'_>, task: TaskNumber, fed: Fed, found: Found) -> Result<Fed, StoreError> {
    let mut table = tx.table(FED_ITEMS)?;
    for row in found.rows {
        table.remove((task.0, row))?;
    }
    Ok(Fed {
        trimmed: found.trimmed,
        trimmed_batch: found.trimmed_batch,
        ..fed
    })
}

/// Notes that batches of a fed task have numbers that say nothing of the order of their items.
pub(in crate::store) fn number_anew(tx: &Tx<'_>, task: TaskNumber) -> Result<(), StoreError> {
    let fed: Option<Fed> = tx.record(&FEDS, task.0)?;
    match fed {
        Some(fed) if !fed.renumbered => {
            let renumbered = true;
            tx.put_quietly(&FEDS, task.0, &Fed { renumbered, ..fed })
        }
        Some(_) | None => Ok(()),
    }
}
