//! A transaction that only reads.

use std::path::Path;

use redb::{ReadTransaction, TableDefinition, TableError};

use super::{Reads, ReadsNamed, claim_of};
use crate::id::TaskNumber;
use crate::store::contain::contain;
use crate::store::error::{StoreError, from_database};
use crate::store::record::Claim;
use crate::store::schema::{CLAIMED, COUNTERS};
use crate::store::table::{self, Table, TableToRead};

/// A read transaction. Short: an open one pins pages.
pub(in crate::store) struct View<'a> {
    pub(in crate::store) txn: ReadTransaction,
    pub(in crate::store) dir: &'a Path,
}

impl View<'_> {
    /// A table, or None where an older store does not have it yet.
    pub(in crate::store) fn table<K: redb::Key + 'static, V: redb::Value + 'static>(
        &self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<Option<TableToRead<'_, K, V>>, StoreError> {
        contain(self.dir, || match self.txn.open_table(table) {
            Ok(table) => Ok(Some(Table::new(table, self.dir, "reading"))),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(from_database(self.dir, "reading", error)),
        })
    }
}

impl Reads for View<'_> {
    fn dir(&self) -> &Path {
        self.dir
    }

    fn bytes(
        &self,
        table: TableDefinition<'static, u64, &'static [u8]>,
        key: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(table) = self.table(table)? else {
            return Ok(None);
        };
        let found = table.get(key)?;
        found.map(|bytes| Ok(bytes.value()?.to_vec())).transpose()
    }

    fn claim(&self, task: TaskNumber) -> Result<Option<Claim>, StoreError> {
        let Some(table) = self.table(CLAIMED)? else {
            return Ok(None);
        };
        let found = table.get(task.0)?;
        found.map(|row| row.value().map(claim_of)).transpose()
    }

    fn counter(&self, name: &'static str) -> Result<u64, StoreError> {
        let Some(table) = self.table(COUNTERS)? else {
            return Ok(0);
        };
        let found = table.get(name)?;
        found.map_or(Ok(0), |value| value.value())
    }
}

impl ReadsNamed for View<'_> {
    fn bytes_named(
        &self,
        table: TableDefinition<'static, &'static str, &'static [u8]>,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match self.table(table)? {
            Some(table) => table::bytes_named(&table, name),
            None => Ok(None),
        }
    }

    fn all_named(
        &self,
        table: TableDefinition<'static, &'static str, &'static [u8]>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        match self.table(table)? {
            Some(table) => table::all_named(&table),
            None => Ok(Vec::new()),
        }
    }

    fn count_named(
        &self,
        table: TableDefinition<'static, (&'static str, u64), ()>,
        name: &str,
    ) -> Result<u64, StoreError> {
        match self.table(table)? {
            Some(table) => table::count_named(&table, name),
            None => Ok(0),
        }
    }
}
