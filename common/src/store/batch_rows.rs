//! The rows of a task in a table of records by (task, batch).

use redb::TableDefinition;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::row_name::RowName;
use super::tx::{Reads, View, decode};
use crate::id::{BatchNumber, TaskNumber};

/// The first rows of a task, at most `limit`, in the order of their batches.
pub(super) fn first<R: DeserializeOwned>(
    view: &View<'_>,
    table: TableDefinition<'static, (u64, u64), &'static [u8]>,
    name: fn(TaskNumber, BatchNumber) -> RowName,
    task: TaskNumber,
    limit: usize,
) -> Result<Vec<(BatchNumber, R)>, StoreError> {
    those(view, table, name, task, limit, |_| true)
}

/// The first of those that are meant, at most `limit`, in the order of their batches.
pub(super) fn those<R: DeserializeOwned>(
    view: &View<'_>,
    table: TableDefinition<'static, (u64, u64), &'static [u8]>,
    name: fn(TaskNumber, BatchNumber) -> RowName,
    task: TaskNumber,
    limit: usize,
    meant: impl Fn(&R) -> bool,
) -> Result<Vec<(BatchNumber, R)>, StoreError> {
    let Some(table) = view.table(table)? else {
        return Ok(Vec::new());
    };
    table
        .range((task.0, 0)..=(task.0, u64::MAX))?
        .map(|row| {
            let (key, bytes) = row?;
            let batch = BatchNumber(key.value()?.1);
            Ok((
                batch,
                decode(view.dir(), name(task, batch), bytes.value()?)?,
            ))
        })
        .filter(|row: &Result<(_, R), _>| row.as_ref().map_or(true, |(_, row)| meant(row)))
        .take(limit)
        .collect()
}
